import type { Table } from '@lancedb/lancedb';
import type { Database } from './database.js';
import { IS_IMAGE } from './image-table-schema.js';
import { measureRecall, type RecallReport, sampleNeighbours } from './measure-recall.js';
import type { CellReport } from './rounded/open-rounded.js';
import { buildHashIndex, buildVectorIndex, describeVectorIndex, dropVectorIndex, INDEX_BUILDS, type IndexBuild } from './vector-index.js';
import { withImageTable } from './with-image-table.js';

/** Below, comparing with every row is as fast as anybody notices: 0.03 s for 10,000 x 512, 0.21 s for 50,000 (collections-benchmark.md). */
const MIN_INDEXED_ROWS = 50_000;
/** A vector index that finds fewer of the true neighbours is not kept. */
export const MIN_RECALL = 0.95;

/** A vector index that was measured: the one that was there, or one that was built now. */
export interface IndexAttempt extends RecallReport {
  readonly index: string;
}

export interface OptimizeReport {
  readonly rows: number;
  /** Small files that were put together. */
  readonly filesRemoved: number;
  /**
   * `none`: the collection is small; `updated`: the index that was there is good enough, and has the new rows; `refused`: none finds enough of
   * the true neighbours, and searches use cells or compare with all rows.
   */
  readonly vectorIndex: 'none' | 'built' | 'updated' | 'refused';
  readonly seconds: number;
  /** Of the index that is in use now, else of the best that was tried. */
  readonly recall: RecallReport | undefined;
  /** All that were measured, in order. */
  readonly attempts: readonly IndexAttempt[];
  /** The cells that searches without a filter use; undefined where they compare all images, or use the vector index. */
  readonly cells?: CellReport | undefined;
}

export interface OptimizeOptions {
  readonly minRows?: number | undefined;
  readonly builds?: readonly IndexBuild[];
  readonly onStep?: (step: string) => void;
}

/**
 * Puts small files together and builds or updates the vector index of a large collection. What is searched meanwhile is never blocked.
 * Whatever is built is measured against the exact scan; an index is in use at the end only if it finds 0.95 of the true neighbours.
 */
export const optimizeImages = (
  database: Database,
  { minRows = MIN_INDEXED_ROWS, builds = INDEX_BUILDS, onStep = () => {} }: OptimizeOptions = {},
): Promise<OptimizeReport> =>
  withImageTable(database, async ({ table, facts }) => {
    const startedAt = performance.now();
    onStep('compacting');
    const { compaction } = await table.optimize(); // new rows come into the vector index too
    const rows = await table.countRows(IS_IMAGE);
    const isSmall = rows < minRows;
    const chosen =
      isSmall && (await describeVectorIndex(table)) === undefined
        ? { vectorIndex: 'none' as const, recall: undefined, attempts: [] }
        : await chooseIndex(table, { dimension: facts.dimension, builds: isSmall ? [] : builds, onStep });
    if (!isSmall) await buildHashIndex(table);
    return { rows, filesRemoved: compaction.filesRemoved, seconds: (performance.now() - startedAt) / 1000, ...chosen };
  });

interface Choice {
  readonly dimension: number;
  readonly builds: readonly IndexBuild[];
  readonly onStep: (step: string) => void;
}

/** Keeps the index that there is while it is good enough, else builds until one is, else has none. */
async function chooseIndex(
  table: Table,
  { dimension, builds, onStep }: Choice,
): Promise<Pick<OptimizeReport, 'vectorIndex' | 'recall' | 'attempts'>> {
  onStep('finding true neighbours, to measure with');
  const sample = await sampleNeighbours(table, dimension);
  const attempts: IndexAttempt[] = [];
  const isGood = async (index: string): Promise<boolean> => {
    const attempt = { index, ...(await measureRecall(table, sample)) };
    attempts.push(attempt);
    const enough = attempt.recallAt10 >= MIN_RECALL;
    onStep(`${index}: recall@10 ${attempt.recallAt10.toFixed(3)}${enough ? '' : `, and ${MIN_RECALL} is needed`}`);
    return enough;
  };
  const before = await describeVectorIndex(table);
  if (before?.metric === 'cosine' && (await isGood(`the ${before.kind} that was there`)))
    return { vectorIndex: 'updated', recall: attempts[0], attempts };
  for (const build of builds) {
    onStep(`building the vector index: ${build.name}`);
    await buildVectorIndex(table, build);
    if (await isGood(build.name)) return { vectorIndex: 'built', recall: attempts.at(-1), attempts };
  }
  if (await describeVectorIndex(table)) await dropVectorIndex(table);
  return { vectorIndex: 'refused', recall: attempts.toSorted((a, b) => b.recallAt10 - a.recallAt10)[0], attempts };
}
