import { parseObjectAddress, toAddress } from '../../files/object-address.js';
import type { Location } from '../location.js';
import { FIRST_IMAGES } from '../table-names.js';
import { leaseHolder, withLease } from './lease.js';
import { probeStore } from './probe-store.js';
import { type Connect, openOrNothing } from './row-table.js';
import { readSmallFile, writeSmallFile } from './small-files.js';

/**
 * A database in an object store, where nothing can be renamed and no lock file holds: its small files and locks are rows of tables, which
 * LanceDB commits by conditional PUTs. The first lock of a process asks the store whether it keeps them (`probeStore`).
 */
export function objectLocation(address: string, option: string, connect: Connect): Location {
  const name = toAddress(parseObjectAddress(address, option));
  let probing: Promise<void> | undefined;
  const probe = (): Promise<void> => {
    probing ??= probeStore(connect, name);
    probing.catch(() => {
      probing = undefined; // the next writer asks again
    });
    return probing;
  };
  return {
    name,
    address: name,
    folder: undefined,
    pathOf: (part) => `${name}/${part}`,
    exists: async () => (await (await connect()).tableNames({ limit: 1 })).length > 0,
    obstacle: async () => undefined,
    async hasTable(table) {
      const opened = await openOrNothing(connect, table);
      opened?.close();
      return opened !== undefined;
    },
    async stampOf(table) {
      const opened = await openOrNothing(connect, table);
      const newest = (await opened?.listVersions().finally(() => opened.close()))?.at(-1);
      return newest === undefined ? '' : `${newest.version} ${newest.timestamp.getTime()}`;
    },
    readText: (file) => readSmallFile(connect, file),
    writeText: (file, text, assertHeld = async () => {}) => writeSmallFile(connect, { name: file, text }, assertHeld),
    async bytesOf(table) {
      const opened = await openOrNothing(connect, table);
      return opened ? (await opened.stats().finally(() => opened.close())).totalBytes : 0;
    },
    holderOf: () => leaseHolder(connect, FIRST_IMAGES),
    async withLock(lock, work, options) {
      await probe();
      return withLease({ connect, name: lock, store: name }, work, options);
    },
  };
}
