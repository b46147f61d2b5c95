import { dirname } from 'node:path';
import { encodeItems } from '../../core/encode-items.js';
import type { ImageEncoder, ImageOutcome } from '../../core/ports.js';
import { requireProbabilities, ruleOf, type Scoring } from '../../core/scoring.js';
import { similaritiesOf } from '../../core/similarities.js';
import type { BadExample, Dataset, Example } from '../../datasets/dataset.js';
import { LabelwiseError } from '../../errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { inOutputWords } from '../../files/output-fault.js';
import { type ImageScore, scoreSimilarities } from '../measures/score-image.js';
import { type EvaluationVariant, identifyRun, refuseOtherRun } from './run-identity.js';
import { appendLine, findRunState, openRunLog, type RunRow, type StoredScore } from './run-log.js';

/** A data set to run through one encoder. */
export interface Evaluation {
  readonly dataset: Dataset;
  /** Use only the first n examples. The default is all. */
  readonly limit?: number | undefined;
  readonly encoder: ImageEncoder;
  readonly variants: readonly EvaluationVariant[];
  readonly scoring: Scoring;
  /** Compare labels with the crops of each image too, and take the largest similarity. */
  readonly withCrops?: boolean | undefined;
  /** How many predictions to keep for each image. */
  readonly topK: number;
  /** Images per forward pass and per write. A resumed run forms the same batches. */
  readonly batchSize: number;
  /** Anything else that could change a number, for example the device. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Where finished batches are written, and from where a resumed run reads them. */
  readonly log: string;
  /** Throws if another process has taken over the log. */
  readonly assertHeld: () => Promise<void>;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Called once if an earlier run has done a part. */
  readonly onResume?: ((done: number, total: number) => void) | undefined;
}

/**
 * Runs the rest of a data set through an encoder. Afterwards, the log holds every image. If the process is killed at any
 * moment, at most the current batch is lost, and the log of a resumed run holds the same numbers as that of an unbroken one.
 *
 * @throws LabelwiseError `EVALUATION_MISMATCH` when the log is of another run, `DISK_FULL` or `OUTPUT_UNWRITABLE` when it cannot be kept, `ABORTED`
 */
export async function runEvaluation(evaluation: Evaluation, { signal, onProgress, onResume }: RunOptions = {}): Promise<void> {
  const { dataset, encoder, variants, scoring, topK, batchSize, log, assertHeld } = evaluation;
  for (const { classEmbeddings } of variants) requireProbabilities(ruleOf(encoder.info, scoring, classEmbeddings), encoder.info.name);
  const total = sizeOf(evaluation);
  const settings = { ...evaluation.settings, batchSize };
  const head = identifyRun({ dataset, size: total, encoder: encoder.info, variants, scoring, topK, settings });
  const inWords = <T>(work: () => Promise<T>): Promise<T> => inOutputWords(log, 'choose another folder with `report`', work);
  await inWords(() => makeFolder(dirname(log)));
  const state = await findRunState(log);
  if (state.head !== undefined) refuseOtherRun(state.head, head, dirname(dirname(log)));
  if (state.done > 0) onResume?.(state.done, total);
  if (state.done >= total) return;
  await assertHeld();
  const file = await inWords(() => openRunLog(log, state, head));
  try {
    let from = state.done;
    let startedAt = performance.now();
    for await (const rows of inBatches(scoreRows(evaluation, from, signal), batchSize)) {
      const now = performance.now();
      const batch = { from, rows, ms: now - startedAt, peakBytes: process.resourceUsage().maxRSS * 1024 };
      await inWords(() => appendLine(file, batch));
      startedAt = now;
      from += rows.length;
      onProgress?.(from, total);
    }
  } finally {
    await file.close();
  }
}

/** How many images a run is over. */
export const sizeOf = ({ dataset, limit }: Pick<Evaluation, 'dataset' | 'limit'>): number => Math.min(dataset.size, limit ?? dataset.size);

/** Images are embedded once and scored in every variant. */
async function* scoreRows(evaluation: Evaluation, from: number, signal: AbortSignal | undefined): AsyncGenerator<RunRow> {
  const { dataset, encoder } = evaluation;
  async function* examples(): AsyncGenerator<Example | BadExample> {
    let left = sizeOf(evaluation) - from;
    if (left <= 0) return;
    for await (const example of dataset.examples({ from, signal })) {
      yield example;
      if (--left === 0) return;
    }
  }
  const imageOf = (example: Example | BadExample) => ('error' in example ? undefined : example.image);
  for await (const { item, outcome } of encodeItems(encoder, examples(), imageOf, {
    signal,
    shouldFillBatches: true,
    withCrops: evaluation.withCrops,
  }))
    yield toRow(item, outcome, evaluation);
}

function toRow(example: Example | BadExample, outcome: ImageOutcome, evaluation: Evaluation): RunRow {
  const { id } = example;
  if ('error' in example) return { id, error: describe(example.error) };
  if ('error' in outcome) return { id, error: describe(outcome.error) };
  const { info } = evaluation.encoder;
  const logitBias = Number.isNaN(info.logitBias) ? 0 : info.logitBias; // it cancels out in the softmax; a sigmoid without it was refused
  const truths = example.labels;
  const views = [outcome.embedding, ...(outcome.crops ?? [])];
  const scores = evaluation.variants.map(({ classEmbeddings }) =>
    toStored(
      scoreSimilarities(largest(views.map((view) => similaritiesOf(view, classEmbeddings))), truths, {
        ...ruleOf(info, evaluation.scoring, classEmbeddings),
        logitBias,
        topK: evaluation.topK,
      }),
    ),
  );
  return { id, truths, scores };
}

const largest = ([first, ...others]: readonly Float32Array[]): Float32Array =>
  (first as Float32Array).map((similarity, label) => others.reduce((most, other) => Math.max(most, other[label] as number), similarity));

/** A bad image is a row; whatever else is thrown is a bug of ours. */
function describe(error: unknown): { code: string; message: string } {
  if (!(error instanceof LabelwiseError) || error.code === 'UNEXPECTED') throw error;
  return { code: error.code, message: error.message };
}

function toStored({ similarities, ...score }: ImageScore): StoredScore {
  if (similarities === undefined) return score;
  return { ...score, similarities: Buffer.from(similarities.buffer, similarities.byteOffset, similarities.byteLength).toString('base64') };
}

async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    if (batch.push(item) < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
