import type { Av1Colours } from './av1-colours.js';

/** A box of an ISO base media file: its four letters, and where its contents begin and end. */
export interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** The parts of an AVIF's description that decide what its pixels mean. */
export interface AvifDescription {
  /** The first picture's properties, those of its first tile where it is a grid. */
  readonly properties: readonly Box[];
  /** All `colr` boxes of kind nclx, those of alpha too. */
  readonly colours: readonly Box[];
  readonly isPremultiplied: boolean;
  /** Where the primary picture's stream begins in the file, that of its first tile where it is a grid. */
  readonly streamAt: number | undefined;
  /** Where the primary item's properties are listed. */
  readonly places: AvifPlaces | undefined;
}

interface AvifPlaces {
  readonly meta: Box;
  readonly iprp: Box;
  readonly ipco: Box;
  readonly ipma: Box;
  readonly propertyCount: number;
  /** Where the number of the primary item's properties stands. */
  readonly countAt: number;
  readonly isWide: boolean;
}

/** The boxes between two places; those that do not fit are left out. */
function readBoxes(view: DataView, from: number, to: number): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to; ) {
    const short = view.getUint32(at);
    const isLong = short === 1 && at + 16 <= to;
    const size = isLong ? Number(view.getBigUint64(at + 8)) : short === 0 ? to - at : short;
    const header = isLong ? 16 : 8;
    if (size < header || at + size > to) break;
    boxes.push({ type: fourLetters(view, at + 4), start: at + header, end: at + size });
    at += size;
  }
  return boxes;
}

function fourLetters(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

/** Reads `meta`; undefined where it is not as the standard says, and the decoder may say why. */
export function describeAvif(view: DataView): AvifDescription | undefined {
  try {
    const meta = readBoxes(view, 0, view.byteLength).find(({ type }) => type === 'meta');
    if (!meta) return undefined;
    const inMeta = readBoxes(view, meta.start + 4, meta.end);
    const iprp = inMeta.find(({ type }) => type === 'iprp');
    const pitm = inMeta.find(({ type }) => type === 'pitm');
    if (!iprp || !pitm) return undefined;
    const primary = view.getUint8(pitm.start) === 0 ? view.getUint16(pitm.start + 4) : view.getUint32(pitm.start + 4);
    const inIprp = readBoxes(view, iprp.start, iprp.end);
    const ipco = inIprp.find(({ type }) => type === 'ipco');
    const all = ipco ? readBoxes(view, ipco.start, ipco.end) : [];
    const lists = inIprp.filter(({ type }) => type === 'ipma').map((ipma) => ({ ipma, items: readAssociations(view, ipma) }));
    const owned = (item: number): Box[] =>
      lists.flatMap(({ items }) =>
        items.filter(({ id }) => id === item).flatMap(({ numbers }) => numbers.flatMap((number) => all[number - 1] ?? [])),
      );
    const list = lists.find(({ items }) => items.some(({ id }) => id === primary));
    const countAt = list?.items.find(({ id }) => id === primary)?.countAt;
    const references = readReferences(view, inMeta);
    const own = owned(primary);
    const tile = references.find(({ type, from }) => type === 'dimg' && from === primary)?.to;
    const isNclx = (box: Box): boolean => box.type === 'colr' && fourLetters(view, box.start) === 'nclx' && box.end - box.start >= 11;
    return {
      properties: tile === undefined ? own : [...own, ...owned(tile).filter(({ type }) => !own.some((box) => box.type === type))],
      colours: all.filter(isNclx),
      isPremultiplied: references.some(({ type, from }) => type === 'prem' && from === primary),
      streamAt: findStream(view, inMeta, tile ?? primary),
      places:
        ipco && list && countAt !== undefined
          ? { meta, iprp, ipco, ipma: list.ipma, propertyCount: all.length, countAt, isWide: isWide(view, list.ipma) }
          : undefined,
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Where an item's bytes begin; undefined where they are not at a place of the file itself. */
function findStream(view: DataView, inMeta: readonly Box[], wanted: number): number | undefined {
  const iloc = inMeta.find(({ type }) => type === 'iloc');
  if (!iloc) return undefined;
  const version = view.getUint8(iloc.start);
  const sizes = view.getUint16(iloc.start + 4);
  const [offsetSize, lengthSize, baseSize, indexSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15, version === 0 ? 0 : sizes & 15];
  let at = iloc.start + 6;
  const read = (size: number): number => {
    at += size;
    if (size === 2) return view.getUint16(at - 2);
    if (size === 4) return view.getUint32(at - 4);
    return size === 8 ? Number(view.getBigUint64(at - 8)) : 0;
  };
  const idSize = version < 2 ? 2 : 4;
  for (let left = read(idSize); left > 0; left--) {
    const id = read(idSize);
    const method = version === 0 ? 0 : read(2) & 15;
    read(2); // data reference
    const base = read(baseSize);
    const extents = read(2);
    if (id === wanted) {
      read(indexSize);
      return method === 0 ? base + read(offsetSize) : undefined;
    }
    at += extents * (indexSize + offsetSize + lengthSize);
  }
  return undefined;
}

const isWide = (view: DataView, ipma: Box): boolean => (view.getUint8(ipma.start + 3) & 1) === 1;

function readAssociations(view: DataView, ipma: Box): { id: number; countAt: number; numbers: number[] }[] {
  const idSize = view.getUint8(ipma.start) === 0 ? 2 : 4;
  const step = isWide(view, ipma) ? 2 : 1;
  const items: { id: number; countAt: number; numbers: number[] }[] = [];
  let at = ipma.start + 8;
  for (let left = view.getUint32(ipma.start + 4); left > 0; left--) {
    const id = idSize === 2 ? view.getUint16(at) : view.getUint32(at);
    const countAt = at + idSize;
    const count = view.getUint8(countAt);
    const numberAt = (i: number): number => countAt + 1 + i * step;
    const numbers = Array.from({ length: count }, (_, i) =>
      step === 2 ? view.getUint16(numberAt(i)) & 0x7fff : view.getUint8(numberAt(i)) & 0x7f,
    );
    items.push({ id, countAt, numbers });
    at = numberAt(count);
  }
  return items;
}

function readReferences(view: DataView, inMeta: readonly Box[]): { type: string; from: number; to: number }[] {
  const iref = inMeta.find(({ type }) => type === 'iref');
  if (!iref) return [];
  const size = view.getUint8(iref.start) === 0 ? 2 : 4;
  const read = (at: number): number => (size === 2 ? view.getUint16(at) : view.getUint32(at));
  return readBoxes(view, iref.start + 4, iref.end).map(({ type, start }) => ({ type, from: read(start), to: read(start + size + 2) }));
}

/**
 * The file with a `colr` box of kind nclx for its primary item. `meta` is written again behind the rest, and its old place left
 * free, so that nothing else moves. Undefined where its sizes are not of 32 bits, as in all files seen.
 */
export function withColours(bytes: Uint8Array, places: AvifPlaces, colours: Av1Colours): Uint8Array | undefined {
  const { meta, iprp, ipco, ipma, countAt, isWide: wide, propertyCount } = places;
  const file = Buffer.from(bytes);
  if ([meta, iprp, ipco, ipma].some(({ start, end }) => file.readUInt32BE(start - 8) !== end - start + 8)) return undefined;
  const colr = Buffer.alloc(19);
  colr.writeUInt32BE(19);
  colr.write('colrnclx', 4, 'latin1');
  for (const [i, value] of [colours.primaries, colours.transfer, colours.matrix].entries()) colr.writeUInt16BE(value, 12 + 2 * i);
  colr[18] = colours.isFullRange ? 0x80 : 0;
  const number = propertyCount + 1;
  const association = wide ? Buffer.from([number >> 8, number & 255]) : Buffer.from([number]);
  if (number > (wide ? 0x7fff : 0x7f)) return undefined;
  for (const box of [meta, iprp]) file.writeUInt32BE(box.end - box.start + 8 + colr.length + association.length, box.start - 8);
  file.writeUInt32BE(ipco.end - ipco.start + 8 + colr.length, ipco.start - 8);
  file.writeUInt32BE(ipma.end - ipma.start + 8 + association.length, ipma.start - 8);
  file.writeUInt8(file.readUInt8(countAt) + 1, countAt);
  const cuts = [
    { at: ipco.end, insert: colr },
    { at: countAt + 1, insert: association },
  ].sort((a, b) => a.at - b.at);
  const parts: Buffer[] = [];
  let from = meta.start - 8;
  for (const { at, insert } of cuts) {
    parts.push(file.subarray(from, at), insert);
    from = at;
  }
  parts.push(file.subarray(from, meta.end));
  const added = Buffer.concat(parts);
  const old = Buffer.from(file);
  old.writeUInt32BE(meta.end - meta.start + 8, meta.start - 8);
  old.write('free', meta.start - 4, 'latin1');
  return Buffer.concat([old, added]);
}
