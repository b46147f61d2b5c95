import { setTimeout as sleep } from 'node:timers/promises';
import { LabelwiseError, throwIfAborted } from '../errors.js';
import { toConnectionError, toStatusError } from './hub-errors.js';

export interface RetryOptions {
  readonly endpoint: string;
  /** What is being asked for, in words, for messages. */
  readonly subject: string;
  readonly signal?: AbortSignal | undefined;
}

/** How often one request is tried, and the longest that we wait between two tries. */
export const MAX_TRIES = 5;
const LONGEST_WAIT_MS = 60_000;

/**
 * fetch that tries again after 429 (as long as Retry-After says), 5xx and broken connections.
 *
 * @throws LabelwiseError `HUB_*` when it is of no use to go on
 */
export async function fetchWithRetry(url: string, init: RequestInit, options: RetryOptions): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(options.signal);
    const outcome = await fetch(url, { ...init, signal: options.signal ?? null }).catch((error: unknown) => {
      throwIfAborted(options.signal);
      return toConnectionError(error, options.subject, options.endpoint);
    });
    if (outcome instanceof LabelwiseError) {
      if (attempt >= MAX_TRIES) throw outcome;
      await waitBeforeTry(attempt, null, options.signal);
      continue;
    }
    if (outcome.ok || outcome.status === 416) return outcome;
    const wait = outcome.headers.get('retry-after');
    await outcome.body?.cancel();
    const mayHelp = outcome.status === 429 || outcome.status >= 500;
    if (!mayHelp || attempt >= MAX_TRIES || (retryAfterMs(wait) ?? 0) > LONGEST_WAIT_MS) {
      throw toStatusError(outcome.status, options.subject, options.endpoint);
    }
    await waitBeforeTry(attempt, wait, options.signal);
  }
}

/** Waits as Retry-After says, else 0.2 s, 0.4 s, 0.8 s ... */
export async function waitBeforeTry(attempt: number, retryAfter: string | null, signal: AbortSignal | undefined): Promise<void> {
  const wait = retryAfterMs(retryAfter) ?? Math.min(LONGEST_WAIT_MS, 100 * 2 ** attempt);
  await sleep(wait, undefined, signal ? { signal } : {}).catch(() => throwIfAborted(signal));
}

/** Retry-After is a number of seconds or a date. */
function retryAfterMs(value: string | null): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
