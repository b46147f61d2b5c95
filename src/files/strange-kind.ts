/** What `stat` says of a place, of numbers of either kind. */
interface Kind {
  isFile(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
}

/** What may stand where a file is expected. */
export type StrangeKind = 'a folder' | 'a pipe' | 'a socket' | 'a device';

/** @throws Error which says what stands there instead of a file */
export function refuseStrange(stats: Kind): void {
  const kind = strangeKind(stats);
  if (kind !== undefined) throw new Error(`it is ${kind}, not a file`);
}

/** What stands where a file is expected: undefined for a file. A pipe may keep its reader waiting for ever, and a device may have no end. */
export function strangeKind(stats: Kind): StrangeKind | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'a folder';
  return stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device';
}
