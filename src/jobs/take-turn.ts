import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';

const KEY = 'labelwise:turn:';
const COUNT = 'labelwise:commits:';
const RETRIES = 'labelwise:retries:';
/** A worker that was killed in its turn holds up the others for so long. One that lives keeps its turn, however long its commit takes. */
const TURN_MS = 15_000;
const POLL_MS = 25;
/** Also where this worker has it already: a queue may have lost the answer. */
const TAKE =
  "local held = redis.call('get', KEYS[1]) if held and held ~= ARGV[1] then return 0 end redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1";
const RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end";
const KEEP = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end";

/**
 * Runs a commit while no other worker of the same database is at one. Rows are safe without it, by the key of their table; but commits that
 * meet do their work again. So workers read and encode side by side and commit one by one: whoever waits takes no further shard,
 * and the rate of the workers is at most what the store commits. `commits` counts them, so that one in so many also optimises.
 */
export async function takeTurn<T>(
  redis: Redis,
  db: string,
  work: (commits: number) => Promise<T>,
  { turnMs = TURN_MS }: { readonly turnMs?: number } = {},
): Promise<T> {
  const token = randomUUID();
  while ((await redis.eval(TAKE, 1, KEY + db, token, turnMs)) !== 1) await sleep(POLL_MS * (0.5 + Math.random()));
  const keeping = setInterval(() => void redis.eval(KEEP, 1, KEY + db, token, turnMs).catch(() => {}), turnMs / 3).unref();
  try {
    return await work(await redis.incr(COUNT + db));
  } finally {
    clearInterval(keeping);
    await redis.eval(RELEASE, 1, KEY + db, token).catch(() => {}); // it ends by itself
  }
}

/** Counts the tries of a commit after its first. */
export async function noteTries(redis: Redis, db: string, tries: number): Promise<void> {
  if (tries > 1) await redis.incrby(RETRIES + db, tries - 1);
}

/** How many commits each database had since the queue began. */
export const readCommits = (redis: Redis): Promise<Map<string, number>> => readCounts(redis, COUNT);

/** How often commits of each database began again, because another had inserted the same pictures just before. */
export const readRetries = (redis: Redis): Promise<Map<string, number>> => readCounts(redis, RETRIES);

async function readCounts(redis: Redis, prefix: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const keys of redis.scanStream({ match: `${prefix}*` }) as AsyncIterable<string[]>)
    for (const key of keys) counts.set(key.slice(prefix.length), Number(await redis.get(key)));
  return counts;
}
