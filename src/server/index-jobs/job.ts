import type { z } from '@hono/zod-openapi';
import type { jobSchema } from '../schemas/jobs.js';

/** A job as clients see it. */
export type Job = z.infer<typeof jobSchema>;

/** What a job has come to. Each event holds the whole job, so that nothing is lost where some are left out. */
export interface JobEvent {
  readonly id: number;
  readonly job: Job;
}

const hasEnded = ({ state }: Job): boolean => state === 'done' || state === 'failed' || state === 'cancelled';

/** Events that are kept for clients that come back. */
const KEPT_EVENTS = 256;

/** A job with its events, and those who follow it. */
export class JobLog {
  #job: Job;
  readonly #events: JobEvent[] = [];
  readonly #followers = new Set<() => void>();
  #lastId = 0;
  readonly stop = new AbortController();

  constructor(job: Job) {
    this.#job = job;
    this.#note();
  }

  get job(): Job {
    return this.#job;
  }

  get hasEnded(): boolean {
    return hasEnded(this.#job);
  }

  update(change: Partial<Job>): void {
    this.#job = { ...this.#job, ...change };
    this.#note();
  }

  /** The events after an id, oldest first; the last one alone for who has seen none. */
  eventsAfter(id: number | undefined): readonly JobEvent[] {
    return id === undefined ? this.#events.slice(-1) : this.#events.filter((event) => event.id > id);
  }

  /** Calls back after every event; call the result to end it. */
  follow(onEvent: () => void): () => void {
    this.#followers.add(onEvent);
    return () => void this.#followers.delete(onEvent);
  }

  #note(): void {
    this.#events.push({ id: ++this.#lastId, job: this.#job });
    if (this.#events.length > KEPT_EVENTS) this.#events.shift();
    for (const onEvent of this.#followers) onEvent();
  }
}
