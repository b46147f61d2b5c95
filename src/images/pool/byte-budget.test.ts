import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteBudget } from './byte-budget.js';

/** Lets promises that are settled run on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('work beyond the budget waits, and starts in order as memory is given back', async () => {
  const budget = new ByteBudget(100);
  const started: number[] = [];
  const releases = [60, 30, 50, 10].map((bytes, i) =>
    budget.acquire(bytes).then((release) => {
      started.push(i);
      return release;
    }),
  );
  await settle();
  expect(started).toEqual([0, 1]); // 10 would fit, but does not pass 50 by
  (await releases[0])?.();
  await settle();
  expect(started).toEqual([0, 1, 2, 3]);
});

test('what is larger than the budget runs alone', async () => {
  const budget = new ByteBudget(100);
  const [small, large, after] = [budget.acquire(1), budget.acquire(1000), budget.acquire(1)];
  const state = { large: false, after: false };
  large.then(() => (state.large = true));
  after.then(() => (state.after = true));
  await settle();
  expect(state).toEqual({ large: false, after: false });
  (await small)();
  await settle();
  expect(state).toEqual({ large: true, after: false });
  (await large)();
  expect(await after).toBeTypeOf('function');
});

test('memory is given back once, however often it is said', async () => {
  const budget = new ByteBudget(100);
  const release = await budget.acquire(60);
  await budget.acquire(40);
  release();
  release();
  await budget.acquire(60);
  let isAdmitted = false;
  budget.acquire(60).then(() => (isAdmitted = true));
  await settle();
  expect(isAdmitted).toBe(false);
});

test('whatever is asked for, all is done and the budget is never exceeded by two at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 30 }), async (sizes) => {
      const budget = new ByteBudget(100);
      let [used, running] = [0, 0];
      await Promise.all(
        sizes.map(async (bytes) => {
          const release = await budget.acquire(bytes);
          used += bytes;
          running++;
          expect(running === 1 || used <= 100).toBe(true);
          await settle();
          used -= bytes;
          running--;
          release();
        }),
      );
    }),
    { numRuns: 30 },
  );
});
