import { realpath, stat } from 'node:fs/promises';
import type { StoredImage } from '../core/collection.js';
import { throwIfAborted } from '../errors.js';
import { toPathBytes, toPathText } from '../files/byte-path.js';
import { isObjectAddress } from '../files/object-address.js';
import { toStamp } from './file-stamp.js';

/** A file on disk, by the row of one of its names. */
export interface PresentFile {
  readonly row: number;
  /** Its other names: links to it, and hard links. */
  readonly alsoAt: readonly string[];
}

export interface PresentFiles {
  /** In the order of their rows. */
  readonly files: readonly PresentFile[];
  /** Rows whose file does not exist or cannot be reached. */
  readonly gone: number;
  /** Rows whose file has other bytes than when it was indexed, by its size and modification time. */
  readonly changed: number;
}

export interface FindPresentOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const AT_ONCE = 64;

/** Looks on disk for the files of rows. Names that lead to one device and inode are one file: deleting it by one name may lose them all. */
export async function findPresent(images: readonly StoredImage[], { signal, onProgress }: FindPresentOptions = {}): Promise<PresentFiles> {
  const names = new Map<string, number[]>();
  const counts = { gone: 0, changed: 0 };
  for (let from = 0; from < images.length; from += AT_ONCE) {
    throwIfAborted(signal);
    const states = await Promise.all(images.slice(from, from + AT_ONCE).map(lookAt));
    for (const [i, state] of states.entries()) {
      if (state === 'gone' || state === 'changed') counts[state]++;
      else names.set(state.id, [...(names.get(state.id) ?? []), from + i]);
    }
    onProgress?.(from + states.length, images.length);
  }
  const files = await Promise.all([...names.values()].map((rows) => toPresentFile(rows, images)));
  return { files: files.sort((a, b) => a.row - b.row), ...counts };
}

/** Whether the file of a row is there, with the bytes that it had when it was indexed. */
export async function lookAt({
  path,
  sizeBytes,
  modifiedAtMs,
}: Pick<StoredImage, 'path' | 'sizeBytes' | 'modifiedAtMs'>): Promise<{ readonly id: string } | 'gone' | 'changed'> {
  if (isObjectAddress(path)) return { id: path }; // as the last listing said
  const stats = await stat(toPathBytes(path), { bigint: true }).catch(() => undefined);
  if (!stats?.isFile()) return 'gone';
  const { size, mtime } = toStamp(stats);
  return size === sizeBytes && mtime === modifiedAtMs ? { id: `${stats.dev}:${stats.ino}` } : 'changed';
}

/** How many of some images have no file now. */
export async function countGone(images: readonly Pick<StoredImage, 'path'>[]): Promise<number> {
  let gone = 0;
  for (let from = 0; from < images.length; from += AT_ONCE) {
    const paths = images.slice(from, from + AT_ONCE).flatMap(({ path }) => (isObjectAddress(path) ? [] : [path]));
    const found = await Promise.all(
      paths.map((path) =>
        stat(toPathBytes(path)).then(
          () => true,
          () => false,
        ),
      ),
    );
    gone += found.filter((isThere) => !isThere).length;
  }
  return gone;
}

/** The name that leads through no link comes first, then the order of paths decides. */
async function toPresentFile(rows: readonly number[], images: readonly StoredImage[]): Promise<PresentFile> {
  if (rows.length === 1) return { row: rows[0] as number, alsoAt: [] };
  const named = await Promise.all(rows.map(async (row) => ({ row, path: pathOf(row), isLink: await isLinked(pathOf(row)) })));
  named.sort((a, b) => Number(a.isLink) - Number(b.isLink) || (a.path < b.path ? -1 : 1));
  const [first, ...others] = named;
  const path = first?.path;
  return { row: first?.row as number, alsoAt: [...new Set(others.map((other) => other.path))].filter((other) => other !== path) };

  function pathOf(row: number): string {
    return (images[row] as StoredImage).path;
  }
}

const isLinked = (path: string): Promise<boolean> =>
  realpath(toPathBytes(path), { encoding: 'buffer' }).then(
    (real) => toPathText(real) !== path,
    () => true,
  );
