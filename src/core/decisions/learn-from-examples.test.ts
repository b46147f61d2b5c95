import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Embedding, normalize } from '../embedding.js';
import { createLabelSet } from '../label-set.js';
import { multiply } from '../matrix-product.js';
import type { ClassEmbeddings } from '../ports.js';
import { scoreLogits, toLogits } from '../scoring.js';
import { similaritiesOf } from '../similarities.js';
import { topK } from '../top-k.js';
import { balanceEvidence } from './balance-evidence.js';
import { type LabelExample, weighExamples } from './example-evidence.js';
import { learnFromExamples } from './learn-from-examples.js';

const RULE = { logitScale: 20, logitBias: 0, scoring: 'softmax' } as const;
const unit = (...values: number[]): Embedding => normalize(Float32Array.from(values));
const classesOf = (vectors: Record<string, Embedding>): ClassEmbeddings => ({
  labelSet: createLabelSet(Object.keys(vectors)),
  prompts: Object.keys(vectors).map((label) => [label]),
  vectors: Object.values(vectors),
  encoder: { name: 'test', fingerprint: 'f' },
  templates: ['{}'],
});
const example = (label: string, embedding: Embedding, isPositive = true): LabelExample => ({
  contentHash: String(embedding),
  label,
  isPositive,
  embedding,
});
const bestOf = (classes: ClassEmbeddings, image: Embedding): string | undefined =>
  classes.labelSet.labels[topK(similaritiesOf(image, classes), 1)[0] as number]?.name;

/** Pictures lie about axes 3 to 6, one for each label; their texts, along axes 0 to 2, are hardly of help. All share a part, as pictures do. */
const picture = (kind: number, noise: readonly number[]): Embedding =>
  unit(...Array.from({ length: 9 }, (_, i) => (i === kind + 3 ? 1 : i === 8 ? 1.5 : 0) + 0.3 * (noise[i] ?? 0)));
const noises = fc.array(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 9, maxLength: 9 }), {
  minLength: 9,
  maxLength: 9,
});
const TEXTS = classesOf({ a: unit(1, 0, 0, 0, 0, 0, 0, 0, 0), b: unit(0, 1, 0, 0, 0, 0, 0, 0, 0), c: unit(0, 0, 1, 0, 0, 0, 0, 0, 0) });
const ORDINARY = [3, 4].map((kind) => picture(kind, []));

describe('learning from examples', () => {
  test('without examples of its labels, class embeddings stay the same object', async () => {
    const { classEmbeddings, lesson } = await learnFromExamples(TEXTS, [example('zebra', picture(0, []))], {
      rule: RULE,
      background: ORDINARY,
    });
    expect(classEmbeddings).toBe(TEXTS);
    expect(lesson).toMatchObject({ examples: 0, unknownLabels: ['zebra'], leaveOneOut: undefined });
  });

  test('new pictures of taught labels get their label, whatever the text says', async () => {
    await fc.assert(
      fc.asyncProperty(noises, async (noise) => {
        const examples = noise.map((values, i) => example('abc'[i % 3] as string, picture(i % 3, values)));
        const { classEmbeddings, lesson } = await learnFromExamples(TEXTS, examples, { rule: RULE, background: ORDINARY });
        for (const kind of [0, 1, 2]) expect(bestOf(classEmbeddings, picture(kind, []))).toBe('abc'[kind]);
        const photos = new Set(examples.map(({ contentHash }) => contentHash)).size;
        if (photos === 9) expect(lesson.leaveOneOut).toMatchObject({ photos: 9, after: 9 });
        expect(lesson.weights.text).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('the order of labels and of examples does not matter, and the same photo twice counts once', async () => {
    await fc.assert(
      fc.asyncProperty(noises, fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8], { minLength: 9 }), async (noise, order) => {
        const examples = noise.map((values, i) => example('abc'[i % 3] as string, picture(i % 3, values)));
        const shuffled = order.map((i) => examples[i] as LabelExample);
        const turned = classesOf({ c: TEXTS.vectors[2] as Embedding, a: TEXTS.vectors[0] as Embedding, b: TEXTS.vectors[1] as Embedding });
        const options = { rule: RULE, background: ORDINARY };
        const one = similaritiesOf(picture(1, []), (await learnFromExamples(TEXTS, examples, options)).classEmbeddings);
        const [c, a, b] = similaritiesOf(picture(1, []), (await learnFromExamples(turned, shuffled, options)).classEmbeddings);
        for (const [i, value] of [a, b, c].entries()) expect(value).toBeCloseTo(one[i] as number, 4);
      }),
    );
  });

  test('a label that was taught alone does not claim pictures of others, however alike all pictures are', async () => {
    await fc.assert(
      fc.asyncProperty(noises, fc.integer({ min: 1, max: 8 }), async (noise, count) => {
        const examples = noise.slice(0, count).map((values) => example('a', picture(0, values)));
        const { classEmbeddings } = await learnFromExamples(TEXTS, examples, { rule: RULE, background: ORDINARY });
        const added = (kind: number) => similaritiesOf(picture(kind, []), classEmbeddings)[0] as number;
        for (const kind of [1, 2, 3, 4]) expect(added(kind)).toBeLessThan(added(0) / 2);
        expect((added(1) + added(2) + added(3) + added(4)) / 4).toBeLessThan(0);
        expect(added(0)).toBeGreaterThan(0);
        for (const other of [1, 2])
          expect([...(classEmbeddings.vectors[other] as Embedding)].map(Math.sign)).toEqual(
            [...(TEXTS.vectors[other] as Embedding)].map(Math.sign),
          );
      }),
    );
  });

  test('a picture that does not show a label lowers it on its like', async () => {
    const before = similaritiesOf(picture(1, []), TEXTS);
    const { classEmbeddings } = await learnFromExamples(TEXTS, [example('a', picture(1, []), false)], { rule: RULE, background: ORDINARY });
    const after = similaritiesOf(picture(1, []), classEmbeddings);
    expect(after[0]).toBeLessThan((before[0] as number) - 0.1);
    expect([after[1], after[2]]).toEqual([before[1], before[2]]);
    const away = similaritiesOf(picture(2, []), classEmbeddings);
    expect(away[0]).toBeLessThan(0.3);
  });

  test('sigmoid scores learn too', async () => {
    const rule = { logitScale: 20, logitBias: -5, scoring: 'sigmoid' } as const;
    const examples = [0, 1, 2, 0, 1, 2].map((kind, i) => example('abc'[kind] as string, picture(kind, [0, 0, 0, i / 9, -i / 9])));
    const { classEmbeddings } = await learnFromExamples(TEXTS, examples, { rule, background: ORDINARY });
    expect(bestOf(classEmbeddings, picture(2, []))).toBe('c');
  });
});

test('evidence left out is what the other examples alone give', async () => {
  const photos = [0.1, -0.2, 0.3].map((x) => ({ embedding: picture(0, [x, -x, x]), shown: [0], absent: [] }));
  const others = [0.2, -0.1].map((x) => ({ embedding: picture(1, [0, x]), shown: [1], absent: [0] }));
  const { leftOut, labels } = await weighExamples([...photos, ...others], ORDINARY, multiply);
  expect(labels).toEqual([0, 1]);
  for (let i = 0; i < 3; i++) expect(leftOut[i * 2]).toBeGreaterThan(leftOut[i * 2 + 1] as number);
  expect(leftOut[3 * 2]).toBeLessThan(0);
});

test('the weights are those of the highest likelihood, within their bounds', () => {
  const value = fc.double({ min: -1, max: 1, noNaN: true });
  const row = fc.record({
    t: fc.array(value, { minLength: 3, maxLength: 3 }),
    e: fc.array(value, { minLength: 3, maxLength: 3 }),
    truth: fc.nat(2),
  });
  const rules = [RULE, { logitScale: 8, logitBias: -2, scoring: 'sigmoid' }] as const;
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(...rules),
      fc.constantFrom(1, 30),
      (rows, rule, textPrior) => {
        const photos = rows.map(({ t, e, truth }) => ({
          similarities: Float32Array.from(t),
          evidence: Float32Array.from(e),
          truths: [truth],
          weight: 1,
        }));
        /** The same objective, written from its definition. */
        const loss = (a: number, b: number): number => {
          let sum = (textPrior * (a - 1) ** 2 + (b - 1) ** 2) / 2;
          for (const { similarities, evidence, truths } of photos) {
            const similarity = similarities.map((x, i) => a * x + b * (evidence[i] as number));
            const scores = scoreLogits(toLogits(similarity, rule), rule.scoring);
            sum -= scores.logProbabilityOf(truths[0] as number);
            const opposite = scoreLogits(
              toLogits(similarity, rule).map((z) => -z),
              'sigmoid',
            );
            if (rule.scoring === 'sigmoid') for (const i of [0, 1, 2]) if (i !== truths[0]) sum -= opposite.logProbabilityOf(i);
          }
          return sum;
        };
        const { text, examples } = balanceEvidence(photos, rule, textPrior);
        const best = loss(text, examples);
        for (const [da, db] of [
          [0.01, 0],
          [-0.01, 0],
          [0, 0.01],
          [0, -0.01],
        ] as const) {
          const [a, b] = [Math.min(1, Math.max(0, text + da)), Math.max(0, examples + db)];
          expect(loss(a, b)).toBeGreaterThanOrEqual(best - 1e-4 * Math.max(1, best));
        }
      },
    ),
  );
  expect(balanceEvidence([], RULE, 1)).toEqual({ text: 1, examples: 1 });
});

test('half of the labels are taught, and look like the others: those lose nothing, because thresholds rise', async () => {
  let state = 1;
  const random = (): number => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return (state / 2 ** 32) * 2 - 1;
  };
  const vector = (): number[] => Array.from({ length: 32 }, random);
  const mix = (...parts: [number, number[]][]): Embedding =>
    normalize(
      Float32Array.from({ length: 32 }, (_, i) => parts.reduce((sum, [weight, values]) => sum + weight * (values[i] as number), 0)),
    );
  const [own, groups, texts] = [12, 4, 12].map((count) => Array.from({ length: count }, vector)) as [number[][], number[][], number[][]];
  const pictureOf = (k: number): Embedding =>
    mix([0.5, own[k] as number[]], [1, groups[k % 4] as number[]], [0.5, texts[k] as number[]], [0.6, vector()]);
  const classes = classesOf(Object.fromEntries(texts.map((text, k) => [`label ${k}`, mix([1, text])])));
  const examples = Array.from({ length: 24 }, (_, i) => example(`label ${Math.floor(i / 4)}`, pictureOf(Math.floor(i / 4))));
  const background = Array.from({ length: 6 }, () => mix([1, vector()]));
  const { classEmbeddings } = await learnFromExamples(classes, examples, { rule: RULE, background });
  const right = { taught: [0, 0], untaught: [0, 0] };
  for (let i = 0; i < 480; i++) {
    const k = i % 12;
    const image = pictureOf(k);
    const counts = k < 6 ? right.taught : right.untaught;
    for (const [which, one] of [classes, classEmbeddings].entries())
      if (bestOf(one, image) === `label ${k}`) counts[which] = (counts[which] as number) + 1;
  }
  expect(right.taught[1]).toBeGreaterThan((right.taught[0] as number) + 40);
  expect(right.untaught[1]).toBeGreaterThan((right.untaught[0] as number) + 12); // without: 3 more
});
