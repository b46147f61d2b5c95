import { readEvents } from './read-events.js';
import { ask, send } from './request.js';

export interface FailedFile {
  readonly name: string;
  readonly error: { readonly message: string };
}

/** An index run. */
export interface Job {
  readonly id: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly folders: readonly string[];
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly progress: { readonly done: number; readonly total: number | null } | null;
  readonly summary: {
    readonly found: number;
    readonly unchanged: number;
    readonly encoded: number;
    readonly known: number;
    readonly removed: number;
    readonly failedFiles: number;
    readonly failed: readonly FailedFile[];
    readonly missing: readonly FailedFile[];
  } | null;
  readonly error: { readonly message: string; readonly hint?: string } | null;
  readonly warnings: readonly string[];
}

export const isOver = ({ state }: Job): boolean => state !== 'queued' && state !== 'running';

export const loadJobs = async (signal: AbortSignal): Promise<readonly Job[]> => (await ask<{ jobs: Job[] }>('/v1/jobs', { signal })).jobs;

export const startJob = (folders: readonly string[]): Promise<Job> => ask('/v1/jobs', { json: { kind: 'index', folders } });

export const cancelJob = (id: string): Promise<unknown> => send(`/v1/jobs/${id}`, { method: 'DELETE' });

/** Follows an index run until it is over. */
export async function followJob(id: string, signal: AbortSignal, onChange: (job: Job) => void): Promise<void> {
  const response = await send(`/v1/jobs/${id}/events`, { signal });
  for await (const data of readEvents(response)) onChange(JSON.parse(data) as Job);
}
