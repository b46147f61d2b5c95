import { createHash } from 'node:crypto';
import { LabelwiseError } from '../../errors.js';
import { isWithin, toPathBytes } from '../../files/byte-path.js';
import { kindOfName } from '../../files/image-names.js';
import { imageFormatOf } from '../../images/image-format.js';
import type { ImageRow } from '../../store/image-table-schema.js';
import { openIndexEncoder, readIndexFacts } from '../open-index.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { createCommits } from './commit-images.js';
import { findImage } from './find-image.js';

/** An image that was added, or why it was not. */
export type AddedImage =
  | { readonly contentHash: string /** False where the index had these bytes already. */; readonly isNew: boolean }
  | { readonly error: LabelwiseError };

export interface RemovedImage {
  /** Files that the database kept, which are gone. */
  readonly deletedFiles: number;
  /** Files elsewhere, which stay: the next run over their folders finds them again. */
  readonly forgottenFiles: number;
}

/** Adds single images to the index, and removes them. What comes at the same time is written in one commit. */
export interface ImageWriter {
  /**
   * Keeps images in the database and puts them into the index. Whoever has the answer can rely on both.
   *
   * @throws LabelwiseError `INDEX_LOCKED`, `INDEX_MISMATCH`, `DISK_FULL`, `STORE_FAILED`
   */
  add(images: readonly Uint8Array[]): Promise<AddedImage[]>;
  /** @throws LabelwiseError `INPUT_NOT_FOUND`, `INDEX_LOCKED`, `DISK_FULL`, `STORE_FAILED` */
  remove(contentHash: string): Promise<RemovedImage>;
}

export function openImageWriter(
  workspace: Workspace,
  options: TaskOptions & { /** The index is compacted after so many commits. */ readonly compactEvery?: number | undefined } = {},
): ImageWriter {
  const commit = createCommits(workspace, options);
  const inTurn = createTurns();
  return {
    async add(images) {
      const { openImageIndex } = await import('../../store/image-index.js');
      const { openUploads } = await import('../../store/uploads.js');
      const { embedFiles } = await import('../../ingest/embed-files.js');
      const { toWalkedFile } = await import('../../ingest/walked-file.js');
      const { refuseOtherModel } = await import('../../ingest/index-folders.js');
      const database = await workspace.database();
      const encoder = await openIndexEncoder(workspace, await readIndexFacts(workspace), options);
      const uploads = openUploads(database);
      const sent = images.map((bytes) => sniff(bytes, encoder.limits.maxImageBytes));
      const good = new Map(sent.flatMap((one) => ('error' in one ? [] : [[one.contentHash, one]])));
      const work = async (): Promise<AddedImage[]> => {
        const index = await openImageIndex(database);
        try {
          refuseOtherModel(index, encoder.info);
          const known = await index.imagesOf([...good.keys()]);
          const hashOf = new Map<string, string>();
          for (const image of good.values()) hashOf.set(await uploads.keep(image), image.contentHash);
          const rows: ImageRow[] = [];
          const errors = new Map<string, LabelwiseError>();
          await embedFiles(await Promise.all([...hashOf.keys()].map((path) => toWalkedFile(toPathBytes(path)))), {
            encoder,
            maxImageBytes: encoder.limits.maxImageBytes,
            withCrops: index.hasCrops,
            knownHashes: new Set(known.keys()),
            imagesOf: async () => known,
            async onRow(row) {
              if (row.error_code === null) return void rows.push(row);
              errors.set(hashOf.get(row.path) as string, new LabelwiseError(row.error_code as 'IMAGE_DAMAGED', row.error_message ?? ''));
              await uploads.discard(row.path);
            },
            onSkipped: async (_, { error }) => {
              throw error;
            },
          });
          if (rows.length > 0) await commit({ rows, folder: uploads.folder, encoder });
          return sent.map((one): AddedImage => {
            if ('error' in one) return one;
            const error = errors.get(one.contentHash);
            return error ? { error } : { contentHash: one.contentHash, isNew: !known.has(one.contentHash) };
          });
        } finally {
          index.close();
        }
      };
      return inTurn([...good.keys()], work);
    },
    async remove(contentHash) {
      const { openUploads, uploadsFolder } = await import('../../store/uploads.js');
      const database = await workspace.database();
      const folder = uploadsFolder(database);
      return inTurn([contentHash], async () => {
        const { paths } = await findImage(workspace, contentHash, options);
        await commit({ removed: paths });
        const own = folder === undefined ? [] : paths.filter((path) => isWithin(path, folder));
        for (const path of own) await openUploads(database).discard(path); // after its row: a row without a file would be broken
        return { deletedFiles: own.length, forgottenFiles: paths.length - own.length };
      });
    },
  };
}

type Sniffed = { readonly contentHash: string; readonly format: string; readonly bytes: Uint8Array } | { readonly error: LabelwiseError };

/** Only what an index run would take for an image is kept. */
function sniff(bytes: Uint8Array, maxImageBytes: number): Sniffed {
  if (bytes.length > maxImageBytes)
    return { error: new LabelwiseError('IMAGE_TOO_LARGE', `The image has ${bytes.length} bytes; the limit is ${maxImageBytes}.`) };
  const format = imageFormatOf(bytes);
  if (format === undefined || kindOfName(`image.${format}`) !== 'image')
    return { error: new LabelwiseError('IMAGE_UNSUPPORTED', `Expected an image, got ${format ?? 'bytes of no known format'}.`) };
  return { contentHash: createHash('sha256').update(bytes).digest('hex'), format, bytes };
}

/** Work on the same contents waits for each other: an image that is added while it is removed is one or the other. */
function createTurns(): <T>(hashes: readonly string[], work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (hashes, work) => {
    const own = Promise.allSettled(hashes.map((hash) => last.get(hash))).then(work);
    for (const hash of hashes) last.set(hash, own);
    try {
      return await own;
    } finally {
      for (const hash of hashes) if (last.get(hash) === own) last.delete(hash);
    }
  };
}
