import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { newHolder } from './lock-holder.js';
import { type HeldLock, LockedError, withLock } from './with-lock.js';

const place = (): string => join(mkdtempSync(join(tmpdir(), 'labelwise-lock-')), 'deep', 'thing');
const holderOf = (path: string): string => join(`${path}.lock`, readdirSync(`${path}.lock`)[0] as string);

/** A lock that somebody else holds since `time`. */
function holdAs(path: string, holder: string, time = new Date()): void {
  mkdirSync(`${path}.lock`, { recursive: true });
  writeFileSync(join(`${path}.lock`, holder), '');
  utimesSync(join(`${path}.lock`, holder), time, time);
}

const LONG_AGO = new Date(0);
const isTakenOver = async (lock: HeldLock): Promise<boolean> => lock.isTakenOver;

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

test('a lock without a sign of life for too long is taken over, as is the empty folder of an earlier version', async () => {
  const [path, older] = [place(), place()];
  const [pid, start, , random] = newHolder().split('-');
  const elsewhere = [pid, start, '0123456789abcdef', random].join('-');
  holdAs(path, elsewhere);
  await expect(withLock(path, isTakenOver, { waitMs: 0 })).rejects.toThrow(LockedError);
  holdAs(path, elsewhere, LONG_AGO);
  expect(await withLock(path, isTakenOver, { waitMs: 0 })).toBe(true);
  mkdirSync(`${older}.lock`, { recursive: true });
  await expect(withLock(older, isTakenOver, { waitMs: 0 })).rejects.toThrow(LockedError);
  utimesSync(`${older}.lock`, LONG_AGO, LONG_AGO);
  expect(await withLock(older, isTakenOver, { waitMs: 0 })).toBe(false);
});

test('the lock of a process that has ended on this machine is taken over at once', async () => {
  const path = place();
  const [, start, machine, random] = newHolder().split('-');
  holdAs(path, [spawnSync(process.execPath, ['--version']).pid, start, machine, random].join('-'));
  expect(await withLock(path, isTakenOver, { waitMs: 0 })).toBe(true);
});

test.runIf(process.platform === 'linux')(
  'a process under the number of an ended one does not keep its lock, and one that lives does',
  async () => {
    const path = place();
    const [pid, start, machine, random] = newHolder().split('-');
    holdAs(path, [pid, Number(start) - 1, machine, random].join('-'));
    expect(await withLock(path, isTakenOver, { waitMs: 0 })).toBe(true);
    for (const living of [newHolder(), [pid, 'unknown', machine, random].join('-')]) {
      const other = place();
      holdAs(other, living);
      await expect(withLock(other, isTakenOver, { waitMs: 0 })).rejects.toThrow(LockedError);
    }
  },
);

test('who loses a lock is told so, whatever came of the work, and does not release the lock of the other', async () => {
  const path = place();
  for (const outcome of [() => 'done', () => Promise.reject(new Error('a commit failed'))]) {
    let isOver = (): void => {};
    const over = new Promise<void>((resolve) => (isOver = resolve));
    let rival: Promise<void> | undefined;
    const first = withLock(path, async (lock) => {
      utimesSync(holderOf(path), LONG_AGO, LONG_AGO);
      rival = withLock(path, async (own) => {
        await over;
        await own.assertHeld();
      });
      await expect
        .poll(() =>
          lock.assertHeld().then(
            () => 'held',
            (error) => error.code,
          ),
        )
        .toBe('LOCK_LOST');
      expect(lock.signal.aborted).toBe(true);
      return outcome();
    });
    await expect(first).rejects.toMatchObject({ code: 'LOCK_LOST', message: expect.stringMatching(/took over.*suspended/) });
    isOver();
    await rival;
  }
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test('of many who wait for the lock of an ended process, one at a time takes it', async () => {
  const path = place();
  const [, start, machine, random] = newHolder().split('-');
  holdAs(path, [spawnSync(process.execPath, ['--version']).pid, start, machine, random].join('-'));
  let inside = 0;
  const takenOver = await Promise.all(
    Array.from({ length: 8 }, () =>
      withLock(path, async (lock) => {
        expect(++inside).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        await lock.assertHeld();
        inside--;
        return lock.isTakenOver;
      }),
    ),
  );
  expect(takenOver.filter(Boolean)).toHaveLength(1);
  expect(readdirSync(dirname(path))).toEqual([]);
});

/** Acts as another process at the moment when this one has made its holder file and has not yet checked that it is alone. */
async function takeOverAtOnce(path: string, act: (holder: string) => void): Promise<void> {
  const isMade = (): boolean => existsSync(`${path}.lock`) && readdirSync(`${path}.lock`).length > 0;
  while (!isMade()) await new Promise((resolve) => setImmediate(resolve));
  act(holderOf(path));
}

test('a process whose new lock is taken over before its first look waits for the other, or begins again once the other is done', async () => {
  const [held, released] = [place(), place()];
  const waiting = withLock(held, async () => 'done', { waitMs: 0 });
  waiting.catch(() => {});
  await takeOverAtOnce(held, (holder) => renameSync(holder, join(`${held}.lock`, newHolder())));
  await expect(waiting).rejects.toThrow(LockedError);

  const beginning = withLock(released, async (lock) => lock.assertHeld().then(() => 'done'), { waitMs: 0 });
  beginning.catch(() => {});
  await takeOverAtOnce(released, () => rmSync(`${released}.lock`, { recursive: true }));
  expect(await beginning).toBe('done');
});

test('an error of the work comes through, and the lock is free again', async () => {
  const path = place();
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLock(path, async () => 1, { waitMs: 0 })).toBe(1);
});
