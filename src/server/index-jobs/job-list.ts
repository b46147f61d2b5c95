import { randomUUID } from 'node:crypto';
import { ERROR_CATALOGUE, LabelwiseError } from '../../errors.js';
import { RequestProblem } from '../problem.js';
import { type Job, JobLog } from './job.js';

/** What a job works with. */
export interface JobRun {
  readonly signal: AbortSignal;
  onProgress(progress: NonNullable<Job['progress']>): void;
  onWarning(message: string): void;
}

type Work = (run: JobRun) => Promise<NonNullable<Job['summary']>>;
type OnFailure = (id: string, error: unknown) => void;

export interface JobLimits {
  /** Jobs that wait for the one that runs. */
  readonly waiting: number;
  /** Jobs that are remembered after their end. */
  readonly kept: number;
}

/** Progress is noted at most so often. */
const PROGRESS_MS = 200;
const MOST_WARNINGS = 100;

/** Jobs one after the other. They live as long as the service. */
export class JobList {
  readonly limits: JobLimits;
  readonly #logs = new Map<string, JobLog>();
  readonly #waiting: { log: JobLog; work: Work }[] = [];
  #running: Promise<void> | undefined;
  #isClosed = false;

  readonly #onFailure: OnFailure | undefined;

  constructor({ onFailure, ...limits }: Partial<JobLimits> & { readonly onFailure?: OnFailure | undefined } = {}) {
    this.limits = { waiting: 16, kept: 100, ...limits };
    this.#onFailure = onFailure;
  }

  /** @throws RequestProblem 503 where too many wait, or the service ends */
  start(folders: readonly string[], work: Work): Job {
    if (this.#isClosed || this.#waiting.length >= this.limits.waiting)
      throw new RequestProblem(503, 'QUEUE_FULL', 'As many jobs wait as the service takes.', {
        hint: 'Wait until one of them has ended.',
        headers: { 'Retry-After': '5' },
      });
    const log = new JobLog({
      id: randomUUID(),
      kind: 'index',
      state: 'queued',
      folders: [...folders],
      createdAt: new Date().toISOString(),
      startedAt: null,
      endedAt: null,
      progress: null,
      summary: null,
      error: null,
      warnings: [],
    });
    this.#logs.set(log.job.id, log);
    this.#forgetOld();
    this.#waiting.push({ log, work });
    this.#running ??= this.#run();
    return log.job;
  }

  /** The newest first. */
  list(): Job[] {
    return [...this.#logs.values()].map(({ job }) => job).reverse();
  }

  /** @throws RequestProblem 404 */
  get(id: string): JobLog {
    const log = this.#logs.get(id);
    if (log) return log;
    throw new RequestProblem(404, 'JOB_NOT_FOUND', `There is no job ${id}.`, { hint: 'Jobs are forgotten when the service starts again.' });
  }

  /** Stops a job; one that has ended stays as it is. What it had done stays done. */
  cancel(id: string): Job {
    const log = this.get(id);
    if (log.hasEnded) return log.job;
    log.stop.abort(new LabelwiseError('ABORTED', 'The job was cancelled.'));
    if (log.job.state === 'queued') {
      this.#waiting.splice(
        this.#waiting.findIndex((one) => one.log === log),
        1,
      );
      log.update({ state: 'cancelled', endedAt: new Date().toISOString() });
    }
    return log.job;
  }

  /** Cancels all, and waits for the one that runs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { job } of this.#logs.values()) this.cancel(job.id);
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { log, work } = next;
      log.update({ state: 'running', startedAt: new Date().toISOString() });
      log.update({ ...(await outcomeOf(log, work, this.#onFailure)), endedAt: new Date().toISOString() });
    }
    this.#running = undefined;
  }

  #forgetOld(): void {
    const ended = [...this.#logs].filter(([, log]) => log.hasEnded);
    for (const [id] of ended.slice(0, Math.max(0, ended.length - this.limits.kept))) this.#logs.delete(id);
  }
}

async function outcomeOf(log: JobLog, work: Work, onFailure: OnFailure | undefined): Promise<Partial<Job>> {
  const { signal } = log.stop;
  let noted = Number.NEGATIVE_INFINITY;
  const onProgress: JobRun['onProgress'] = (progress) => {
    const isLast = progress.done === progress.total;
    if (!isLast && performance.now() - noted < PROGRESS_MS) return;
    noted = performance.now();
    log.update({ progress });
  };
  const onWarning: JobRun['onWarning'] = (message) => {
    if (log.job.warnings.length < MOST_WARNINGS) log.update({ warnings: [...log.job.warnings, message] });
  };
  try {
    return { state: 'done', summary: await work({ signal, onProgress, onWarning }) };
  } catch (error) {
    if (signal.aborted) return { state: 'cancelled' };
    onFailure?.(log.job.id, error);
    if (!(error instanceof LabelwiseError)) return { state: 'failed', error: { code: 'INTERNAL', message: 'The job failed.' } };
    return { state: 'failed', error: { code: error.code, message: ERROR_CATALOGUE[error.code].meaning } }; // its own message may name a path
  }
}
