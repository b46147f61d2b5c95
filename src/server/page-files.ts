import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { packageFile } from '../files/package-root.js';

/** A file of the page, as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same, compressed; undefined where that does not pay. */
  readonly gzipped: Uint8Array<ArrayBuffer> | undefined;
  readonly etag: string;
  /** Its name holds a hash of its content, so that it never changes. */
  readonly isFixed: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
  '.txt': 'text/plain; charset=utf-8',
};
const IS_TEXT = /^text|svg/;
const compress = promisify(gzip);

/** The built page by the paths of its addresses. Only these files are ever sent: a request names no file of the disk. */
export async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const folder = packageFile('dist/web');
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/'));
  const files = await Promise.all(
    names.map(async (name) => [name === '/index.html' ? '/' : name, await readPageFile(folder, name)] as const),
  );
  return new Map(files);
}

async function readPageFile(folder: string, name: string): Promise<PageFile> {
  const bytes = new Uint8Array(readFileSync(join(folder, name)));
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  return {
    type,
    bytes,
    gzipped: IS_TEXT.test(type) ? new Uint8Array(await compress(bytes, { level: 9 })) : undefined,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    isFixed: name.startsWith('/assets/'),
  };
}
