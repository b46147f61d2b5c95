import { buildClassEmbeddings, createLabelSet, parseTemplate } from 'labelwise';
import { createFakeEncoder } from 'labelwise/testing';
import { expect, test } from 'vitest';
import { embedTagWords, MOST_LABELS_AGAINST_THINGS } from '../../dist/tasks/tags/embed-tag-words.js';

const encoder = createFakeEncoder();

async function wordsFor(labels: readonly string[], weights = [1, 1]) {
  const templates = ['{}', 'a {}'].map((text, i) => ({ ...parseTemplate(text), weight: weights[i] }));
  return embedTagWords(encoder, await buildClassEmbeddings(encoder, createLabelSet(labels), { templates }), { cache: undefined });
}

test('few labels are held against everyday words and names of things that are no kind of a label', async () => {
  const { everyday, all } = await wordsFor(['dog']);
  expect(everyday).toHaveLength(100);
  expect(all.slice(0, 100)).toEqual(everyday);
  expect(all.length).toBeLessThan(100 + 1000 - 110); // without the breeds
  expect(all.length).toBeGreaterThan(100 + 1000 - 140);
});

test('many labels are held against everyday words alone', async () => {
  const names = Array.from({ length: MOST_LABELS_AGAINST_THINGS + 1 }, (_, i) => `thing ${i}`);
  expect((await wordsFor(names.slice(1))).all).toHaveLength(1100);
  expect((await wordsFor(names)).all).toHaveLength(100);
});

test('words are in the templates of the labels, with their weights', async () => {
  const [even, uneven] = [(await wordsFor(['selfie'])).all, (await wordsFor(['selfie'], [0.5, 1.5])).all];
  expect(uneven).toHaveLength(even.length);
  expect(uneven).not.toEqual(even);
});
