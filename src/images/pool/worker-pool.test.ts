import { expect, test } from 'vitest';
import { ByteBudget } from './byte-budget.js';
import { MEMORY_GRANTED, type PoolMember, WorkerDiedError, WorkerPool } from './worker-pool.js';

/** A thread that doubles numbers, ends when it is told "die", and never answers "hang". */
const DOUBLER = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', (x) => { if (x === 'die') process.exit(3); if (x !== 'hang') parentPort.postMessage(2 * x); });
  `)}`,
);
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test('all work is answered, each by its own reply, by no more threads than asked for', async () => {
  const spawned: PoolMember[] = [];
  const pool = new WorkerPool<number>(DOUBLER, { size: 3, onSpawn: (worker) => spawned.push(worker) });
  expect(await Promise.all(range(50).map((x) => pool.run(x)))).toEqual(range(50).map((x) => 2 * x));
  expect(spawned).toHaveLength(3);
  await pool.close();
});

test('a thread is started only when there is work for it', async () => {
  let spawned = 0;
  const pool = new WorkerPool<number>(DOUBLER, { size: 4, onSpawn: () => spawned++ });
  for (const x of range(5)) await pool.run(x);
  expect(spawned).toBe(1);
  await pool.close();
});

test('a thread that dies is replaced, its work is rejected, and the rest is done', async () => {
  let spawned = 0;
  const pool = new WorkerPool<number>(DOUBLER, { size: 2, onSpawn: () => spawned++ });
  const jobs = [1, 'die', 2, 3, 'die', 4, 5].map((x) => pool.run(x).catch((error: unknown) => error));
  const results = await Promise.all(jobs);
  expect(results.map((result) => (result instanceof WorkerDiedError ? 'died' : result))).toEqual([2, 'died', 4, 6, 'died', 8, 10]);
  expect(spawned).toBeGreaterThan(2); // two at once, and another for one that died while there was work
  await pool.close();
});

test('a thread that is ended from outside is replaced too', async () => {
  const spawned: PoolMember[] = [];
  const pool = new WorkerPool<number>(DOUBLER, { size: 1, onSpawn: (worker) => spawned.push(worker) });
  await pool.run(1);
  const hanging = pool.run('hang').catch((error: unknown) => error);
  const waiting = pool.run(4);
  await (spawned[0] as PoolMember).terminate();
  expect(await hanging).toBeInstanceOf(WorkerDiedError);
  expect(await waiting).toBe(8);
  await pool.close();
});

test('a closed pool refuses work and lets what is in hand end', async () => {
  const pool = new WorkerPool<number>(DOUBLER, { size: 1 });
  const inHand = pool.run(21);
  const queued = pool.run(1).catch((error: unknown) => error);
  await pool.close();
  expect(await inHand).toBe(42);
  expect(await queued).toMatchObject({ code: 'CLOSED' });
  await expect(pool.run(1)).rejects.toMatchObject({ code: 'CLOSED' });
});

/** A thread that asks for the memory that it is told, and answers when it is told to go on; `dies` makes it end while it holds it. */
const ASKER = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    let job;
    parentPort.on('message', (message) => {
      if (message !== ${JSON.stringify(MEMORY_GRANTED)}) {
        job = message;
        parentPort.postMessage({ askedBytes: job.bytes });
      } else if (job.dies) process.exit(3);
      else { Atomics.add(job.running, 0, 1); Atomics.add(job.running, 1, job.bytes); Atomics.wait(job.gate, 0, 0, 50);
        const seen = [job.running[0], job.running[1]]; Atomics.sub(job.running, 0, 1); Atomics.sub(job.running, 1, job.bytes); parentPort.postMessage(seen); }
    });
  `)}`,
);

test('threads of all pools share one budget: together they never hold more, and what is larger runs alone', async () => {
  const budget = new ByteBudget(100);
  const [running, gate] = [new Int32Array(new SharedArrayBuffer(8)), new Int32Array(new SharedArrayBuffer(4))];
  const pools = [1, 2].map(() => new WorkerPool<[number, number]>(ASKER, { size: 2, budget }));
  const sizes = [40, 40, 40, 500, 60, 30, 500, 10, 20];
  const seen = await Promise.all(sizes.map((bytes, i) => (pools[i % 2] as (typeof pools)[0]).run({ bytes, running, gate })));
  for (const [count, bytes] of seen) expect(count === 1 || bytes <= 100).toBe(true);
  expect(Math.max(...seen.map(([count]) => count))).toBeGreaterThan(1);
  await Promise.all(pools.map((pool) => pool.close()));
});

test('a thread that dies gives back what it was granted', async () => {
  const budget = new ByteBudget(100);
  const pool = new WorkerPool<unknown>(ASKER, { size: 1, budget });
  await expect(pool.run({ bytes: 100, dies: true })).rejects.toThrow(WorkerDiedError);
  (await budget.acquire(100))();
  await pool.close();
});
