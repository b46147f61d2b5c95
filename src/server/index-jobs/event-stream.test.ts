import { expect, test } from 'vitest';
import { streamEvents } from './event-stream.js';
import { type Job, JobLog } from './job.js';

const queued: Job = {
  ...{ id: 'a', kind: 'index', state: 'queued', folders: [], createdAt: '', startedAt: null, endedAt: null },
  ...{ progress: null, summary: null, error: null, warnings: [] },
};

async function readAll(stream: ReadableStream<Uint8Array>, onText: (text: string) => void = () => {}): Promise<string> {
  let text = '';
  for await (const part of stream) {
    text += new TextDecoder().decode(part);
    onText(text);
  }
  return text;
}

const idsIn = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

test('a stream gives a sign of life, and ends when the service does', async () => {
  const ending = new AbortController();
  const ended: string[] = [];
  const stream = streamEvents(new JobLog(queued), {
    after: undefined,
    heartbeatMs: 1,
    signal: ending.signal,
    onEnd: () => ended.push('ended'),
  });
  const text = await readAll(stream, (sofar) => {
    if (sofar.includes(': still there')) ending.abort();
  });
  expect(idsIn(text)).toEqual([1]);
  expect(ended).toEqual(['ended']);
});

test('a client that does not read gets what it missed in order, without the events that were left out meanwhile', async () => {
  const log = new JobLog(queued);
  const signal = new AbortController().signal;
  const stream = streamEvents(log, { after: undefined, heartbeatMs: 60_000, signal });
  for (let done = 1; done <= 1000; done++) log.update({ state: 'running', progress: { done, total: 1000 } });
  log.update({ state: 'done' });
  const ids = idsIn(await readAll(stream));
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  expect(ids.at(-1)).toBe(1002);
  expect(ids.length).toBeLessThan(300);
});

test('a client that leaves is no longer followed', async () => {
  const log = new JobLog(queued);
  let left = 0;
  const stream = streamEvents(log, { after: undefined, heartbeatMs: 60_000, signal: new AbortController().signal, onEnd: () => left++ });
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel();
  log.update({ state: 'done' });
  expect(left).toBe(1);
});
