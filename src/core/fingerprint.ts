import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/**
 * A short, stable name for JSON-like content: the first 16 hexadecimal digits of its SHA-256. Key order does not matter.
 *
 * The hash is plain JavaScript, because browsers have no synchronous SHA-256 and no node:crypto.
 */
export function fingerprint(content: unknown): string {
  const text = JSON.stringify(content, sortKeys);
  return bytesToHex(sha256(new TextEncoder().encode(text))).slice(0, 16);
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
