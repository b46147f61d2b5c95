import type { Context } from 'hono';

/** Warnings about answers in protocols that have no place for them: a JSON array of texts, in ASCII. */
export const WARNINGS_HEADER = 'X-Labelwise-Warnings';

/** Proxies refuse an answer whose head is larger than 4 to 8 kB. */
const MOST_CHARACTERS = 2048;

/** Says in a header what may make an answer worse. Warnings that do not fit are left out, from the last one on. */
export function warnInHeader(c: Context, warnings: readonly string[]): void {
  const kept = [...new Set(warnings)].map((warning) => (warning.length > 500 ? `${warning.slice(0, 497)}...` : warning));
  while (toAscii(kept).length > MOST_CHARACTERS) kept.pop();
  if (kept.length > 0) c.header(WARNINGS_HEADER, toAscii(kept));
}

const toAscii = (texts: readonly string[]): string =>
  JSON.stringify(texts).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
