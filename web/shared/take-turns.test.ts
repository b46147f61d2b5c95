import { expect, test } from 'vitest';
import { takeTurns } from './take-turns.js';

test('at most so many run at a time, in their order, and a failure gives its place to the next', async () => {
  const inTurn = takeTurns(2);
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const works = Array.from({ length: 7 }, (_, i) =>
    inTurn(async () => {
      begun.push(i);
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      if (i === 1) throw new Error('failed');
      return i;
    }),
  );
  const results = await Promise.allSettled(works);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', ...Array<string>(5).fill('fulfilled')]);
  expect([most, begun]).toEqual([2, [0, 1, 2, 3, 4, 5, 6]]);
});
