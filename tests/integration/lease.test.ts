import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { newHolder } from '../../dist/files/lock-holder.js';
import { type HeldLock, LockedError } from '../../dist/files/with-lock.js';
import { lancedb } from '../../dist/store/connect.js';
import { withLease } from '../../dist/store/objects/lease.js';
import { probeStore } from '../../dist/store/objects/probe-store.js';
import { insertOnce, openRowTable, swapRow } from '../../dist/store/objects/row-table.js';
import { readSmallFile, writeSmallFile } from '../../dist/store/objects/small-files.js';
import { temporaryFolder } from '../fixtures/parity.js';

/** The locks of object stores are rows of LanceDB tables, so a folder is a store like any other here. */
const place = (name = 'images') => {
  const connection = lancedb().connect(temporaryFolder());
  return { connect: () => connection, name, store: 's3://bucket/db' };
};
type Place = ReturnType<typeof place>;
const [pid, start, machine, random] = newHolder().split('-');
const ELSEWHERE = [pid, start, '0123456789abcdef', random].join('-');
const ENDED = [spawnSync(process.execPath, ['--version']).pid, start, machine, random].join('-');
const isTakenOver = async (lock: HeldLock): Promise<boolean> => lock.isTakenOver;

/** Puts the lock into another holder's hands. */
async function holdAs(at: Place, holder: string, time = Date.now()): Promise<void> {
  await withLease(at, async () => {});
  const table = await (await at.connect()).openTable('__locks');
  await table.update({ where: `name = '${at.name}'`, values: { holder, at: time } });
}

test('work under one lease never overlaps, and its result comes back', async () => {
  const at = place();
  let inside = 0;
  const work = async ({ assertHeld }: HeldLock): Promise<number> => {
    expect(++inside).toBe(1);
    await assertHeld();
    return inside--;
  };
  expect(await Promise.all(Array.from({ length: 4 }, () => withLease(at, work)))).toEqual([1, 1, 1, 1]);
});

test('where a process that created the table at the same time has replaced it, nothing is changed, and the next try meets the new one', async () => {
  const { connect } = place();
  const table = await openRowTable(connect, { table: 'rows', texts: ['holder'], numbers: [] });
  const replace = async () => (await connect()).createEmptyTable('rows', await table.schema(), { mode: 'overwrite' });
  await insertOnce(table, { name: 'a', holder: '' });
  await replace();
  await insertOnce(table, { name: 'b', holder: '' });
  await table.checkoutLatest();
  expect(await table.countRows()).toBe(0);
  await insertOnce(table, { name: 'b', holder: '' });
  await replace();
  expect(await swapRow(table, "name = 'b'", { holder: 'me' })).toBe(false);
});

test('a lease that is held is refused after waitMs, and another name is free', async () => {
  const at = place();
  await withLease(at, async () => {
    await expect(withLease(at, async () => {}, { waitMs: 0 })).rejects.toThrow(LockedError);
    expect(await withLease({ ...at, name: 'tag-corrections' }, async () => 1, { waitMs: 0 })).toBe(1);
  });
  expect(await withLease(at, isTakenOver, { waitMs: 0 })).toBe(false);
});

test('the lease of a process that has ended on this machine is taken over at once', async () => {
  const at = place();
  await holdAs(at, ENDED);
  expect(await withLease(at, isTakenOver, { waitMs: 0 })).toBe(true);
});

test('a lease of another machine is taken over when its time is old and no sign of life comes meanwhile', async () => {
  const at = place();
  await holdAs(at, ELSEWHERE);
  await expect(withLease(at, isTakenOver, { waitMs: 0 })).rejects.toThrow(LockedError);
  for (const time of [0, Date.now() + 1e9]) {
    const old = place(); // the lock above is still held: waiting for it would take as long as a lease lasts
    await holdAs(old, ELSEWHERE, time);
    expect(await withLease(old, isTakenOver, { waitMs: 0, staleMs: 400 })).toBe(true);
  }
});

test('a holder whose clock is wrong keeps its lease while it gives signs of life', async () => {
  const at = place();
  await holdAs(at, ELSEWHERE, 0);
  const table = await (await at.connect()).openTable('__locks');
  const rival = withLease(at, isTakenOver, { waitMs: 0, staleMs: 2000 });
  let isOver = false;
  const over = rival.catch(() => {}).finally(() => (isOver = true));
  for (let beat = 100; !isOver; beat++) {
    await table.update({ where: `holder = '${ELSEWHERE}'`, values: { beat, at: 0 } });
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 50))]);
  }
  await expect(rival).rejects.toThrow(LockedError);
});

test('who loses a lease is told so, whatever came of the work, and does not release that of the other', async () => {
  const at = place();
  for (const outcome of [() => 'done', () => Promise.reject(new Error('a commit failed'))]) {
    const first = withLease(at, async (lock) => {
      const table = await (await at.connect()).openTable('__locks');
      await table.update({ where: "name = 'images'", values: { holder: ELSEWHERE, at: Date.now() } });
      await expect(lock.assertHeld()).rejects.toMatchObject({ code: 'LOCK_LOST' });
      expect(lock.signal.aborted).toBe(true);
      return outcome();
    });
    await expect(first).rejects.toMatchObject({ code: 'LOCK_LOST' });
    await expect(withLease(at, async () => {}, { waitMs: 0 })).rejects.toThrow(LockedError);
    await holdAs({ ...at, name: 'other' }, '');
    const table = await (await at.connect()).openTable('__locks');
    await table.update({ where: "name = 'images'", values: { holder: '' } });
  }
});

test('a small file is written and read back, and not written once the lock is lost', async () => {
  const { connect } = place();
  expect(await readSmallFile(connect, 'note.json')).toBeUndefined();
  for (const text of ['{}', '{"it\'s": 1}'])
    await writeSmallFile(connect, { name: 'note.json', text }, async () => {}).then(async () =>
      expect(await readSmallFile(connect, 'note.json')).toBe(text),
    );
  const lost = async () => Promise.reject(new Error('lost'));
  await expect(writeSmallFile(connect, { name: 'note.json', text: 'late' }, lost)).rejects.toThrow('lost');
  const racing = () => writeSmallFile(connect, { name: 'note.json', text: 'other' }, async () => {});
  await expect(writeSmallFile(connect, { name: 'note.json', text: 'late' }, racing)).rejects.toMatchObject({ code: 'LOCK_LOST' });
  expect(await readSmallFile(connect, 'note.json')).toBe('other');
});

test('the probe passes where conditional commits hold, and leaves nothing', async () => {
  const { connect, store } = place();
  await probeStore(connect, store);
  expect(await (await connect()).tableNames()).toEqual([]);
});

/** A store that makes a change and loses the answer to it, once. */
function losingAnswer({ connect, ...at }: Place, tableName: string): Place {
  let isLost = false;
  const withTables = async () => {
    const connection = await connect();
    return new Proxy(connection, {
      get(target, key) {
        const value = Reflect.get(target, key);
        if (key !== 'openTable') return typeof value === 'function' ? value.bind(target) : value;
        return async (name: string) => {
          const table = await target.openTable(name);
          if (name !== tableName) return table;
          const update = table.update.bind(table);
          return Object.assign(table, {
            async update(change: Parameters<typeof update>[0]) {
              const result = await update(change);
              if (isLost || result.rowsUpdated === 0) return result;
              isLost = true;
              return { ...result, rowsUpdated: 0 };
            },
          });
        };
      },
    });
  };
  return { ...at, connect: withTables };
}

test('a lease is held, and a small file is written, though the store loses the answer to that commit', async () => {
  const at = place();
  await withLease(at, async () => {});
  expect(await withLease(losingAnswer(at, '__locks'), isTakenOver, { waitMs: 0 })).toBe(false);
  await holdAs(at, ENDED);
  expect(await withLease(losingAnswer(at, '__locks'), isTakenOver, { waitMs: 0 })).toBe(true);
  await writeSmallFile(at.connect, { name: 'note.json', text: '{}' }, async () => {});
  await writeSmallFile(losingAnswer(at, '__files').connect, { name: 'note.json', text: '{"a":1}' }, async () => {});
  expect(await readSmallFile(at.connect, 'note.json')).toBe('{"a":1}');
});

test('a small file whose first write was cut short is none', async () => {
  const { connect } = place();
  const killed = async () => Promise.reject(new Error('killed here'));
  await expect(writeSmallFile(connect, { name: 'note.json', text: '{}' }, killed)).rejects.toThrow('killed here');
  expect(await readSmallFile(connect, 'note.json')).toBeUndefined();
  await writeSmallFile(connect, { name: 'note.json', text: '{}' }, async () => {});
  expect(await readSmallFile(connect, 'note.json')).toBe('{}');
});
