import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadCleaner } from './clean-text.js';

/** What open_clip makes of texts, many of them decoded with the wrong encoding (tests/parity/build/clean_text.py). */
const { rows } = JSON.parse(readFileSync(new URL('../../../../tests/parity/clean-text.json', import.meta.url), 'utf8')) as {
  rows: { text: string; whitespace: string; lower?: string; canonicalize: string }[];
};

test.each(['whitespace', 'lower', 'canonicalize'] as const)('texts are cleaned as open_clip cleans them: %s', async (cleaning) => {
  const clean = await loadCleaner(cleaning);
  for (const row of rows) expect(clean(row.text), JSON.stringify(row.text)).toBe(row[cleaning] ?? row.whitespace.toLowerCase());
});
