import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Embedding, normalize } from '../embedding.js';
import { createLabelSet } from '../label-set.js';
import type { ScoringRule } from '../scoring.js';
import { createZeroShotClassifier, type NoneOption } from '../zero-shot-classifier.js';
import { fitNone } from './fit-none.js';
import { evidenceOf, noneProbability, setAgainst } from './none-of-these.js';

const DIMENSION = 6;
const unit = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: DIMENSION, maxLength: DIMENSION })
  .filter((values) => Math.hypot(...values) > 0.1)
  .map((values) => normalize(Float32Array.from(values)));
const units = (min: number, max: number) => fc.array(unit, { minLength: min, maxLength: max });
const rule: ScoringRule = {
  scoring: 'softmax',
  logitScale: 18,
  logitBias: 0,
  calibration: { templates: [], none: { slope: 0.7, intercept: 4 } },
};
const axis = (i: number): Embedding => Float32Array.from({ length: DIMENSION }, (_, j) => (i === j ? 1 : 0));

function classifier(vectors: readonly Embedding[], none?: NoneOption) {
  const labelSet = createLabelSet(vectors.map((_, i) => `label ${i}`));
  const encoder = { name: 'test', fingerprint: 'test' };
  return createZeroShotClassifier({ labelSet, prompts: vectors.map(() => ['']), vectors, encoder, templates: ['{}'] }, rule, none);
}

describe('none of these', () => {
  const background = [2, 3, 4].map(axis);

  test('is the answer for an image of a background word, and not for one of a label', () => {
    const { answer } = classifier([axis(0), axis(1)], { background });
    expect(answer(axis(2)).none).toMatchObject({ isNone: true });
    expect(answer(axis(0)).none).toMatchObject({ isNone: false });
    expect(answer(axis(0)).predictions[0]?.label).toBe('label 0');
  });

  test('a rate of 1 always leaves a label, a rate of 0 never does', () => {
    for (const image of [axis(0), axis(2)]) {
      expect(classifier([axis(0), axis(1)], { background, noneRate: 1 }).answer(image).none?.isNone).toBe(false);
      expect(classifier([axis(0), axis(1)], { background, noneRate: 0 }).answer(image).none?.isNone).toBe(true);
    }
  });

  test('one label alone is a choice where the answer may be none', () => {
    expect(classifier([axis(0)], { background }).answer(axis(0)).none?.isNone).toBe(false);
    expect(() => classifier([axis(0)])).toThrow(/at least two labels/);
  });

  test('probabilities of all labels and of none sum to 1', () => {
    fc.assert(
      fc.property(units(1, 8), units(1, 8), unit, (labels, words, image) => {
        const { predictions, none } = classifier(labels, { background: words }).answer(image, 100);
        const sum = predictions.reduce((total, { probability }) => total + probability, none?.probability as number);
        expect(sum).toBeCloseTo(1, 5);
      }),
    );
  });

  test('permuting labels permutes the answers', () => {
    fc.assert(
      fc.property(units(2, 8), units(1, 8), unit, (labels, words, image) => {
        const byLabel = (vectors: readonly Embedding[]) => {
          const { predictions, none } = classifier(vectors, { background: words }).answer(image, 100);
          return { none, of: (i: number) => predictions.find(({ label }) => label === `label ${i}`)?.probability as number };
        };
        const [there, back] = [byLabel(labels), byLabel(labels.toReversed())];
        expect(back.none?.probability).toBeCloseTo(there.none?.probability as number, 5);
        for (const i of labels.keys()) expect(back.of(labels.length - 1 - i)).toBeCloseTo(there.of(i), 5);
      }),
    );
  });

  test('a label that no image shows changes little', () => {
    const labels = [axis(0), axis(1)];
    const impossible = normalize(Float32Array.from([-1, -1, -0.2, -0.2, -0.2, 0]));
    for (const image of [axis(0), axis(2), normalize(Float32Array.from([1, 0.4, 0.3, 0, 0, 0]))]) {
      const [without, withIt] = [labels, [...labels, impossible]].map((vectors) => classifier(vectors, { background }).answer(image));
      expect(withIt?.none?.probability).toBeCloseTo(without?.none?.probability as number, 2);
      expect(withIt?.predictions[0]?.probability).toBeCloseTo(without?.predictions[0]?.probability as number, 2);
    }
  });

  test('words that mean a label do not speak against it', () => {
    expect(setAgainst([axis(0), axis(1)], [axis(0), axis(2), axis(3)]).words).toHaveLength(2);
  });
});

test('a fit tells images of hidden labels from those of known ones', () => {
  const dimension = 40;
  const at = (i: number, tilt: number): Embedding =>
    normalize(Float32Array.from({ length: dimension }, (_, j) => (i === j ? 1 : 0.15 * Math.sin(7 * i + 3 * j + tilt))));
  const vectors = Array.from({ length: 20 }, (_, i) => at(i, 0));
  const truths = Array.from({ length: 200 }, (_, i) => i % 20);
  const embeddings = truths.map((label, i) => at(label, i));
  const words = [...vectors, ...Array.from({ length: 20 }, (_, i) => at(20 + i, 0))];
  const none = fitNone([{ embeddings, vectors, truths }], words, rule);
  expect(none.slope).toBeGreaterThan(0);
  const opponents = setAgainst(vectors.slice(0, 10), words);
  const probabilityOf = (image: number) => noneProbability(evidenceOf(embeddings[image] as Embedding, opponents, 18), none);
  expect(probabilityOf(3)).toBeLessThan(0.5);
  expect(probabilityOf(15)).toBeGreaterThan(0.5);
});
