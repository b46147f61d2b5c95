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

export function fourLetters(view: DataView, at: number): string {
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
    const owned = (item: number): Box[] => inIprp.filter(({ type }) => type === 'ipma').flatMap((ipma) => propertiesOf(view, ipma, item, all));
    const references = readReferences(view, inMeta);
    const own = owned(primary);
    const tile = references.find(({ type, from }) => type === 'dimg' && from === primary)?.to;
    const isNclx = (box: Box): boolean => box.type === 'colr' && fourLetters(view, box.start) === 'nclx' && box.end - box.start >= 11;
    return {
      properties: tile === undefined ? own : [...own, ...owned(tile).filter(({ type }) => type === 'av1C')],
      colours: all.filter(isNclx),
      isPremultiplied: references.some(({ type, from }) => type === 'prem' && from === primary),
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function propertiesOf(view: DataView, ipma: Box, wanted: number, all: readonly Box[]): Box[] {
  const [version, isWide] = [view.getUint8(ipma.start), (view.getUint8(ipma.start + 3) & 1) === 1];
  let at = ipma.start + 8;
  for (let entries = view.getUint32(ipma.start + 4); entries > 0; entries--) {
    const item = version === 0 ? view.getUint16(at) : view.getUint32(at);
    at += version === 0 ? 2 : 4;
    const count = view.getUint8(at++);
    const step = isWide ? 2 : 1;
    const numbers = Array.from({ length: count }, (_, i) => (isWide ? view.getUint16(at + 2 * i) & 0x7fff : view.getUint8(at + i) & 0x7f));
    if (item === wanted) return numbers.flatMap((number) => all[number - 1] ?? []);
    at += count * step;
  }
  return [];
}

function readReferences(view: DataView, inMeta: readonly Box[]): { type: string; from: number; to: number }[] {
  const iref = inMeta.find(({ type }) => type === 'iref');
  if (!iref) return [];
  const size = view.getUint8(iref.start) === 0 ? 2 : 4;
  const read = (at: number): number => (size === 2 ? view.getUint16(at) : view.getUint32(at));
  return readBoxes(view, iref.start + 4, iref.end).map(({ type, start }) => ({ type, from: read(start), to: read(start + size + 2) }));
}
