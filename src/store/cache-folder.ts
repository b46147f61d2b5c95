import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncoderIdentity } from '../core/ports.js';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { isSystemError, toOutputFault } from '../files/output-fault.js';
import { openPack, PACK, type Pack, type PackFacts } from './cache-pack.js';

/** The option that names another folder for the cache. */
export const OPTION = '`cacheFolder`';
/** The folder of one encoder's packs. */
export const PACKS = /^(?:images|labels)-.*\.packs$/;

export const packsFolder = (kind: PackFacts['kind'], { fingerprint }: EncoderIdentity): string => `${kind}-${fingerprint}.packs`;

/** The names in a folder; none where there is no folder. */
export const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: unknown) => {
    if (hasSystemCode(error, 'ENOENT')) return [];
    throw error;
  });

/** The packs of a folder, newest first. A damaged one is deleted: what it held is made again. */
export async function openPacks(folder: string): Promise<Pack[]> {
  const names = (await namesIn(folder)).filter((name) => PACK.test(name)).sort();
  const open = async (name: string): Promise<Pack[]> => {
    const path = join(folder, name);
    const pack = await openPack(path, OPTION);
    if (!pack) await rm(path, { force: true }).catch(() => {}); // in a folder that is read-only it stays
    return pack ? [pack] : [];
  };
  return (await Promise.all(names.reverse().map(open))).flat();
}

/** Runs work on the cache; what the system throws becomes a LabelwiseError. @throws LabelwiseError `DISK_FULL`, `STORE_FAILED` */
export async function inCacheWords<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const fault = toOutputFault(`the cache ${folder}`, error, `choose another folder with ${OPTION}`);
    if (fault instanceof LabelwiseError && fault.code === 'DISK_FULL') throw fault;
    const place = hasSystemCode(error, 'EACCES', 'EPERM', 'EROFS') ? "the folder's permissions" : 'the folder';
    throw new LabelwiseError('STORE_FAILED', `The cache ${folder} cannot be used: ${messageOf(error)}.`, {
      hint: `Check ${place}, or choose another with ${OPTION}.`,
      cause: error,
    });
  }
}
