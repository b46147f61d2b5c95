import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFakeEncoder } from '../testing/fake-encoder.js';
import { createMemoryEmbeddingCache } from '../testing/memory-embedding-cache.js';
import { buildClassEmbeddings, buildPrompts } from './class-embeddings.js';
import { meanEmbedding } from './embedding.js';
import { createLabelSet } from './label-set.js';
import { parseTemplate } from './prompt-template.js';
import { createZeroShotClassifier } from './zero-shot-classifier.js';

const templates = [parseTemplate('a photo of {a} {}.'), parseTemplate('{} drawn')];
const rule = { scoring: 'softmax', logitScale: 10, logitBias: 0 } as const;

async function classifierOf(labels: readonly string[]) {
  return createZeroShotClassifier(await buildClassEmbeddings(createFakeEncoder(), createLabelSet(labels), { templates }), rule);
}
async function imageOf(path: string) {
  for await (const outcome of createFakeEncoder().encodeImages([path])) if ('embedding' in outcome) return outcome.embedding;
  throw new Error('no embedding');
}

describe('class embeddings', () => {
  test('prompts are each name of a label in each template', () => {
    const label = { name: 'x', promptName: 'apple', synonyms: ['malus'] };
    expect(buildPrompts(label, templates)).toEqual(['a photo of an apple.', 'apple drawn', 'a photo of a malus.', 'malus drawn']);
  });

  test("a class embedding is the renormalised mean of the label's prompts", async () => {
    const encoder = createFakeEncoder();
    const { vectors, prompts } = await buildClassEmbeddings(encoder, createLabelSet(['cat', 'dog']), { templates });
    expect(vectors[1]).toEqual(meanEmbedding(await encoder.encodeTexts(prompts[1] as string[])));
  });

  test('many prompts go to the encoder in bounded groups, with progress over all of them', async () => {
    const encoder = createFakeEncoder({ dimension: 2 });
    const progress: [number, number | undefined][] = [];
    const labels = createLabelSet(Array.from({ length: 5000 }, (_, i) => `label ${i}`));
    const { vectors } = await buildClassEmbeddings(encoder, labels, {
      templates,
      onProgress: (done, total) => progress.push([done, total]),
    });
    expect(vectors).toHaveLength(5000);
    expect(encoder.encodedTexts).toHaveLength(10_000);
    expect(progress.length).toBeGreaterThan(1);
    expect(progress.at(-1)).toEqual([10_000, 10_000]);
  });

  test('of labels whose prompts are kept no text is encoded, whatever set they stand in', async () => {
    const cache = createMemoryEmbeddingCache();
    const encoder = createFakeEncoder();
    const first = await buildClassEmbeddings(encoder, createLabelSet(['a', 'b', 'c']), { templates, cache });
    const before = encoder.encodedTexts.length;
    const second = await buildClassEmbeddings(encoder, createLabelSet(['c', 'd', 'a']), { templates, cache });
    expect(encoder.encodedTexts.slice(before)).toEqual(second.prompts[1]);
    expect([second.vectors[0], second.vectors[2]]).toEqual([first.vectors[2], first.vectors[0]]);
    await buildClassEmbeddings(encoder, createLabelSet(['a', 'b']), { templates: templates.slice(1), cache });
    expect(encoder.encodedTexts.length).toBe(before + 2 + 2);
  });
});

describe('classify', () => {
  test('permuting labels permutes probabilities and leaves the ranking', async () => {
    const labels = ['cat', 'dog', 'red panda', 'rocket', 'cup'];
    const image = await imageOf('photo.jpg');
    const reference = (await classifierOf(labels)).classify(image, 5);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(labels, { minLength: 5 }), async (shuffled) => {
        const ranked = (await classifierOf(shuffled)).classify(image, 5);
        expect(ranked.map((p) => p.label)).toEqual(reference.map((p) => p.label));
        for (const [i, p] of ranked.entries()) expect(p.probability).toBeCloseTo(reference[i]?.probability as number, 6);
      }),
      { numRuns: 20 },
    );
  });

  test('distance is 1 - similarity, the logit is scaled, and probabilities are over all labels', async () => {
    const classifier = await classifierOf(['cat', 'dog', 'cup']);
    const all = classifier.classify(await imageOf('a.jpg'), 3);
    expect(all.reduce((sum, p) => sum + p.probability, 0)).toBeCloseTo(1, 6);
    for (const p of all) {
      expect(p.distance).toBe(1 - p.similarity);
      expect(p.logit).toBeCloseTo(10 * p.similarity, 5);
    }
    expect(classifier.classify(await imageOf('a.jpg'), 1)).toEqual(all.slice(0, 1));
  });

  test('ties keep the order of the labels', () => {
    const labelSet = createLabelSet(['b', 'a', 'c']);
    const vectors = labelSet.labels.map(() => Float32Array.of(1, 0));
    const classifier = createZeroShotClassifier(
      { labelSet, vectors, prompts: [], templates: [], encoder: { name: '', fingerprint: '' } },
      rule,
    );
    expect(classifier.classify(Float32Array.of(1, 0), 3).map((p) => p.label)).toEqual(['b', 'a', 'c']);
  });

  test('one label is refused under softmax and answered under sigmoid', async () => {
    await expect(classifierOf(['cat'])).rejects.toMatchObject({ code: 'LABEL_SET_INVALID' });
    const embeddings = await buildClassEmbeddings(createFakeEncoder(), createLabelSet(['cat']), { templates });
    const [only] = createZeroShotClassifier(embeddings, { ...rule, scoring: 'sigmoid' }).classify(await imageOf('a.jpg'));
    expect(only?.probability).toBeGreaterThan(0);
    expect(only?.probability).toBeLessThan(1);
  });
});
