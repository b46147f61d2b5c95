import { createHash } from 'node:crypto';

/** A short, stable name for JSON-like content: the first 16 hexadecimal digits of its SHA-256. Key order does not matter. */
export function fingerprint(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content, sortKeys)).digest('hex').slice(0, 16);
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
