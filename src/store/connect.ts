import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Connection } from '@lancedb/lancedb';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { toNativeFault } from '../files/native-library.js';

/** LanceDB and Arrow as CommonJS: a table of the ESM build of apache-arrow is refused by LanceDB, which loads the other. */
const require = createRequire(import.meta.url);
export const arrow = require('apache-arrow') as typeof import('apache-arrow');
const lancedb = loadLanceDb();

function loadLanceDb(): typeof import('@lancedb/lancedb') {
  try {
    return require('@lancedb/lancedb') as typeof import('@lancedb/lancedb');
  } catch (error) {
    throw toNativeFault('LanceDB', '@lancedb/lancedb', error);
  }
}

/** Whether there is something to open: LanceDB makes the folder that it is given, so whoever only reads asks first. */
export const isThere = (folder: string): Promise<boolean> =>
  isAddress(folder)
    ? Promise.resolve(true)
    : stat(folder).then(
        () => true,
        (error: unknown) => !hasSystemCode(error, 'ENOENT', 'ENOTDIR'),
      );

/** What a reader of the index is told where there is none. */
export const noIndex = (folder: string): LabelwiseError =>
  new LabelwiseError('INDEX_NOT_FOUND', `No images were indexed in ${folder}.`, {
    hint: 'Check --db, or index some first: labelwise index FOLDER.',
  });

/** Opens a database folder; where there is none, it is made. */
export async function connect(folder: string, flag = '--db'): Promise<Connection> {
  if (
    await stat(folder).then(
      (stats) => stats.isFile(),
      () => false,
    )
  ) {
    throw new LabelwiseError('STORE_FAILED', `Expected the folder of a database, got the file ${folder}.`, {
      hint: `Choose a folder with ${flag}.`,
    });
  }
  return inStoreWords(`the database ${folder} cannot be opened`, () => lancedb.connect(toAddress(folder)), flag);
}

/** LanceDB takes a relative name that begins with "db" for one of its cloud; an address such as s3://bucket stays as it is. */
function toAddress(folder: string): string {
  return isAddress(folder) ? folder : resolve(folder);
}

const isAddress = (folder: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(folder);

/** Runs work on the database; what LanceDB or the system throws is said in our words. `flag` names another folder for it. */
export async function inStoreWords<T>(subject: string, work: () => Promise<T>, flag = '--db'): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LabelwiseError) throw error;
    const message = (messageOf(error).split('\n')[0] ?? '').replace(/, \/(?:usr|rustc|root)\/.*| +Caused by: .*/, ''); // less the places in Rust's sources
    if (/no space left|os error 28|quota exceeded/i.test(messageOf(error))) {
      throw new LabelwiseError('DISK_FULL', `The disk is full: ${subject}.`, {
        hint: `Make room, or choose another folder with ${flag}. What was there before is untouched.`,
        cause: error,
      });
    }
    const hint = /permission denied|read-only/i.test(message)
      ? `Check the folder's permissions, or choose another with ${flag}.`
      : `Check the folder, or choose another with ${flag}.`;
    throw new LabelwiseError('STORE_FAILED', `${subject[0]?.toUpperCase()}${subject.slice(1)}: ${message}.`, { hint, cause: error });
  }
}
