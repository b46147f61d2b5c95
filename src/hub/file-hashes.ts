import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { readJsonIfThere, writeJsonNote } from '../files/json-file.js';
import { contentHashOf } from './hub-cache.js';

/** The hash of a file's content. */
export async function sha256Of(path: string): Promise<string> {
  const sha256 = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), sha256);
  return sha256.digest('hex');
}

/** By path: what told the file from another, and its hash. */
const noteSchema = z.record(z.string(), z.tuple([z.string(), z.string()]));

/**
 * Content hashes of files. A file in the hub's cache carries its hash in its blob's name; any other is read once, and its
 * hash is kept in `home` for as long as its place, size, inode and times stay the same.
 */
export async function hashFiles(paths: readonly string[], home: string): Promise<string[]> {
  const note = join(home, 'file-hashes.json');
  const known = noteSchema.safeParse(await readJsonIfThere(home, 'file-hashes.json').catch(() => undefined)).data ?? {};
  let changed = false;
  const hashes: string[] = [];
  for (const path of paths) {
    const stats = await stat(path, { bigint: true });
    const key = [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':');
    const entry = known[path];
    const hash = (await contentHashOf(path)) ?? (entry?.[0] === key ? entry[1] : undefined);
    if (hash !== undefined) {
      hashes.push(hash);
      continue;
    }
    known[path] = [key, await sha256Of(path)];
    hashes.push(known[path][1]);
    changed = true;
  }
  if (changed) await writeJsonNote(note, known);
  return hashes;
}
