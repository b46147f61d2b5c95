import { type ClassEmbeddings, createLabelSet, createZeroShotClassifier, type LabelwiseError, normalize } from 'labelwise';
import { openLabelDatabase } from 'labelwise/store';
import { createMemoryClassEmbeddingStore } from 'labelwise/testing';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../dist/store/database.js';
import { temporaryFolder } from '../fixtures/parity.js';

const encoder = { name: 'model-a', fingerprint: 'aaaa' };
const other = { name: 'model-b', fingerprint: 'bbbb' };
let seed = 1;
const random = () => {
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647 - 0.5;
};
const unit = (dimension: number) => normalize(Float32Array.from({ length: dimension }, random));

function classEmbeddings(count: number, dimension = 64): ClassEmbeddings {
  const labelSet = createLabelSet(
    Array.from({ length: count }, (_, i) => ({
      label: `label_${i} "$&" 東京`,
      promptName: `spoken ${i}`,
      synonyms: i % 2 ? [`other ${i}`] : [],
    })),
  );
  return {
    labelSet,
    prompts: labelSet.labels.map((label) => [`a ${label.promptName}`]),
    vectors: labelSet.labels.map(() => unit(dimension)),
    encoder,
    templates: ['a {}'],
  };
}

describe.each([
  ['LanceDB', () => openLabelDatabase(openDatabase(temporaryFolder()))],
  ['memory', async () => createMemoryClassEmbeddingStore()],
])('a class embedding store in %s', (_name, open) => {
  test('gives back what was saved: labels, prompt names, synonyms, prompts, vectors, in order', async () => {
    const store = await open();
    const saved = classEmbeddings(100);
    await store.save('pets', saved);
    expect(await store.has('pets')).toBe(true);
    const loaded = await store.load('pets', encoder);
    expect(loaded.labelSet).toEqual(saved.labelSet);
    expect(loaded.vectors).toEqual(saved.vectors);
    expect(loaded).toMatchObject({ prompts: saved.prompts, templates: saved.templates, encoder });
  });

  test('replaces a table of the same name and removes it', async () => {
    const store = await open();
    await store.save('pets', classEmbeddings(3));
    await store.save('pets', classEmbeddings(5));
    expect((await store.load('pets', encoder)).labelSet.labels).toHaveLength(5);
    await store.remove('pets');
    expect(await store.has('pets')).toBe(false);
    await expect(store.load('pets', encoder)).rejects.toMatchObject({ code: 'LABEL_TABLE_NOT_FOUND' });
  });

  test('refuses another encoder and names both', async () => {
    const store = await open();
    await store.save('pets', classEmbeddings(3));
    const refusal = (await store.load('pets', other).catch((error: unknown) => error)) as LabelwiseError;
    expect(refusal.code).toBe('LABEL_TABLE_MISMATCH');
    expect(refusal.message).toContain('model-a');
    expect(refusal.message).toContain('model-b');
  });
});

describe('search in LanceDB', () => {
  test.each([100, 1000])('ranks %i labels as the product in memory does, with distance = 1 - similarity', async (count) => {
    const store = await openLabelDatabase(openDatabase(temporaryFolder()));
    const embeddings = classEmbeddings(count);
    await store.save('things', embeddings);
    const classifier = createZeroShotClassifier(embeddings, { scoring: 'softmax', logitScale: 100, logitBias: 0 });
    for (let round = 0; round < 5; round++) {
      const image = unit(64);
      const found = await store.search('things', encoder, image, count);
      const ranked = classifier.classify(image, count);
      expect(found.map((match) => match.label)).toEqual(ranked.map((prediction) => prediction.label));
      for (const [i, match] of found.entries()) {
        expect(match.distance).toBeCloseTo(ranked[i]?.distance as number, 5);
        expect(match.distance).toBeCloseTo(1 - match.similarity, 6);
      }
      expect(found[0]?.vector).toEqual(embeddings.vectors[embeddings.labelSet.labels.findIndex((label) => label.name === found[0]?.label)]);
    }
  });

  test('is opened again by another connection, lists its tables and refuses odd names', async () => {
    const folder = temporaryFolder();
    await (await openLabelDatabase(openDatabase(folder))).save('pets', classEmbeddings(3));
    const again = await openLabelDatabase(openDatabase(folder));
    expect(await again.list()).toMatchObject([{ name: 'pets', labels: 3, encoder, templates: ['a {}'] }]);
    await expect(again.save('../evil', classEmbeddings(3))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(again.search('pets', other, unit(64), 3)).rejects.toMatchObject({ code: 'LABEL_TABLE_MISMATCH' });
  });
});
