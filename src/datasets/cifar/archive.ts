import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../../errors.js';
import { damaged } from '../dataset-errors.js';
import { readTar } from './read-tar.js';

/** Files that lie in a folder or in a .tar.gz, by their names without folders. */
export interface Archive {
  readonly path: string;
  readonly sizes: ReadonlyMap<string, number>;
  /** The bytes of a file from an offset on, in parts. */
  read(name: string, from?: number): AsyncGenerator<Uint8Array>;
  /** The files whose content decides: the archive, or these files of the folder. */
  filesOf(names: readonly string[]): string[];
}

/** @throws LabelwiseError `DATASET_DAMAGED` */
export async function openArchive(path: string): Promise<Archive> {
  if ((await stat(path)).isDirectory()) return openFolderArchive(path);
  const sizes = new Map<string, number>();
  for await (const entry of readTar(path)) sizes.set(basename(entry.name), entry.size);
  return {
    path,
    sizes,
    filesOf: () => [path],
    async *read(name, from = 0) {
      for await (const entry of readTar(path)) {
        if (basename(entry.name) !== name) continue;
        let position = 0; // a compressed archive has no shortcut to the middle
        for await (const part of entry.parts()) {
          if (position + part.length > from) yield part.subarray(Math.max(0, from - position));
          position += part.length;
        }
        return;
      }
    },
  };
}

async function openFolderArchive(folder: string): Promise<Archive> {
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  const sizes = await Promise.all(names.map(async (name) => [name, (await stat(join(folder, name))).size] as const));
  return {
    path: folder,
    sizes: new Map(sizes),
    filesOf: (wanted) => wanted.map((name) => join(folder, name)),
    async *read(name, from = 0) {
      try {
        for await (const part of createReadStream(join(folder, name), { start: from, highWaterMark: 2 ** 18 })) yield part as Uint8Array;
      } catch (cause) {
        throw damaged(`${join(folder, name)} cannot be read: ${messageOf(cause)}.`, cause);
      }
    },
  };
}

/** A small text file of an archive. */
export async function readText(archive: Archive, name: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of archive.read(name)) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
