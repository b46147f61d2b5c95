import { expect, test } from 'vitest';
import { readEvents } from './read-events.js';

async function eventsOf(parts: readonly string[]): Promise<string[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });
  const events: string[] = [];
  for await (const event of readEvents(new Response(body))) events.push(event);
  return events;
}

test('events come whole, however the network cuts them', async () => {
  const text = 'retry: 2000\n\nid: 1\nevent: job\ndata: {"a":"ä"}\n\n: still there\n\nid: 2\ndata: 1\ndata: 2\n\ndata: cut';
  const whole = ['{"a":"ä"}', '1\n2'];
  expect(await eventsOf([text])).toEqual(whole);
  expect(await eventsOf([...text])).toEqual(whole);
  expect(await eventsOf([text.replaceAll('\n', '\r\n')])).toEqual(whole);
});
