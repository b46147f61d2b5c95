/** One directory of a TIFF: its tags, as far as telling raw formats apart needs them. */
export interface TiffDirectory {
  has(tag: number): boolean;
  /** The first number of a tag of whole numbers. */
  number(tag: number): number | undefined;
  text(tag: number): string | undefined;
}

const SUB_DIRECTORIES = 330;
/** More than any camera writes: a hostile file may lead in circles. */
const MOST = 32;

/** All directories of a TIFF (not BigTIFF): the chain, and those within. A file that ends early has those that can be read. */
export function tiffDirectories(bytes: Uint8Array): TiffDirectory[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isLittle = bytes[0] === 0x49;
  const directories: TiffDirectory[] = [];
  const seen = new Set<number>();
  const pending = [view.byteLength >= 8 ? view.getUint32(4, isLittle) : 0];
  while (pending.length > 0 && directories.length < MOST) {
    const start = pending.shift() as number;
    if (start === 0 || seen.has(start) || start + 2 > bytes.length) continue;
    seen.add(start);
    const { directory, next, inside } = readDirectory(view, start, isLittle);
    directories.push(directory);
    pending.push(...inside, next);
  }
  return directories;
}

function readDirectory(view: DataView, start: number, isLittle: boolean) {
  const entries = new Map<number, { type: number; count: number; at: number }>();
  const count = Math.min(view.getUint16(start, isLittle), 4096);
  let at = start + 2;
  for (let i = 0; i < count && at + 12 <= view.byteLength; i++, at += 12) {
    const [type, values] = [view.getUint16(at + 2, isLittle), view.getUint32(at + 4, isLittle)];
    const isInPlace = values * (type === 3 ? 2 : type === 4 || type === 13 ? 4 : 1) <= 4;
    entries.set(view.getUint16(at, isLittle), { type, count: values, at: isInPlace ? at + 8 : view.getUint32(at + 8, isLittle) });
  }
  const numbers = (tag: number): number[] => {
    const entry = entries.get(tag);
    const size = entry?.type === 3 ? 2 : entry?.type === 4 || entry?.type === 13 ? 4 : 0;
    if (!entry || size === 0 || entry.at + size * Math.min(entry.count, MOST) > view.byteLength) return [];
    return Array.from({ length: Math.min(entry.count, MOST) }, (_, i) =>
      size === 2 ? view.getUint16(entry.at + 2 * i, isLittle) : view.getUint32(entry.at + 4 * i, isLittle),
    );
  };
  const directory: TiffDirectory = {
    has: (tag) => entries.has(tag),
    number: (tag) => numbers(tag)[0],
    text(tag) {
      const entry = entries.get(tag);
      if (!entry || entry.at + entry.count > view.byteLength) return undefined;
      const text = new Uint8Array(view.buffer, view.byteOffset + entry.at, Math.min(entry.count, 100));
      return Buffer.from(text).toString('latin1').replace(/\0.*$/s, '').trim();
    },
  };
  const next = at + 4 <= view.byteLength ? view.getUint32(at, isLittle) : 0;
  return { directory, next, inside: numbers(SUB_DIRECTORIES) };
}
