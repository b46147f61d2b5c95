import { mkdtempSync } from 'node:fs';
import { mkdir, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LockedError, withLock } from './with-lock.js';

const place = (): string => join(mkdtempSync(join(tmpdir(), 'labelwise-lock-')), 'deep', 'thing');

test('work under one lock never overlaps, and its result comes back', async () => {
  const path = place();
  let inside = 0;
  const work = async (): Promise<number> => {
    expect(++inside).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    return inside--;
  };
  expect(await Promise.all(Array.from({ length: 5 }, () => withLock(path, work)))).toEqual([1, 1, 1, 1, 1]);
});

test('a lock that is held is reported at once, and refused after waitMs', async () => {
  const path = place();
  await withLock(path, async () => {
    let waits = 0;
    await expect(withLock(path, async () => {}, { waitMs: 0 })).rejects.toThrow(LockedError);
    await expect(withLock(path, async () => {}, { waitMs: 250, onWait: () => waits++ })).rejects.toThrow(LockedError);
    expect(waits).toBe(1);
  });
});

test('waiting stops when the signal says so, with ABORTED', async () => {
  const path = place();
  const stop = new AbortController();
  await withLock(path, async () => {
    const waiting = withLock(path, async () => {}, { signal: stop.signal, onWait: () => stop.abort() });
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

test('the lock of a process that died is taken over', async () => {
  const path = place();
  await mkdir(`${path}.lock`, { recursive: true });
  await utimes(`${path}.lock`, new Date(0), new Date(0));
  expect(await withLock(path, async () => 'mine', { waitMs: 0 })).toBe('mine');
});

test('an error of the work comes through, and the lock is free again', async () => {
  const path = place();
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLock(path, async () => 1, { waitMs: 0 })).toBe(1);
});
