import { expect, test } from 'vitest';
import { findDifferences, type MutatedTokenizers } from '../fixtures/mutated-tokenizers.js';
import { readJson } from '../fixtures/parity.js';
import { PARITY } from '../fixtures/paths.js';

/** What transformers and open_clip made of them (tests/parity/build/tokenizer_mutations.py). */
const sample = readJson<MutatedTokenizers>(`${PARITY}/tokenizer-mutations.json`);

test('changed files of tokenizers are refused, or give the ids that transformers gives', async () => {
  const { silent, same, refused } = await findDifferences(sample);
  expect(silent).toEqual([]);
  expect(same).toBeGreaterThan(refused);
  expect(sample.rows.length).toBeGreaterThan(100);
});

test('the files that were changed give the ids that transformers gives as they are', async () => {
  const rows = Object.keys(sample.plain).map((base) => ({ base, patch: [], python: {} }));
  expect(await findDifferences({ ...sample, rows })).toEqual({ silent: [], same: rows.length, refused: 0 });
});
