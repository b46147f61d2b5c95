import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { probabilityScale, type ScoringRule, scoreLogits } from '../scoring.js';
import { bend, type Calibration, calibrationOf, unbend } from './calibration.js';
import { fitSigmoid, fitSoftmax, type LabelledScores } from './fit-calibration.js';
import { minimize } from './minimize.js';

const similarity = fc.double({ min: -1, max: 1, noNaN: true });
const softmax = fc.record({
  scale: fc.double({ min: 1, max: 200, noNaN: true }),
  knee: fc.option(fc.double({ min: 0.02, max: 5, noNaN: true })),
  growth: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
  doubt: fc.option(fc.double({ min: 0, max: 20, noNaN: true }), { nil: undefined }),
});
const ruleWith = (calibration: Omit<Calibration, 'templates'>, scoring: ScoringRule['scoring'] = 'softmax'): ScoringRule => ({
  scoring,
  logitScale: 18,
  logitBias: 0,
  calibration: { templates: [], ...calibration },
});

/** Numbers that look random and are the same in every run. */
function* noise(): Generator<number> {
  for (let i = 1; ; i++) yield (Math.sin(i * 12.9898) * 43758.5453) % 1;
}

test('unbend is the inverse of bend, and bend keeps the order', () => {
  fc.assert(
    fc.property(similarity, similarity, softmax, (a, b, { knee }) => {
      expect(unbend(bend(a, knee), knee)).toBeCloseTo(a, 9);
      if (a < b) expect(bend(a, knee)).toBeLessThanOrEqual(bend(b, knee));
    }),
  );
});

test('a scale goes to logits and back, with and without a calibration', () => {
  fc.assert(
    fc.property(similarity, softmax, fc.array(similarity, { minLength: 2, maxLength: 30 }), (value, fitted, similarities) => {
      for (const rule of [
        ruleWith({}),
        ruleWith({ softmax: fitted }),
        ruleWith({ sigmoid: { logitScale: 30, logitBias: -9 } }, 'sigmoid'),
      ]) {
        const { toLogit, toSimilarity } = probabilityScale(rule, similarities);
        expect(toSimilarity(toLogit(value))).toBeCloseTo(value, 6);
      }
    }),
  );
});

test('calibrated probabilities sum to 1 and keep the order of the labels', () => {
  fc.assert(
    fc.property(fc.array(similarity, { minLength: 2, maxLength: 30 }), softmax, (similarities, fitted) => {
      const { toLogit } = probabilityScale(ruleWith({ softmax: fitted }), similarities);
      const { logProbabilityOf } = scoreLogits(Float64Array.from(similarities, toLogit), 'softmax');
      const probabilities = similarities.map((_, label) => Math.exp(logProbabilityOf(label)));
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
      for (const [i, a] of similarities.entries())
        for (const [j, b] of similarities.entries()) if (a > b) expect(probabilities[i]).toBeGreaterThanOrEqual(probabilities[j] as number);
    }),
  );
});

test('of two labels, the probability of the better one does not fall while its lead grows', () => {
  fc.assert(
    fc.property(similarity, similarity, fc.double({ min: 0, max: 1, noNaN: true }), softmax, (a, b, rise, fitted) => {
      const [worse, better] = [Math.min(a, b), Math.max(a, b)];
      const [before, after] = [better, better + rise].map((best) => {
        const row = [worse, best];
        const { toLogit } = probabilityScale(ruleWith({ softmax: { ...fitted, knee: null } }), row);
        return scoreLogits(Float64Array.from(row, toLogit), 'softmax').logProbabilityOf(1);
      }) as [number, number];
      expect(after).toBeGreaterThanOrEqual(before - 1e-9);
    }),
  );
});

test('templates choose their own calibration, others the first', () => {
  const all: Calibration[] = [{ templates: ['a photo of {}.'] }, { templates: ['{}'] }];
  expect(calibrationOf(all, { templates: ['{}'] })).toBe(all[1]);
  expect(calibrationOf(all, { templates: ['a {}'] })).toBe(all[0]);
  expect(calibrationOf([], { templates: ['{}'] })).toBeUndefined();
});

test('the same templates with other weights are other prompts', () => {
  const plain: Calibration = { templates: ['{}', 'a {}'] };
  const weighted: Calibration = { templates: ['{}', 'a {}'], weights: [0.5, 1.5] };
  expect(calibrationOf([plain, weighted], weighted)).toBe(weighted);
  expect(calibrationOf([weighted, plain], { templates: ['{}', 'a {}'], weights: undefined })).toBe(plain);
});

test('the simplex finds the bottom of a bent valley', () => {
  const [x, y] = minimize(([a = 0, b = 0]) => (a - 2) ** 2 + 10 * (b - a * a) ** 2, [0, 0]) as [number, number];
  expect(x).toBeCloseTo(2, 1);
  expect(y).toBeCloseTo(4, 1);
});

describe('a fit finds the numbers that made the data', () => {
  const random = noise();
  const next = (): number => Math.abs(random.next().value as number);

  /** Images whose labels come up as often as the rule says. */
  function draw(rule: ScoringRule, labels: number, images: number): LabelledScores {
    const similarities = Float32Array.from({ length: labels * images }, () => next() * 0.6);
    const truths = Array.from({ length: images }, (_, image) => {
      const row = similarities.subarray(image * labels, (image + 1) * labels);
      const logits = Float64Array.from(row, probabilityScale(rule, row).toLogit);
      const { logProbabilityOf } = scoreLogits(logits, rule.scoring);
      if (rule.scoring === 'sigmoid') return [...logits.keys()].filter((label) => next() < Math.exp(logProbabilityOf(label)));
      let left = next();
      const found = [...logits.keys()].find((label) => {
        left -= Math.exp(logProbabilityOf(label));
        return left < 0;
      });
      return [found ?? labels - 1];
    });
    return { similarities, labels, truths };
  }

  test('softmax: a temperature', () => {
    const { scale, knee, growth } = fitSoftmax(
      [draw(ruleWith({ softmax: { scale: 12, knee: null, growth: 0 } }), 10, 4000)],
      'temperature',
    );
    expect([knee, growth]).toEqual([null, 0]);
    expect(scale).toBeGreaterThan(11);
    expect(scale).toBeLessThan(13);
  });

  test('softmax: a growth and a doubt', () => {
    const made = { scale: 30, knee: 0.4, growth: 0.1, doubt: 1 };
    const fitted = fitSoftmax([draw(ruleWith({ softmax: made }), 60, 800), draw(ruleWith({ softmax: made }), 5, 800)], 'doubt');
    expect(fitted.knee).toBe(made.knee);
    // The numbers are hard to tell apart: together they say how sure an image is, of the leads that are usual here.
    for (const [labels, lead] of [
      [5, 0.2],
      [60, 0.28],
    ] as const) {
      const sureness = (one: typeof made): number => one.scale * (labels / 100) ** one.growth * Math.exp(-one.doubt * lead);
      expect(Math.abs(Math.log(sureness({ ...made, ...fitted, knee: made.knee, doubt: fitted.doubt ?? 0 }) / sureness(made)))).toBeLessThan(
        0.2,
      );
    }
  });

  test('softmax: a large data set counts no more than a small one', () => {
    const [sharp, flat] = [24, 6].map((scale) => ruleWith({ softmax: { scale, knee: null, growth: 0 } })) as [ScoringRule, ScoringRule];
    const scaleWith = (images: number): number => fitSoftmax([draw(sharp, 3, images), draw(flat, 3, 1000)], 'temperature').scale;
    expect(Math.abs(Math.log(scaleWith(8000) / scaleWith(1000)))).toBeLessThan(0.15);
  });

  test('sigmoid: a scale and a bias', () => {
    const { logitScale, logitBias } = fitSigmoid([draw(ruleWith({ sigmoid: { logitScale: 20, logitBias: -8 } }, 'sigmoid'), 10, 4000)]);
    expect(Math.abs(logitScale - 20)).toBeLessThan(1.5);
    expect(Math.abs(logitBias + 8)).toBeLessThan(0.8);
  });
});
