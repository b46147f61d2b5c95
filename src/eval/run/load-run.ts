import { rankImages } from '../measures/average-precision.js';
import type { Rankings } from '../measures/compare-tables.js';
import { type ScoredImage, type ScoreTable, toScoreTable } from '../measures/score-table.js';
import { type RunRow, readRunBatches, type StoredScore } from './run-log.js';

/** A finished run, reduced to what the measures need. */
export interface LoadedRun {
  readonly images: number;
  /** Ids of the scored images, in the order of the tables' rows, and their positions in the data set. */
  readonly ids: readonly string[];
  readonly places: Int32Array;
  readonly failures: readonly { readonly id: string; readonly code: string; readonly message: string }[];
  /** A table for each variant if images show one label, otherwise rankings. */
  readonly variants: readonly LoadedVariant[];
  readonly seconds: number;
  readonly peakBytes: number;
}

export type LoadedVariant =
  | { readonly kind: 'one label'; readonly table: ScoreTable }
  | (Rankings & {
      readonly kind: 'several labels';
      /** The first label of each image. [images] */
      readonly predicted: Int32Array;
    });

export async function loadRun(log: string, shape: { labelCount: number; isMultiLabel: boolean; variants: number }): Promise<LoadedRun> {
  const good: { place: number; row: Scored }[] = [];
  const failures: { id: string; code: string; message: string }[] = [];
  let [images, milliseconds, peakBytes] = [0, 0, 0];
  for await (const batch of readRunBatches(log)) {
    for (const row of batch.rows) {
      if ('error' in row) failures.push({ id: row.id, ...row.error });
      else good.push({ place: images, row: lean(row) });
      images++;
    }
    milliseconds += batch.ms;
    peakBytes = Math.max(peakBytes, batch.peakBytes);
  }
  const rows = good.map(({ row }) => row);
  return {
    images,
    ids: rows.map(({ id }) => id),
    places: Int32Array.from(good, ({ place }) => place),
    failures,
    variants: Array.from({ length: shape.variants }, (_, variant) =>
      shape.isMultiLabel ? toRankings(rows, variant, shape.labelCount) : toTable(rows, variant, shape.labelCount),
    ),
    seconds: milliseconds / 1000,
    peakBytes,
  };
}

type Scored = Exclude<RunRow, { error: unknown }>;

/** Only the best of the predictions is kept in memory. */
function lean(row: Scored): Scored {
  return { ...row, scores: row.scores.map((score) => ({ ...score, top: score.top.slice(0, 1) })) };
}

function toTable(rows: readonly Scored[], variant: number, labelCount: number): LoadedVariant {
  const images = rows.map(({ truths, scores }): ScoredImage => {
    const score = scores[variant] as StoredScore;
    return {
      truth: truths[0] as number,
      predicted: score.top[0]?.label as number,
      rank: score.rank as number,
      confidence: score.top[0]?.probability as number,
      negativeLogLikelihood: score.negativeLogLikelihood as number,
    };
  });
  return { kind: 'one label', table: toScoreTable(images, labelCount) };
}

function toRankings(rows: readonly Scored[], variant: number, labelCount: number): LoadedVariant {
  const scores = new Float32Array(rows.length * labelCount); // [images, labels]
  for (const [i, row] of rows.entries()) {
    const bytes = Buffer.from((row.scores[variant] as StoredScore).similarities as string, 'base64');
    for (let label = 0; label < labelCount; label++) scores[i * labelCount + label] = bytes.readFloatLE(4 * label);
  }
  return {
    kind: 'several labels',
    ranked: Array.from({ length: labelCount }, (_, label) =>
      rankImages(
        Float32Array.from(rows, (_, i) => scores[i * labelCount + label] as number),
        Uint8Array.from(rows, ({ truths }) => (truths.includes(label) ? 1 : 0)),
      ),
    ),
    predicted: Int32Array.from(rows, (row) => row.scores[variant]?.top[0]?.label ?? -1),
    ranks: Int32Array.from(rows, (row) => (row.scores[variant] as StoredScore).rank ?? -1),
  };
}
