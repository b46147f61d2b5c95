import type { Job, Jobs } from '../../src/client/api.js';
import { readEvents } from './read-events.js';
import { ask, send } from './request.js';

export const isOver = ({ state }: Job): boolean => state !== 'queued' && state !== 'running';

export const loadJobs = async (signal: AbortSignal): Promise<readonly Job[]> => (await ask<Jobs>('/v1/jobs', { signal })).jobs;

export const startJob = (folders: readonly string[]): Promise<Job> => ask('/v1/jobs', { json: { kind: 'index', folders } });

export const cancelJob = (id: string): Promise<unknown> => send(`/v1/jobs/${id}`, { method: 'DELETE' });

/** Follows an index run until it is over. */
export async function followJob(id: string, signal: AbortSignal, onChange: (job: Job) => void): Promise<void> {
  const response = await send(`/v1/jobs/${id}/events`, { signal });
  for await (const data of readEvents(response)) onChange(JSON.parse(data) as Job);
}
