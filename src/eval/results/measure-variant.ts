import { averagePrecision, meanAveragePrecision, type RankedImages } from '../measures/average-precision.js';
import { affordable, bootstrap, countPlaces, type Estimate } from '../measures/bootstrap.js';
import { confusionCells, mostConfused } from '../measures/confusion.js';
import { measureTable } from '../measures/measure-table.js';
import { measureClasses } from '../measures/per-class.js';
import type { ScoreTable } from '../measures/score-table.js';
import type { LoadedVariant } from '../run/load-run.js';
import type { VariantResults } from './results-schema.js';

export interface MeasureSettings {
  readonly labelNames: readonly string[];
  readonly topK: number;
  readonly bins: number;
  readonly seed: number;
  readonly resamples: number;
}

type Measured = Pick<VariantResults, 'measures' | 'perClass' | 'confusion' | 'confusedPairs' | 'reliability'>;

const PAIRS = 20;

/** All figures of one variant. */
export function measureVariant(variant: LoadedVariant, settings: MeasureSettings): Measured {
  return variant.kind === 'one label' ? measureOneLabel(variant.table, settings) : measureSeveral(variant, settings);
}

/** 1, 5 and the k that was asked for; a k that takes in every label says nothing. */
export function chooseKs(topK: number, labelCount: number): number[] {
  return [...new Set([1, 5, topK])].filter((k) => k === 1 || k < labelCount).sort((a, b) => a - b);
}

function measureOneLabel(table: ScoreTable, { labelNames, topK, bins, seed, resamples }: MeasureSettings): Measured {
  const ks = chooseKs(topK, labelNames.length);
  const nameOf = (label: number): string => labelNames[label] as string;
  const named = ({ truth, predicted, images }: { truth: number; predicted: number; images: number }) => ({
    truth: nameOf(truth),
    predicted: nameOf(predicted),
    images,
  });
  const estimates = bootstrap(
    table.truths.length,
    (places) => {
      const found = measureTable(table, { ks, bins }, places);
      return [found.meanPerClassRecall, found.negativeLogLikelihood, found.expectedCalibrationError, ...found.topK];
    },
    { seed, resamples, biased: [2] },
  );
  const [meanPerClassRecall, negativeLogLikelihood, expectedCalibrationError] = estimates as [Estimate, Estimate, Estimate];
  const cells = confusionCells(table);
  return {
    measures: {
      topK: ks.map((k, i) => ({ k, ...(estimates[3 + i] as Estimate) })),
      meanPerClassRecall,
      negativeLogLikelihood,
      expectedCalibrationError,
    },
    perClass: measureClasses(table).map((row) => ({ ...row, label: nameOf(row.label) })),
    confusion: cells.map(named),
    confusedPairs: mostConfused(cells, PAIRS).map(named),
    reliability: [...measureTable(table, { ks, bins }).reliability],
  };
}

function measureSeveral({ ranked, ranks }: Extract<LoadedVariant, { kind: 'several labels' }>, settings: MeasureSettings): Measured {
  const { labelNames, topK, seed } = settings;
  const ks = chooseKs(topK, labelNames.length);
  const size = ranks.length;
  const weights = new Uint32Array(size);
  const estimates = bootstrap(
    size,
    (places) => {
      countPlaces(places, weights);
      return [meanAveragePrecision(ranked, weights), ...ks.map((k) => shareWithin(ranks, weights, k))];
    },
    { seed, resamples: affordable(settings.resamples, size * labelNames.length), biased: [0] },
  );
  return {
    measures: { meanAveragePrecision: estimates[0] as Estimate, topK: ks.map((k, i) => ({ k, ...(estimates[1 + i] as Estimate) })) },
    perClass: labelNames.map((label, i) => toClass(label, ranked[i] as RankedImages)),
    confusion: [],
    confusedPairs: [],
    reliability: [],
  };
}

function shareWithin(ranks: Int32Array, weights: Uint32Array, k: number): number {
  let [hits, all] = [0, 0];
  for (let i = 0; i < ranks.length; i++) {
    const rank = ranks[i] as number;
    if (rank < 0) continue;
    all += weights[i] as number;
    if (rank < k) hits += weights[i] as number;
  }
  return hits / all;
}

function toClass(label: string, ranked: RankedImages) {
  const images = ranked.isPositive.reduce((sum, one) => sum + one, 0);
  return { label, images, averagePrecision: images === 0 ? null : averagePrecision(ranked) };
}
