import { expect, test } from 'vitest';
import { Permits } from './permits.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('permits are given first come, first served, within the limit of each taker', async () => {
  const permits = new Permits();
  const given: string[] = [];
  const take = (name: string, count: number, limit: number) => permits.take(count, limit).then(() => given.push(name));
  await take('a', 3, 4);
  take('large', 2, 4);
  take('small', 1, 4); // would fit, and waits its turn
  await turn();
  expect(given).toEqual(['a']);
  permits.give(1);
  await turn();
  expect(given).toEqual(['a', 'large']);
  permits.give(4);
  await turn();
  expect(given).toEqual(['a', 'large', 'small']);
});

test('a count above the limit is given when nothing else is taken', async () => {
  await expect(new Permits().take(9, 4)).resolves.toBeUndefined();
});

test('an abort ends the wait and lets the next one through', async () => {
  const permits = new Permits();
  await permits.take(3, 4);
  const stop = new AbortController();
  const large = permits.take(4, 4, stop.signal);
  const small = permits.take(1, 4);
  stop.abort();
  await expect(large).rejects.toMatchObject({ code: 'ABORTED' });
  await expect(small).resolves.toBeUndefined();
});
