/** The tags of a TIFF's first directory; in an EXIF block, the same. */
export interface TiffHeader {
  /** The values of a tag of fractions, or none. */
  fractions(tag: number): readonly number[];
  /** The values of a tag of whole numbers, or none. */
  values(tag: number): readonly number[];
  /** A copy of the file with the first value of a tag of 16-bit numbers changed. */
  withValue(tag: number, value: number): Uint8Array;
  /** Whether the values of a tag lie beyond the end of the file. */
  isCut(tag: number): boolean;
  readonly isLittleEndian: boolean;
}

interface Entry {
  readonly at: number;
  readonly count: number;
  readonly type: number;
}

/** Bytes of BYTE, SHORT, LONG, SBYTE, UNDEFINED, SSHORT, SLONG, IFD and BigTIFF's LONG8. */
const SIZES: Record<number, number> = { 1: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4, 16: 8, 18: 8 };
const RATIONAL = 5;
/** More entries than any real file has: a hostile one may claim 2^64. */
const MOST_ENTRIES = 4096;

/** Reads the first directory; undefined where the bytes are no TIFF or end within it. */
export function readTiffHeader(bytes: Uint8Array): TiffHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isLittleEndian = bytes[0] === 0x49;
  try {
    const isBig = view.getUint16(2, isLittleEndian) === 43;
    const number = (at: number, size: number): number => readNumber(view, at, size, isLittleEndian);
    const start = isBig ? number(8, 8) : number(4, 4);
    const [countSize, entrySize, fieldSize] = isBig ? [8, 20, 8] : [2, 12, 4];
    const entries = new Map<number, Entry>();
    for (let i = 0; i < Math.min(number(start, countSize), MOST_ENTRIES); i++) {
      const at = start + countSize + i * entrySize;
      const [type, count] = [number(at + 2, 2), number(at + 4, fieldSize)];
      const isInPlace = count * (SIZES[type] ?? 8) <= fieldSize;
      entries.set(number(at, 2), { type, count, at: isInPlace ? at + 4 + fieldSize : number(at + 4 + fieldSize, fieldSize) });
    }
    return {
      isLittleEndian,
      isCut(tag) {
        const { at, count, type } = entries.get(tag) ?? { at: 0, count: 0, type: 0 };
        const size = type === RATIONAL ? 8 : SIZES[type];
        return size !== undefined && at + count * size > bytes.length;
      },
      fractions(tag) {
        const { at, count, type } = entries.get(tag) ?? { at: 0, count: 0, type: 0 };
        if (type !== RATIONAL || at + count * 8 > bytes.length) return [];
        return Array.from({ length: count }, (_, i) => number(at + i * 8, 4) / (number(at + i * 8 + 4, 4) || 1));
      },
      values(tag) {
        const { at, count, type } = entries.get(tag) ?? { at: 0, count: 0, type: 0 };
        const size = SIZES[type];
        if (size === undefined || at + count * size > bytes.length) return [];
        return Array.from({ length: count }, (_, i) => number(at + i * size, size));
      },
      withValue(tag, value) {
        const copy = new Uint8Array(bytes);
        const entry = entries.get(tag);
        if (entry) new DataView(copy.buffer).setUint16(entry.at, value, isLittleEndian);
        return copy;
      },
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readNumber(view: DataView, at: number, size: number, isLittleEndian: boolean): number {
  if (size === 1) return view.getUint8(at);
  if (size === 2) return view.getUint16(at, isLittleEndian);
  return size === 4 ? view.getUint32(at, isLittleEndian) : Number(view.getBigUint64(at, isLittleEndian));
}
