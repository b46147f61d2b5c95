import type { BigIntStats } from 'node:fs';

/** What tells whether a file is the one that it was. */
export interface FileStamp {
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  /** Milliseconds since 1970: when bytes, name or rights last changed. Programs set mtime as they like; this one the system sets. */
  readonly ctime: number;
  readonly inode: number;
}

/** A stamp as it was kept: rows of a table of version 1 know no ctime. */
export type KeptStamp = Omit<FileStamp, 'ctime'> & { readonly ctime?: number | null | undefined };

export const NO_STAMP: FileStamp = { size: 0, mtime: 0, ctime: 0, inode: 0 };

/** A file that changed so shortly before it was read may have changed again within the same tick of its file system's clock. */
const RACY_MS = 2_000;
/** The same for what the system stamps by its own clock, which ticks at least 100 times a second. */
export const RACY_CTIME_MS = 20;

/** Microseconds are kept: milliseconds in a float64 hold them. */
export const toStamp = ({ size, mtimeNs, ctimeNs, ino }: BigIntStats): FileStamp => ({
  size: Number(size),
  mtime: Number(mtimeNs / 1000n) / 1000,
  ctime: Number(ctimeNs / 1000n) / 1000,
  inode: Number(ino),
});

export const isSameStamp = (a: KeptStamp, b: KeptStamp): boolean =>
  a.size === b.size && a.mtime === b.mtime && a.inode === b.inode && (a.ctime ?? b.ctime) === (b.ctime ?? a.ctime);

/** Whether a file surely has the bytes that it had when it was read, at `checked_at`. */
export function isUnchanged(file: FileStamp, row: (KeptStamp & { readonly checked_at: number }) | undefined): boolean {
  if (row === undefined || !isSameStamp(file, row)) return false;
  const since = (time: number): number => Math.abs(row.checked_at - time); // a camera's clock may be ahead
  return since(row.mtime) > RACY_MS && since(row.ctime ?? 0) > RACY_CTIME_MS;
}
