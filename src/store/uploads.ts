import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasSystemCode, LabelwiseError } from '../errors.js';
import { makeFolder } from '../files/make-folder.js';
import { writeAtomically } from '../files/write-atomically.js';
import { inStoreWords } from './connect.js';
import type { Database } from './database.js';

/** The folder of a database that keeps images which were sent to it. */
export const UPLOADS = 'uploads';

/** Images that a database keeps itself, each under its content hash. */
export interface Uploads {
  /** Absolute. */
  readonly folder: string;
  /** Writes an image, so that it is there after a power cut, and gives its path. @throws LabelwiseError `INVALID_ARGUMENT` for an object store */
  keep(image: { readonly contentHash: string; readonly format: string; readonly bytes: Uint8Array }): Promise<string>;
  /** Removes a file that `keep` wrote; one that is gone already is no fault. */
  discard(path: string): Promise<void>;
}

export function openUploads(database: Database): Uploads {
  const folder = join(database.location.address, UPLOADS);
  const subject = `an image cannot be kept in ${folder}`;
  return {
    folder,
    async keep({ contentHash, format, bytes }) {
      if (database.location.folder === undefined) throw keptInFoldersAlone(database);
      return inStoreWords(subject, async () => {
        const own = join(folder, contentHash.slice(0, 2));
        await makeFolder(own);
        const path = join(own, `${contentHash}.${format}`);
        await writeAtomically(path, bytes);
        return path;
      });
    },
    discard: (path) =>
      inStoreWords(`${path} cannot be removed`, () =>
        unlink(path).catch((error: unknown) => {
          if (!hasSystemCode(error, 'ENOENT')) throw error;
        }),
      ),
  };
}

const keptInFoldersAlone = ({ location, option }: Database): LabelwiseError =>
  new LabelwiseError('INVALID_ARGUMENT', `Expected a folder with ${option} to keep images that are sent, got ${location.name}.`, {
    hint: 'Put the images where the library is indexed from, and index it again.',
  });
