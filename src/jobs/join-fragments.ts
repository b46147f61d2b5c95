import type { Database } from '../store/database.js';

/** A fragment of so many rows is full: LanceDB leaves it as it is. */
const FULL_ROWS = 2 ** 20;
/** Joining writes again what is not full, so it waits until the new rows are a fourth of that. */
const WORTH = 4;
/** Each commit looks into every fragment for its paths. */
const MOST_FRAGMENTS = 1000;
const KEEP_VERSIONS_MS = 3_600_000;

export interface FragmentFacts {
  readonly rows: number;
  readonly fragments: number;
  /** The rows of a typical fragment: what one commit added. */
  readonly median: number;
}

/** Whether joining the fragments that commits left is worth writing their neighbours again. At every 50th commit, a large table would be written again and again. */
export function isWorthJoining({ rows, fragments, median }: FragmentFacts): boolean {
  return fragments >= MOST_FRAGMENTS || WORTH * fragments * median >= rows % FULL_ROWS;
}

/** Joins the small fragments that commits left, where that is worth it, and frees versions of more than an hour ago. */
export async function joinFragments(database: Database): Promise<void> {
  const { withImageTable } = await import('../store/with-image-table.js');
  await withImageTable(database, async ({ table }) => {
    const { numRows, fragmentStats } = await table.stats();
    const facts = { rows: numRows, fragments: fragmentStats.numFragments, median: fragmentStats.lengths.p50 };
    if (isWorthJoining(facts)) await table.optimize({ cleanupOlderThan: new Date(Date.now() - KEEP_VERSIONS_MS) });
  });
}
