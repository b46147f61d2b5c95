import { askForKey, currentKey, headersWithKey } from './key.js';
import { Refusal, refusalOf, toRefusal } from './refusal.js';

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly json?: unknown;
  readonly form?: FormData;
  readonly signal?: AbortSignal | undefined;
}

const MOST_TRIES = 4;

/** Asks the service. Asks the person for a key where one is needed, and tries again where the service is busy. @throws Refusal */
export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const usedKey = currentKey();
    const response = await fetchOnce(path, options);
    if (response.ok) return response;
    const refusal = await refusalOf(response);
    if (response.status === 401) {
      if (usedKey === currentKey()) await askForKey(refusal.code === 'KEY_MISSING' ? '' : 'This key is not known here.');
      tries = 0;
    } else if (response.status === 503 && tries < MOST_TRIES) {
      await pause(1000 * Number(response.headers.get('retry-after') ?? 1), options.signal);
    } else throw refusal;
  }
}

/** The same, where the answer is JSON. */
export async function ask<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return (await (await send(path, options)).json()) as T;
}

async function fetchOnce(path: string, { method, json, form, signal }: RequestOptions): Promise<Response> {
  const headers = headersWithKey();
  if (json !== undefined) headers['Content-Type'] = 'application/json';
  const body = json === undefined ? (form ?? null) : JSON.stringify(json);
  try {
    return await fetch(path, { method: method ?? (body ? 'POST' : 'GET'), headers, body, signal: signal ?? null });
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof Refusal ? error : toRefusal(error);
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done, fail) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      fail(signal.reason as Error);
    });
  });
}
