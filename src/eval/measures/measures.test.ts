import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { averagePrecision, meanAveragePrecision, rankImages } from './average-precision.js';
import { bootstrap, type Estimate } from './bootstrap.js';
import { compareRankings, compareTables } from './compare-tables.js';
import { confusionCells, mostConfused } from './confusion.js';
import { mcnemarPValue } from './mcnemar.js';
import { measureTable } from './measure-table.js';
import { measureClasses } from './per-class.js';
import { randomIntegers } from './random-integers.js';
import { scoreSimilarities } from './score-image.js';
import { toScoreTable } from './score-table.js';

interface SingleGolden {
  labelCount: number;
  truths: number[];
  logits: number[];
  ks: number[];
  topK: number[];
  accuracy: number;
  meanPerClassRecall: number;
  balancedAccuracy: number | null;
  logLoss: number;
  expectedCalibrationError: number;
  reliability: { images: number[]; accuracy: number[]; confidence: number[] };
  confusion: number[][];
  recall: (number | null)[];
  precision: (number | null)[];
  f1: (number | null)[];
  wilson: ([number, number] | null)[];
  intervals: Record<'top1' | 'negativeLogLikelihood' | 'meanPerClassRecall', [number, number]>;
}

interface SeveralGolden {
  labelCount: number;
  shown: number[][];
  scores: number[];
  averagePrecisions: (number | null)[];
  meanAveragePrecision: number;
  weights: number[];
  weightedAveragePrecisions: (number | null)[];
}

/** Made by tests/parity/build/measures.py with scikit-learn and SciPy. */
const golden = JSON.parse(readFileSync(new URL('../../../tests/parity/measures.json', import.meta.url), 'utf8')) as {
  single: SingleGolden[];
  several: SeveralGolden[];
  mcnemar: { onlyFirst: number; onlySecond: number; pValue: number }[];
};
const RULE = { scoring: 'softmax', logitScale: 1, logitBias: 0, topK: 5 } as const;

function tableOf({ truths, logits, labelCount }: Pick<SingleGolden, 'truths' | 'logits' | 'labelCount'>) {
  const images = truths.map((truth, i) => {
    const score = scoreSimilarities(Float32Array.from(logits.slice(i * labelCount, (i + 1) * labelCount)), [truth], RULE);
    const best = score.top[0] as { label: number; probability: number };
    return {
      truth,
      predicted: best.label,
      rank: score.rank as number,
      confidence: best.probability,
      negativeLogLikelihood: score.negativeLogLikelihood as number,
    };
  });
  return toScoreTable(images, labelCount);
}

const closeTo = (values: readonly (number | null)[]) => values.map((value) => (value === null ? null : expect.closeTo(value, 10)));

describe.each(golden.single.map((single) => [single.truths.length, single.labelCount, single] as const))(
  '%i images of %i labels: scikit-learn gives the same',
  (_images, _labels, single) => {
    const table = tableOf(single);
    const measures = measureTable(table, { ks: single.ks });

    test('top-k accuracy, mean per-class recall, log loss', () => {
      expect(measures.topK).toEqual(closeTo(single.topK));
      expect(measures.topK[0]).toBeCloseTo(single.accuracy, 12);
      expect(measures.meanPerClassRecall).toBeCloseTo(single.meanPerClassRecall, 12);
      if (single.balancedAccuracy !== null) expect(measures.meanPerClassRecall).toBeCloseTo(single.balancedAccuracy, 12);
      expect(measures.negativeLogLikelihood).toBeCloseTo(single.logLoss, 9);
    });

    test('expected calibration error and its bins', () => {
      expect(measures.expectedCalibrationError).toBeCloseTo(single.expectedCalibrationError, 10);
      const bins = measures.reliability.filter(({ images }) => images > 0);
      expect(bins.map(({ images }) => images)).toEqual(single.reliability.images);
      expect(bins.map(({ accuracy }) => accuracy)).toEqual(closeTo(single.reliability.accuracy));
      expect(bins.map(({ confidence }) => confidence)).toEqual(closeTo(single.reliability.confidence));
    });

    test('recall, precision and F1 of each label, with Wilson intervals', () => {
      const classes = measureClasses(table);
      expect(classes.map(({ recall }) => recall?.value ?? null)).toEqual(closeTo(single.recall));
      expect(classes.map(({ precision }) => precision)).toEqual(closeTo(single.precision));
      expect(classes.map(({ f1 }) => f1)).toEqual(closeTo(single.f1));
      for (const [i, { recall }] of classes.entries()) {
        const wilson = single.wilson[i];
        if (wilson) expect([recall?.low, recall?.high]).toEqual(closeTo(wilson));
      }
    });

    test('the confusion matrix, and the most confused pairs are its largest cells off the diagonal', () => {
      const cells = confusionCells(table);
      const matrix = single.confusion.map((row) => row.map(() => 0));
      for (const { truth, predicted, images } of cells) (matrix[truth] as number[])[predicted] = images;
      expect(matrix).toEqual(single.confusion);
      const off = single.confusion.flatMap((row, i) => row.filter((_, j) => j !== i)).sort((a, b) => b - a);
      expect(mostConfused(cells, 5).map(({ images }) => images)).toEqual(off.slice(0, 5));
    });

    test('bootstrap intervals agree with those of SciPy', () => {
      const estimates = bootstrap(
        table.truths.length,
        (places) => {
          const { topK, meanPerClassRecall, negativeLogLikelihood } = measureTable(table, { ks: [1] }, places);
          return [topK[0] as number, meanPerClassRecall, negativeLogLikelihood];
        },
        { seed: 1, resamples: 4000 },
      );
      for (const [i, name] of (['top1', 'meanPerClassRecall', 'negativeLogLikelihood'] as const).entries()) {
        const [low, high] = single.intervals[name];
        const width = high - low;
        expect(Math.abs((estimates[i]?.low as number) - low)).toBeLessThan(0.06 * width);
        expect(Math.abs((estimates[i]?.high as number) - high)).toBeLessThan(0.06 * width);
      }
    });
  },
);

describe.each(golden.several)('$labelCount labels, several an image', ({ labelCount, shown, scores, ...expected }) => {
  const ranked = Array.from({ length: labelCount }, (_, label) =>
    rankImages(
      Float32Array.from(shown, (_, i) => scores[i * labelCount + label] as number),
      Uint8Array.from(shown, (labels) => (labels.includes(label) ? 1 : 0)),
    ),
  );
  const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

  test("average precision is scikit-learn's, equal scores and weights too; labels without images do not count", () => {
    expect(ranked.map((label) => orNull(averagePrecision(label)))).toEqual(closeTo(expected.averagePrecisions));
    expect(meanAveragePrecision(ranked)).toBeCloseTo(expected.meanAveragePrecision, 10);
    const weights = Uint32Array.from(expected.weights);
    expect(ranked.map((label) => orNull(averagePrecision(label, weights)))).toEqual(closeTo(expected.weightedAveragePrecisions));
  });
});

test.each(golden.mcnemar)("McNemar's test of $onlyFirst against $onlySecond is SciPy's", ({ onlyFirst, onlySecond, pValue }) => {
  expect(mcnemarPValue(onlyFirst, onlySecond) / pValue).toBeCloseTo(1, 8);
});

test('two runs are compared image by image', () => {
  const row = (truth: number, predicted: number) => ({ truth, predicted, rank: 0, confidence: 1, negativeLogLikelihood: 0 });
  const truths = [0, 0, 1, 1, 2];
  const table = (answers: number[]) =>
    toScoreTable(
      answers.map((answer, i) => row(truths[i] as number, answer)),
      3,
    );
  const comparison = compareTables(table([0, 1, 1, 0, 1]), table([0, 0, 2, 1, 0]), { seed: 3 });
  expect(comparison).toMatchObject({ bothRight: 1, onlyFirst: 1, onlySecond: 2, bothWrong: 1, changed: [1, 2, 3], pValue: 1 });
  expect(comparison.difference.value).toBeCloseTo(0.2, 12);
  expect(comparison.difference.low).toBeLessThan(0);
});

describe('two runs over images that show several labels', () => {
  const shown = [[0, 1], [1], [2], []];
  const rankings = (scores: readonly number[][]) => ({
    ranked: [0, 1, 2].map((label) =>
      rankImages(
        Float32Array.from(scores, (row) => row[label] as number),
        Uint8Array.from(shown, (labels) => (labels.includes(label) ? 1 : 0)),
      ),
    ),
    ranks: Int32Array.from(shown, (labels, i) =>
      labels.length === 0
        ? -1
        : Math.min(...labels.map((label) => (scores[i] ?? []).filter((other) => other > (scores[i]?.[label] ?? 0)).length)),
    ),
  });
  const first = rankings([
    [0.9, 0.1, 0.2],
    [0.8, 0.3, 0.1],
    [0.1, 0.2, 0.9],
    [0.2, 0.4, 0.3],
  ]);
  const second = rankings([
    [0.9, 0.8, 0.2],
    [0.1, 0.7, 0.2],
    [0.3, 0.2, 0.1],
    [0.1, 0.1, 0.1],
  ]);

  test('are compared by mean average precision; an image that shows none is neither right nor wrong', () => {
    const comparison = compareRankings(first, second, { seed: 3 });
    expect(comparison).toMatchObject({
      figure: 'mean average precision',
      bothRight: 1,
      onlyFirst: 1,
      onlySecond: 1,
      bothWrong: 0,
      changed: [1, 2],
    });
    expect(comparison.difference.value).toBeCloseTo(meanAveragePrecision(second.ranked) - meanAveragePrecision(first.ranked), 12);
    expect(comparison.difference.low).toBeLessThan(comparison.difference.value);
  });

  test('one run against itself differs by nothing in each resample', () => {
    expect(compareRankings(first, first, { seed: 3 })).toMatchObject({ difference: { value: 0, low: 0, high: 0 }, pValue: 1, changed: [] });
  });
});

test('the same seed gives the same interval bit for bit, another seed another one', () => {
  const values = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i) ** 2);
  const mean = (places?: Int32Array): [number] => [
    (places ? [...places].map((i) => values[i] as number) : [...values]).reduce((a, b) => a + b, 0) / values.length,
  ];
  expect(bootstrap(200, mean, { seed: 5 })).toEqual(bootstrap(200, mean, { seed: 5 }));
  expect(bootstrap(200, mean, { seed: 5 })).not.toEqual(bootstrap(200, mean, { seed: 6 }));
});

describe('the interval of a calibration error, which resampling biases', () => {
  const draw = randomIntegers(11);
  const share = (): number => draw(1 << 20) / (1 << 20);
  const size = 200;
  /** Images of a model that is calibrated: all its error is scatter. */
  const sample = () =>
    toScoreTable(
      Array.from({ length: size }, () => {
        const confidence = 0.4 + 0.6 * share();
        const isRight = share() < confidence;
        return { truth: 0, predicted: isRight ? 0 : 1, rank: isRight ? 0 : 1, confidence, negativeLogLikelihood: 0 };
      }),
      2,
    );
  const errorOf = (table: ReturnType<typeof sample>, places?: Int32Array): [number] => [
    measureTable(table, { ks: [1] }, places).expectedCalibrationError,
  ];

  test('holds the figure, also where nearly all resamples are above it', () => {
    const tables = Array.from({ length: 40 }, sample);
    const estimates = (biased: number[]) =>
      tables.map((table) => bootstrap(size, (places) => errorOf(table, places), { seed: 1, resamples: 200, biased })[0]);
    const isOutside = (estimate: Estimate | undefined): boolean =>
      estimate === undefined || estimate.value < estimate.low || estimate.value > estimate.high || estimate.low < 0 || estimate.high > 1;
    expect(estimates([]).filter(isOutside).length).toBeGreaterThan(0); // what the percentiles alone say
    expect(estimates([0]).filter(isOutside)).toEqual([]);
  });

  test('holds the mean of the figure over many samples in about 95 of 100', () => {
    const mean = Array.from({ length: 1000 }, () => errorOf(sample())[0]).reduce((a, b) => a + b) / 1000;
    const intervals = Array.from({ length: 100 }, (_, seed) => {
      const table = sample();
      return bootstrap(size, (places) => errorOf(table, places), { seed, resamples: 200, biased: [0] })[0] as Estimate;
    });
    expect(intervals.filter(({ low, high }) => low <= mean && mean <= high).length).toBeGreaterThanOrEqual(90);
  });
});

test('random integers are spread evenly and stay in their range', () => {
  const draw = randomIntegers(42);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) {
    const drawn = draw(10);
    counts[drawn] = (counts[drawn] as number) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500); // five standard deviations
});

test('ranks count labels that score more, and of equal ones those before; probabilities of all labels sum to 1', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 2, maxLength: 8 }), fc.nat(), (scores, pick) => {
      const truth = pick % scores.length;
      const score = scoreSimilarities(Float32Array.from(scores), [truth], { ...RULE, topK: scores.length });
      expect(score.top[score.rank as number]?.label).toBe(truth);
      expect(score.top.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
      expect(Math.exp(-(score.negativeLogLikelihood as number))).toBeCloseTo(score.top[score.rank as number]?.probability as number, 12);
    }),
  );
});
