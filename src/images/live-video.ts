import type { RangeReader } from '../files/range-reader.js';

const KEY = 'com.apple.quicktime.content.identifier';
/** The part with a video's metadata is a few KB; that of a film of hours is a few MB. */
const MAX_BYTES = 16 * 2 ** 20;
/** Videos have some ten boxes; what has more is not looked through. */
const MAX_BOXES = 1000;
const UUID = /[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}/i;

/** What a QuickTime video shares with the photo that it is the moving part of; undefined for all other videos. */
export async function readLiveId(read: RangeReader, size: number): Promise<string | undefined> {
  for (let at = 0, boxes = 0; at + 8 <= size && boxes < MAX_BOXES; boxes++) {
    const head = Buffer.from(await read(at, 16));
    if (head.length < 8) return undefined;
    const isLong = head.readUInt32BE(0) === 1 && head.length === 16;
    const length = isLong ? Number(head.readBigUInt64BE(8)) : head.readUInt32BE(0) || size - at;
    if (length < 8) return undefined;
    if (head.toString('latin1', 4, 8) === 'moov') return length > MAX_BYTES ? undefined : idIn(Buffer.from(await read(at, length)));
    at += length;
  }
  return undefined;
}

/** The metadata names its key first; the identifier is among the values, of which no other is a UUID after that name. */
function idIn(moov: Buffer): string | undefined {
  const at = moov.indexOf(KEY, 0, 'latin1');
  return at < 0 ? undefined : UUID.exec(moov.toString('latin1', at))?.[0];
}
