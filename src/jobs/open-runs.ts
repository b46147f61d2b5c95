import type { Database } from '../store/database.js';
import type { RunFacts } from './shard-job.js';
import { assertHolder, type ShardContext } from './work-shard.js';

/** The runs that a worker has open: one for each database. */
export interface OpenRuns extends AsyncDisposable {
  /** Works in a run, which is opened first where it is new. @throws OpenFailure, which holds the reason; `LOCK_LOST` for a run that is over */
  use<T>(run: RunFacts, work: (context: ShardContext) => Promise<T>): Promise<T>;
}

/** Why a run could not be opened: it counts against this worker, and not against the shard. */
export class OpenFailure extends Error {
  constructor(override readonly cause: unknown) {
    super('a run could not be opened');
  }
}

interface OpenRun {
  readonly run: RunFacts;
  readonly database: Database;
  readonly context: Promise<ShardContext>;
  users: number;
  isOver: boolean;
}

export interface OpenRunsOptions {
  readonly openDatabase: (address: string) => Database;
  readonly openContext: (run: RunFacts, database: Database) => Promise<ShardContext>;
}

/**
 * A later run on the same database takes the place of the one before, whose database closes when its last shard is done. A run that is over
 * is refused before anything is opened for it.
 */
export function createOpenRuns({ openDatabase, openContext }: OpenRunsOptions): OpenRuns {
  const runs = new Map<string, OpenRun>();
  const closeUnused = async (one: OpenRun): Promise<void> => {
    if (one.isOver && one.users === 0) await one.database.close().catch(() => {});
  };
  const end = (one: OpenRun): Promise<void> => {
    one.isOver = true;
    if (runs.get(one.run.db) === one) runs.delete(one.run.db);
    return closeUnused(one);
  };
  const find = (run: RunFacts): OpenRun | undefined => {
    const found = runs.get(run.db);
    if (found?.run.holder !== run.holder) return undefined;
    found.users++;
    return found;
  };
  const begin = async (run: RunFacts): Promise<OpenRun> => {
    const database = openDatabase(run.db);
    try {
      await assertHolder(database, run.holder);
    } catch (error) {
      await database.close().catch(() => {});
      throw error;
    }
    const found = find(run); // another shard of this run was faster
    if (found) {
      await database.close().catch(() => {});
      return found;
    }
    const before = runs.get(run.db);
    const begun: OpenRun = { run, database, context: openContext(run, database), users: 1, isOver: false };
    begun.context.catch(() => {}); // whoever uses it meets it
    runs.set(run.db, begun);
    if (before) await end(before);
    return begun;
  };
  return {
    async use(run, work) {
      let one: OpenRun | undefined;
      let context: ShardContext;
      try {
        one = find(run) ?? (await begin(run));
        context = await one.context;
      } catch (error) {
        if (one) {
          one.users--;
          await end(one); // the next shard tries again
        }
        throw new OpenFailure(error);
      }
      try {
        return await work(context);
      } finally {
        one.users--;
        await closeUnused(one);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const one of [...runs.values()]) await end(one);
    },
  };
}
