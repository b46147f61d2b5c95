import { throwIfAborted } from '../errors.js';
import type { ImageIndex } from '../store/image-index.js';
import { createBatchWriter, type IndexEncoder, knownContents } from './batch-writer.js';
import { embedFiles } from './embed-files.js';
import { refuseOtherModel } from './index-folders.js';
import { FOLDERS, type Sources } from './source.js';

export interface RepairOptions {
  readonly encoder: IndexEncoder;
  readonly maxImageBytes: number;
  readonly sources?: Sources | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface RepairReport {
  readonly repaired: number;
  /** Rows of files that are gone or cannot be read just now: they left, and the next run over their folder takes them in again. */
  readonly removed: number;
}

/**
 * Takes rows out and reads their files again. Killed in between, it has lost rows that the next run over their folders makes anew.
 *
 * @throws LabelwiseError `INDEX_MISMATCH`, `DISK_FULL`, `STORE_FAILED`, `ABORTED`
 */
export async function repairImages(paths: readonly string[], index: ImageIndex, options: RepairOptions): Promise<RepairReport> {
  const { encoder, maxImageBytes, signal, onProgress, sources = FOLDERS } = options;
  refuseOtherModel(index, encoder.info);
  const wanted = new Set(paths);
  const rows = await index.files();
  const before = new Map(rows.flatMap((row) => (wanted.has(row.path) ? [[row.path, { added_at: row.added_at, files: row.files }]] : [])));
  await index.remove([...wanted]);
  const files = await Promise.all([...wanted].map((path) => sources(path).look(path)));
  const writer = createBatchWriter(index, encoder);
  let repaired = 0;
  try {
    await embedFiles(files, {
      encoder,
      maxImageBytes,
      withCrops: index.hasCrops,
      knownHashes: knownContents(rows.filter((row) => !wanted.has(row.path))),
      imagesOf: async (hashes) => {
        await writer.flush();
        return index.imagesOf(hashes);
      },
      async onRow(row) {
        await writer.add({ ...row, ...before.get(row.path) });
        onProgress?.(++repaired, files.length);
      },
      onSkipped: async () => {},
      sources,
      signal,
    });
  } finally {
    await writer.flush();
  }
  throwIfAborted(signal);
  return { repaired, removed: wanted.size - repaired };
}
