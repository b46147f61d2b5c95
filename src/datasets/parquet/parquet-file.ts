import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { AsyncBuffer, Compressors, FileMetaData } from 'hyparquet';
import { hasSystemCode, LabelwiseError, messageOf } from '../../errors.js';
import { formatBytes } from '../../files/format-bytes.js';
import { isLfsPointerFile } from '../../files/lfs-pointer.js';
import { damaged, invalid, notFound } from '../dataset-errors.js';
import { groupStarts, planParts } from './plan-parts.js';

/** Rows as objects by their columns' names. */
export type ParquetRows = readonly Readonly<Record<string, unknown>>[];

/** An open Parquet file of which byte ranges are read. */
export interface ParquetFile {
  readonly metadata: FileMetaData;
  /** The rows of a row group in these columns, from the `from`th on, in parts of bounded size. */
  readGroup(group: number, columns: readonly string[], from?: number): AsyncGenerator<ParquetRows>;
}

export interface ParquetLimits {
  /** How much of a row group is read at once, where its pages allow it. */
  readonly partBytes: number;
  /** What one page, or a column that cannot be divided, may take. */
  readonly mostBytes: number;
}

const LIMITS: ParquetLimits = { partBytes: 16 * 2 ** 20, mostBytes: 2 ** 30 };

/**
 * Opens a Parquet file for as long as `use` runs. The footer alone is read at once.
 *
 * @throws LabelwiseError `DATASET_DAMAGED`
 */
export async function withParquetFile<T>(path: string, use: (file: ParquetFile) => Promise<T>): Promise<T> {
  const { file, close } = await openParquetFile(path);
  try {
    return await use(file);
  } finally {
    await close();
  }
}

/** The same for a generator, which closes it itself. */
export async function openParquetFile(path: string, limits = LIMITS): Promise<{ file: ParquetFile; close: () => Promise<void> }> {
  const handle = await open(path).catch((cause: unknown) => {
    if (!hasSystemCode(cause, 'ENOENT')) throw damaged(`${path} cannot be read: ${messageOf(cause)}.`, cause);
    throw notFound(`There is no file ${path}.`, 'It was there when the data set was opened: has it been moved?', cause);
  });
  try {
    const guard: Guard = (bytes) => refuseLarge(bytes, limits, path);
    const buffer = await toAsyncBuffer(handle, guard);
    const { parquetMetadataAsync } = await import('hyparquet');
    const metadata = await parquetMetadataAsync(buffer).catch(async (cause: unknown) => {
      if (cause instanceof LabelwiseError) throw cause;
      if (await isLfsPointerFile(path)) throw damaged(`${path} is a Git LFS pointer, not the file itself: run "git lfs pull".`, cause);
      throw damaged(`${path} is not a whole Parquet file: ${messageOf(cause)}.`, cause);
    });
    const compressors = await guardedCompressors(guard);
    const source = { path, buffer, metadata, compressors, partBytes: limits.partBytes };
    return { file: { metadata, readGroup: (...args) => readGroup(source, ...args) }, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface Source {
  readonly path: string;
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly compressors: Compressors;
  readonly partBytes: number;
}

async function* readGroup(source: Source, group: number, columns: readonly string[], from = 0): AsyncGenerator<ParquetRows> {
  const { path, buffer, metadata, compressors, partBytes } = source;
  const { parquetReadObjects, parquetSchema } = await import('hyparquet');
  const before = groupStarts(metadata)[group] as number;
  const within = async <T>(reading: Promise<T>, start: number, end: number): Promise<T> =>
    reading.catch((cause: unknown) => {
      if (cause instanceof LabelwiseError) throw cause;
      throw damaged(`${basename(path)} is broken between rows ${before + start} and ${before + end}: ${messageOf(cause)}.`, cause);
    });
  const rowGroup = metadata.row_groups[group] as FileMetaData['row_groups'][number];
  const planning = planParts(buffer, rowGroup, { tree: parquetSchema(metadata), columns, partBytes });
  const { bounds, pages } = await within(planning, 0, Number(rowGroup.num_rows));
  for (const [i, end] of bounds.slice(1).entries()) {
    const start = Math.max(from, bounds[i] as number);
    if (start >= end) continue;
    const options = {
      file: buffer,
      metadata,
      columns: [...columns],
      rowStart: before + start,
      rowEnd: before + end,
      compressors,
      utf8: false,
    };
    // hyparquet hands the locations on to its planner, though its types do not name them.
    const reading = parquetReadObjects({ ...options, ...{ pageLocationsByGroup: { [group]: pages } } });
    const rows = await within(reading, start, end);
    if (rows.length !== end - start)
      throw damaged(`${basename(path)} promises ${end - start} rows from row ${before + start}, and holds ${rows.length}.`);
    yield rows;
  }
}

/** Throws where something is too large to be held in memory. */
type Guard = (bytes: number) => void;

function refuseLarge(bytes: number, { mostBytes }: ParquetLimits, path: string): void {
  if (bytes <= mostBytes) return;
  throw invalid(
    `${path} has a page, or a column that cannot be divided, of ${formatBytes(bytes)}: more than ${formatBytes(mostBytes)} are not read at once.`,
    'Write it again with smaller row groups, for example with to_parquet(..., batch_size=1000).',
  );
}

/** LZ4 writes nothing as one byte of 0, which the library takes for a broken block: what is to give nothing is not asked. */
async function guardedCompressors(guard: Guard): Promise<Compressors> {
  const { compressors } = await import('hyparquet-compressors');
  return Object.fromEntries(
    Object.entries(compressors).map(([codec, decompress]) => [
      codec,
      (input: Uint8Array, length: number): Uint8Array => {
        guard(length);
        return length === 0 ? new Uint8Array(0) : decompress(input, length);
      },
    ]),
  );
}

async function toAsyncBuffer(handle: FileHandle, guard: Guard): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const length = Math.max(0, Math.min(end, size) - start);
      guard(length);
      const buffer = new ArrayBuffer(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(new Uint8Array(buffer, done), 0, length - done, start + done);
        if (bytesRead === 0) throw new Error(`the file ends after ${start + done} of ${size} bytes`);
        done += bytesRead;
      }
      return buffer;
    },
  };
}
