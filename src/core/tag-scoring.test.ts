import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalize } from './embedding.js';
import { createLabelSet } from './label-set.js';
import { multiply, toMatrix } from './matrix-product.js';
import { scoreTags, type TagRule } from './tag-scoring.js';
import { createZeroShotClassifier } from './zero-shot-classifier.js';

const vector = fc
  .array(fc.integer({ min: -9, max: 9 }), { minLength: 4, maxLength: 4 })
  .map((values) => normalize(Float32Array.from(values)));
const rule: fc.Arbitrary<TagRule> = fc.record({
  scoring: fc.constantFrom('softmax', 'sigmoid'),
  logitScale: fc.constantFrom(1, 18, 100),
  logitBias: fc.constantFrom(0, -12.9),
  minProbability: fc.constantFrom(0, 0.01, 0.3, 0.6, 1),
  topK: fc.integer({ min: 1, max: 8 }),
});

test('tags are what classify says, cut at the probability', () => {
  fc.assert(
    fc.property(
      fc.array(vector, { minLength: 2, maxLength: 9 }),
      fc.array(vector, { minLength: 1, maxLength: 5 }),
      rule,
      (labels, images, rule) => {
        const labelSet = createLabelSet(labels.map((_, i) => `label ${i}`));
        const classifier = createZeroShotClassifier(
          { labelSet, vectors: labels, prompts: [], templates: [], encoder: { name: '', fingerprint: '' } },
          rule,
        );
        const tags = scoreTags(multiply(toMatrix(images), toMatrix(labels)), labels.length, rule);
        expect(tags).toHaveLength(images.length);
        for (const [i, image] of images.entries()) {
          const close = (p: number): boolean => Math.abs(p - rule.minProbability) < 1e-6; // float32 may fall on either side
          const expected = classifier
            .classify(image, rule.topK)
            .filter((p) => p.probability >= rule.minProbability || close(p.probability));
          const got = tags[i] ?? [];
          expect(expected.slice(0, got.length).map((p) => p.label)).toEqual(got.map((tag) => `label ${tag.label}`));
          expect(expected.slice(got.length).every((p) => close(p.probability))).toBe(true);
          for (const [j, tag] of got.entries()) expect(tag.probability).toBeCloseTo(expected[j]?.probability as number, 5);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('no label that reaches the minimum is no tag at all', () => {
  const even = { scoring: 'softmax', logitScale: 10, logitBias: 0, minProbability: 0.6, topK: 5 } as const;
  expect(scoreTags(Float32Array.of(0.2, 0.2, 0.9, 0.1), 2, even)).toEqual([[], [expect.objectContaining({ label: 0 })]]);
});
