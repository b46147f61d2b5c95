import type { Encoder } from '../../encoders/load-encoder.js';
import { LabelwiseError } from '../../errors.js';
import type { ImageRow } from '../../store/image-table-schema.js';
import { chooseReference, lockOptions, readIndexFacts, referenceOf } from '../open-index.js';
import type { TaskOptions, Workspace } from '../workspace.js';

/** Rows that come into the index, with the folder that becomes one of it; or paths that leave. */
export type Change =
  | { readonly rows: readonly ImageRow[]; readonly folder: string; readonly encoder: Encoder }
  | { readonly removed: readonly string[] };

interface Waiting {
  readonly change: Change;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Each turn makes a file of the table. After so many, they are put together. */
const COMPACT_EVERY = 64;

/** How long to wait for an index run, or for another process. */
const LOCK_WAIT_MS = 10_000;

/** Writes changes under the lock of the index; those that come while others are written wait and share the next turn. */
export function createCommits(
  workspace: Workspace,
  { compactEvery = COMPACT_EVERY, ...options }: TaskOptions & { readonly compactEvery?: number | undefined },
): (change: Change) => Promise<void> {
  let turns = 0;
  let waiting: Waiting[] = [];
  let isRunning = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    while (waiting.length > 0) {
      const turn = waiting;
      waiting = [];
      const done = await write(
        workspace,
        turn.map(({ change }) => change),
        options,
      ).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      for (const { resolve, reject } of turn) done ? reject(done.error) : resolve();
      if (++turns % compactEvery === 0) await compact(workspace, options);
    }
    isRunning = false;
  };
  return (change) =>
    new Promise((resolve, reject) => {
      waiting.push({ change, resolve, reject });
      if (!isRunning) void run();
    });
}

async function write(workspace: Workspace, changes: readonly Change[], options: TaskOptions): Promise<void> {
  const { openImageIndex, rememberRun, withIndexLock } = await import('../../store/image-index.js');
  const database = await workspace.database();
  await withIndexLock(
    database,
    async (lock) => {
      const index = await openImageIndex(database, { lock });
      try {
        const added = changes.flatMap((change) => ('rows' in change ? [change] : []));
        const removed = changes.flatMap((change) => ('removed' in change ? change.removed : []));
        await index.remove(removed);
        const [first] = added;
        if (first === undefined) return;
        const reference = referenceOf(first.encoder, chooseReference(workspace, await readIndexFacts(workspace)));
        await rememberRun(database, { roots: [first.folder], isNew: index.facts === undefined, lock, ...reference });
        const rows = new Map(added.flatMap((change) => change.rows.map((row) => [row.path, row])));
        await index.write([...rows.values()], first.encoder.info);
      } finally {
        index.close();
      }
    },
    { ...lockOptions(workspace, options), isNew: true, waitMs: LOCK_WAIT_MS },
  );
}

/** After the answers: nobody waits for it, but for who writes next. */
async function compact(workspace: Workspace, options: TaskOptions): Promise<void> {
  const { withIndexLock } = await import('../../store/image-index.js');
  const { compactImages } = await import('../../store/compact-images.js');
  const database = await workspace.database();
  const work = withIndexLock(database, () => compactImages(database), lockOptions(workspace, options));
  await work.catch((error: unknown) => {
    if (!(error instanceof LabelwiseError)) throw error; // another writer is at it, or the disk is full
  });
}
