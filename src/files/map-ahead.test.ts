import { expect, test } from 'vitest';
import { mapAhead } from './map-ahead.js';

const double = async (x: number): Promise<number> => 2 * x;
const never = new Promise<never>(() => {});

test('mapAhead keeps the order, bounds what is under way, and throws at the right place', async () => {
  let underWay = 0;
  let most = 0;
  const seen: number[] = [];
  const results = mapAhead(
    Array.from({ length: 40 }, (_, i) => i),
    async (i) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      if (i === 30) throw new Error('the thirtieth');
      return i;
    },
    { ahead: 8, atOnce: 3 },
  );
  await expect(
    (async () => {
      for await (const result of results) seen.push(result);
    })(),
  ).rejects.toThrow('the thirtieth');
  expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i));
  expect(most).toBe(3);
});

test('mapAhead hands results over while the source waits', async () => {
  async function* source() {
    yield 1;
    yield 2;
    await never;
  }
  const results = mapAhead(source(), double, { ahead: 8 });
  expect([(await results.next()).value, (await results.next()).value]).toEqual([2, 4]);
});

test('mapAhead hands results over before the error of the source', async () => {
  async function* source() {
    yield 1;
    yield 2;
    throw new Error('the source failed');
  }
  const seen: number[] = [];
  const read = async () => {
    for await (const result of mapAhead(source(), double, { ahead: 8 })) seen.push(result);
  };
  await expect(read()).rejects.toThrow('the source failed');
  expect(seen).toEqual([2, 4]);
});

test('mapAhead hears an abort while the source waits, and closes the source', async () => {
  const stop = new AbortController();
  let isClosed = false;
  const source: AsyncIterableIterator<number> = {
    [Symbol.asyncIterator]: () => source,
    next: () => {
      queueMicrotask(() => stop.abort());
      return never;
    },
    return: async () => {
      isClosed = true;
      return { done: true, value: undefined };
    },
  };
  await expect(mapAhead(source, double, { ahead: 8, signal: stop.signal }).next()).rejects.toMatchObject({ code: 'ABORTED' });
  expect(isClosed).toBe(true);
});

test('mapAhead ends with its consumer: a waiting source does not hold it, an idle one is closed first', async () => {
  async function* waiting() {
    yield 1;
    await never;
  }
  for await (const _ of mapAhead(waiting(), double, { ahead: 8 })) break;

  const steps: string[] = [];
  function* idle() {
    try {
      for (;;) yield 1;
    } finally {
      steps.push('closed');
    }
  }
  for await (const _ of mapAhead(idle(), double, { ahead: 2 })) break;
  steps.push('left');
  expect(steps).toEqual(['closed', 'left']);
});
