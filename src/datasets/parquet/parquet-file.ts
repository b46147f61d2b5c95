import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FileMetaData } from 'hyparquet';
import { hasSystemCode, messageOf } from '../../errors.js';
import { damaged, notFound } from '../dataset-errors.js';

/** Rows as objects by their columns' names. */
export type ParquetRows = readonly Readonly<Record<string, unknown>>[];

/** An open Parquet file of which byte ranges are read. */
export interface ParquetFile {
  readonly metadata: FileMetaData;
  /** The rows from `start` up to `end` in these columns: give the bounds of a row group, and no other is read. */
  read(columns: readonly string[], start: number, end: number): Promise<ParquetRows>;
}

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
export async function openParquetFile(path: string): Promise<{ file: ParquetFile; close: () => Promise<void> }> {
  const handle = await open(path).catch((cause: unknown) => {
    if (!hasSystemCode(cause, 'ENOENT')) throw damaged(`${path} cannot be read: ${messageOf(cause)}.`, cause);
    throw notFound(`There is no file ${path}.`, 'It was there when the data set was opened: has it been moved?', cause);
  });
  try {
    const buffer = await toAsyncBuffer(handle);
    const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
    const metadata = await parquetMetadataAsync(buffer).catch((cause: unknown) => {
      throw damaged(`${path} is not a whole Parquet file: ${messageOf(cause)}.`, cause);
    });
    const { compressors } = await import('hyparquet-compressors');
    const read = async (columns: readonly string[], rowStart: number, rowEnd: number): Promise<ParquetRows> =>
      parquetReadObjects({
        file: buffer,
        metadata,
        columns: [...columns],
        rowStart,
        rowEnd,
        compressors,
        utf8: false,
        useOffsetIndex: true,
      }).catch((cause: unknown) => {
        throw damaged(`${basename(path)} is broken between rows ${rowStart} and ${rowEnd}: ${messageOf(cause)}.`, cause);
      });
    return { file: { metadata, read }, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function toAsyncBuffer(
  handle: FileHandle,
): Promise<{ byteLength: number; slice(start: number, end?: number): Promise<ArrayBuffer> }> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const buffer = new ArrayBuffer(Math.max(0, Math.min(end, size) - start));
      let done = 0;
      while (done < buffer.byteLength) {
        const { bytesRead } = await handle.read(new Uint8Array(buffer, done), 0, buffer.byteLength - done, start + done);
        if (bytesRead === 0) throw new Error(`the file ends after ${start + done} of ${size} bytes`);
        done += bytesRead;
      }
      return buffer;
    },
  };
}
