import ExifReader from 'exifreader';

/** What an iPhone writes into the maker note of a photo. */
export interface AppleNote {
  /** What the shots of one burst share. */
  readonly burst?: string;
  /** What a live photo shares with its video. */
  readonly live?: string;
}

const HEADER = 'Apple iOS\0\0\x01';
/** Tags of the note, as exiftool names them: BurstUUID and ContentIdentifier. */
const TAGS = new Map<number, keyof AppleNote>([
  [0x000b, 'burst'],
  [0x0011, 'live'],
]);
const TYPE_ASCII = 2;
/** Identifiers are UUIDs of 36 characters. */
const MAX_LENGTH = 100;

/** Reads the maker note of an encoded image. A note that is broken, or of another maker, says nothing. */
export function readAppleNote(bytes: Uint8Array): AppleNote {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { exif } = ExifReader.loadView(view, { expanded: true, includeTags: { exif: ['MakerNote'] } });
    const note = (exif?.MakerNote as { readonly value?: readonly number[] } | undefined)?.value;
    return parseNote(Buffer.from(note ?? []));
  } catch {
    return {};
  }
}

/** A directory as in TIFF, after 14 bytes: the header and the byte order. Offsets count from the beginning of the note. */
function parseNote(note: Buffer): AppleNote {
  if (note.toString('latin1', 0, HEADER.length) !== HEADER) return {};
  const isLittle = note.toString('latin1', 12, 14) === 'II';
  const short = (at: number): number => (isLittle ? note.readUInt16LE(at) : note.readUInt16BE(at));
  const long = (at: number): number => (isLittle ? note.readUInt32LE(at) : note.readUInt32BE(at));
  const found: { -readonly [K in keyof AppleNote]: AppleNote[K] } = {};
  for (let at = 16; at < 16 + 12 * short(14); at += 12) {
    const key = TAGS.get(short(at));
    const [length, offset] = [long(at + 4), long(at + 8)];
    if (!key || short(at + 2) !== TYPE_ASCII || length > MAX_LENGTH || offset + length > note.length) continue;
    const text = note.toString('latin1', offset, offset + length).replace(/\0.*$/s, '');
    if (text !== '') found[key] = text;
  }
  return found;
}
