import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { type ErrorCode, LabelwiseError, messageOf } from '../errors.js';
import type { IndexEncoder } from '../ingest/batch-writer.js';
import { refuseOtherModel } from '../ingest/index-folders.js';
import type { Sources } from '../ingest/source.js';
import type { ModelReference } from '../store/current-images.js';
import type { Database } from '../store/database.js';
import { openImageIndex } from '../store/image-index.js';
import { joinFragments } from './join-fragments.js';
import { openQueue } from './open-queue.js';
import { createOpenRuns, OpenFailure } from './open-runs.js';
import { PROTOCOL, type RunFacts, type ShardDone, type ShardJob } from './shard-job.js';
import { noteTries, takeTurn } from './take-turn.js';
import { readContents, type ShardContext, workShard } from './work-shard.js';

export interface WorkerOptions {
  readonly queue: string;
  readonly signal: AbortSignal;
  readonly sources: Sources;
  openDatabase(address: string): Database;
  openEncoder(reference: ModelReference): Promise<{ readonly encoder: IndexEncoder; readonly maxImageBytes: number }>;
  readonly onNote?: ((line: string) => void) | undefined;
}

/** Shards that one worker has in hand: while one waits for its commit, the next is read and encoded. */
const IN_HAND = 2;
/** A killed worker's shard runs again after some 14 s; with BullMQ's own settings it is a minute (docs/decisions/store.md). */
const RECOVERY = { lockDuration: 10_000, stalledInterval: 5000, maxStalledCount: 5 };
/** One commit in so many also looks whether to join the fragments that commits leave. Commits come one by one, so one worker at a time does. */
const OPTIMIZE_EVERY = 50;
/** A worker that does not reach the store leaves a shard to others for so long. */
const OPEN_AGAIN_MS = 5000;

/**
 * Works on shards until the signal says stop; what is in hand is finished first. BullMQ renews the locks of shards from this thread, which
 * neither decodes nor encodes: those have threads of their own.
 *
 * A worker that cannot open a run gives its shards back untouched: one machine that is set up badly must not use up the tries of all
 * shards. Unless the store is at fault, it ends with the reason.
 *
 * @throws LabelwiseError what opening the model or the index throws: `CHECKPOINT_NOT_FOUND`, `INDEX_MISMATCH` when the run has another model than this worker, `FORMAT_NEWER` for a run that a later labelwise planned
 */
export async function runWorker({ queue: url, signal, sources, ...options }: WorkerOptions): Promise<void> {
  await using opened = await openQueue(url);
  const { bullmq, redis, name } = opened;
  let end: (error?: unknown) => void = () => {};
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error));
  });
  await using runs = createOpenRuns({
    openDatabase: options.openDatabase,
    async openContext(run, database) {
      const { encoder, maxImageBytes } = await options.openEncoder(run.model);
      if (encoder.info.fingerprint !== run.encoder.fingerprint) throw otherModel(run, encoder);
      const index = await openImageIndex(database);
      refuseOtherModel(index, encoder.info);
      index.close();
      options.onNote?.(`working on ${run.db} with ${encoder.info.name}`);
      const inTurn: ShardContext['inTurn'] = (commit) =>
        takeTurn(redis, run.db, async (commits) => {
          await noteTries(redis, run.db, await commit());
          if (commits % OPTIMIZE_EVERY === 0) await joinFragments(database).catch(noteFragments);
        });
      const { signal } = new AbortController(); // what is in hand is finished
      return { database, encoder, maxImageBytes, sources, inTurn, signal, ...(await readContents(database)) };
    },
  });

  const noteFragments = (error: unknown): void => options.onNote?.(`the files of the table could not be joined: ${messageOf(error)}`);

  const work = async (job: Job<ShardJob, ShardDone>, token?: string): Promise<ShardDone> => {
    const { run } = job.data;
    const isLastTry = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
    try {
      if (run.protocol > PROTOCOL) throw new OpenFailure(newerPlan(run)); // nothing else that it says is sure to be understood
      return await runs.use(run, (context) => workShard(job.data, context, isLastTry));
    } catch (thrown) {
      const error = thrown instanceof OpenFailure ? thrown.cause : thrown;
      if (isOf(error, 'LOCK_LOST')) throw new bullmq.UnrecoverableError(messageOf(error));
      if (error === thrown) throw error;
      if (isOf(error, 'STORE_FAILED')) {
        options.onNote?.(`a run could not be opened, and is tried again: ${messageOf(error)}`);
        await job.moveToDelayed(Date.now() + OPEN_AGAIN_MS, token);
        throw new bullmq.DelayedError();
      }
      end(error);
      await job.moveToWait(token); // for a worker that fits
      throw new bullmq.WaitingError();
    }
  };

  const connection = redis.duplicate();
  const copies = keepCopies(connection);
  const { onFault, onAnswer } = createFaultNotes(options.onNote);
  connection.on('error', onFault).on('ready', onAnswer); // it is made again
  const worker = new bullmq.Worker<ShardJob, ShardDone>(name, work, { connection, concurrency: IN_HAND, ...RECOVERY });
  worker.on('error', onFault);
  worker.on('failed', (job, error) => options.onNote?.(`a shard failed (${job?.attemptsMade ?? 0} tries): ${error.message}`));
  const stop = (): void => end();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    await ended;
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.close(connection.status !== 'ready'); // without its queue, a shard in hand never ends: others do it again
    for (const one of [connection, ...copies]) one.disconnect(); // BullMQ leaves a connection that it was given
  }
}

/** The copies that BullMQ makes of a connection: one that it closes while the queue is gone may go on to connect, and keep the process from ending. */
function keepCopies(connection: Redis): readonly Redis[] {
  const copies: Redis[] = [];
  const duplicate = connection.duplicate.bind(connection);
  connection.duplicate = (options) => {
    const copy = duplicate(options);
    copy.on('error', () => {}); // the worker says what is wrong
    copies.push(copy);
    return copy;
  };
  return copies;
}

/** Says once what is wrong with the queue, however often it is tried, and once that it answers again. */
function createFaultNotes(onNote: WorkerOptions['onNote']): { onFault: (error: Error) => void; onAnswer: () => void } {
  let last = '';
  return {
    onFault({ message, name }) {
      const fault = message || name;
      if (/^(?:Missing (?:lock|key)|Lock mismatch) for job/.test(fault))
        onNote?.('a shard gave no sign of life for too long: another worker has it, or did it');
      else if (fault !== last) onNote?.(`the queue fails, and is tried again: ${fault}`);
      last = fault;
    },
    onAnswer() {
      if (last !== '') onNote?.('the queue answers again');
      last = '';
    },
  };
}

const isOf = (error: unknown, code: ErrorCode): boolean => error instanceof LabelwiseError && error.code === code;

const otherModel = ({ db, encoder }: RunFacts, own: IndexEncoder): LabelwiseError =>
  new LabelwiseError(
    'INDEX_MISMATCH',
    `The run on ${db} is planned with ${encoder.name} (${encoder.fingerprint}), and this worker has ${own.info.name} (${own.info.fingerprint}).`,
    { hint: 'Leave out `model`, or give this worker the same files of the model, in the same number format.' },
  );

const newerPlan = ({ db, protocol }: RunFacts): LabelwiseError =>
  new LabelwiseError('FORMAT_NEWER', `A later labelwise planned the run on ${db} (format ${protocol}; this one knows ${PROTOCOL}).`, {
    hint: 'Update labelwise on this machine. Its shards went back to the queue.',
  });
