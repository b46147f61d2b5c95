import { expect, test } from 'vitest';
import { RequestMemory } from './request-memory.js';

const MOST = 32;

test('requests share one memory, and give back what they held however they end', async () => {
  const memory = new RequestMemory(1);
  await memory.hold(async (onBytes) => {
    onBytes(MOST);
    await expect(memory.hold(async (onMore) => onMore(1))).rejects.toMatchObject({ status: 503, code: 'QUEUE_FULL' });
    expect(memory.held).toBe(MOST);
  });
  expect(memory.held).toBe(0);
});
