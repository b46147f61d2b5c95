import { isUtf8 } from 'node:buffer';
import { type Dirent, lstat, readdir, type Stats, stat } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import type { FileSystemAdapter } from 'fast-glob';
import { hasSystemCode } from '../errors.js';

/** A file or folder that a pattern matches, or a folder on the way that cannot be read. */
export interface Match {
  /** As the pattern names it. */
  readonly path: string;
  readonly bytes: Buffer;
  readonly cause?: Error;
}

/**
 * All that a pattern matches, sorted. `**` enters no links: they may lead round in circles. A pattern that names folders one by one does, as
 * in a shell. `*` and `?` match bytes that are not UTF-8 too.
 */
export async function matchPattern(pattern: string, cwd: string): Promise<Match[]> {
  const { default: glob } = await import('fast-glob');
  if (pattern === '' || !glob.isDynamicPattern(pattern)) return [];
  const closed = new Map<string, Error>();
  const options = { cwd, caseSensitiveMatch: false, onlyFiles: false, followSymbolicLinks: !pattern.includes('**') };
  const found = await glob(pattern, { ...options, fs: createFileSystem(closed) });
  const toMatch = (path: string): Match => ({ path, bytes: toBytes(resolve(cwd, path)) });
  const shorten = (path: string): string => (isAbsolute(pattern) ? path : relative(cwd, path));
  return [...found.sort().map(toMatch), ...[...closed].map(([path, cause]) => ({ ...toMatch(shorten(path)), cause }))];
}

type Done<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

/**
 * A file system whose names are all text: one that is not UTF-8 has a lone surrogate for each byte above 127, as in Python. A folder that
 * may not be read is empty, and is noted in `closed`.
 */
function createFileSystem(closed: Map<string, Error>): Partial<FileSystemAdapter> {
  const adapter = {
    lstat: (path: string, done: Done<Stats>) => lstat(toBytes(path), done),
    stat: (path: string, done: Done<Stats>) => stat(toBytes(path), done),
    readdir(path: string, _options: unknown, done: Done<Dirent[]>) {
      readdir(toBytes(path), { withFileTypes: true, encoding: 'buffer' }, (error, entries) => {
        if (!hasSystemCode(error, 'EACCES', 'EPERM'))
          return done(error, entries?.map((entry) => Object.assign(entry as unknown as Dirent, { name: toText(entry.name) })) ?? []);
        closed.set(path, error as Error);
        done(null, []);
      });
    },
  };
  return adapter as unknown as Partial<FileSystemAdapter>; // whose `readdir` has forms that are not called
}

/** A byte above 127 that is no character: U+DC80 to U+DCFF. */
const LONE = 0xdc00;

const toText = (name: Buffer): string =>
  isUtf8(name)
    ? name.toString()
    : name.toString('latin1').replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(LONE + byte.charCodeAt(0)));

const toBytes = (text: string): Buffer =>
  Buffer.concat(
    text.split(/([\uDC80-\uDCFF])/u).map((part, i) => (i % 2 === 1 ? Buffer.of(part.charCodeAt(0) - LONE) : Buffer.from(part))),
  );
