import type { Job } from './api.js';

const hasEnded = ({ state }: Job): boolean => state === 'done' || state === 'failed' || state === 'cancelled';

/** How often in a row a stream that brings nothing is opened again. */
const MOST_TRIES = 5;

/** What a job comes to, until it has ended. A connection that breaks is opened again after the last event. */
export async function* readEvents(
  open: (after: string | undefined) => Promise<Response>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Job> {
  let after: string | undefined;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const response = await open(after);
    try {
      for await (const { id, data } of parseEvents(response)) {
        after = id;
        tries = 0;
        const job = JSON.parse(data) as Job;
        yield job;
        if (hasEnded(job)) return;
      }
    } catch (error) {
      if (signal?.aborted || !(error instanceof TypeError)) throw error; // a TypeError is what fetch has for a lost connection
    }
  }
  throw new TypeError('The stream of events kept breaking off.');
}

async function* parseEvents(response: Response): AsyncGenerator<{ id: string | undefined; data: string }> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += decoder.decode(part.value, { stream: true });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(event)?.[1];
        const data = field('data');
        if (data !== undefined) yield { id: field('id'), data };
      }
    }
  } finally {
    await reader.cancel().catch(() => {}); // it may be broken already
  }
}
