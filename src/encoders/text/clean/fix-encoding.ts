/** What tells that a text was decoded with the wrong encoding, and the upper halves of the encodings that it may be. */
export interface EncodingTables {
  readonly bad: string;
  readonly utf8: string;
  /** UTF-8 sequences in which byte A0 became a space, and those that lost bytes. */
  readonly altered: string;
  readonly lossy: string;
  readonly encodings: Readonly<Record<string, string>>;
}

const REPLACEMENT = '\xef\xbf\xbd'; // U+FFFD in UTF-8

/** Bytes are held as characters up to U+00FF. */
type Bytes = string;

/**
 * ftfy's repair of texts that were decoded with the wrong encoding, step by step: `fixEncoding` while a text looks like that, `fixControls`
 * for what remains of C1 control characters.
 */
export function createEncodingFixer(tables: EncodingTables) {
  const { bad, utf8, encodings } = tables;
  const repair = repairer(tables);
  const [isBad, utf8Parts] = [new RegExp(bad, 'u'), new RegExp(utf8, 'gu')];
  const encoders = Object.entries(encodings).map(([name, upper]) => ({ name, encode: encoderOf(name, upper) }));
  const windows1252 = encodings['sloppy-windows-1252'] ?? '';
  const fixControls = (text: string): string => text.replace(/[\x80-\x9f]/g, (c) => windows1252[c.charCodeAt(0) - 0x80] ?? c);

  function fixOnce(text: string): string {
    if (/^\p{ASCII}*$/u.test(text) || !isBad.test(text)) return text;
    let isLatin1 = false;
    for (const { name, encode } of encoders) {
      const bytes = encode(text);
      if (bytes === undefined) continue;
      isLatin1 ||= name === 'latin-1';
      const decoded = decode(repair(bytes, name));
      if (decoded !== undefined) return decoded;
    }
    const inside = text.replace(utf8Parts, (part) => (part.length < text.length && isBad.test(part) ? fixEncoding(part) : part));
    if (inside !== text) return inside;
    return isLatin1 || /[\x80-\x9f]/.test(text) ? fixControls(text) : text;
  }
  function fixEncoding(text: string): string {
    for (let before = text; ; ) {
      const after = fixOnce(before);
      if (after === before) return after;
      before = after;
    }
  }
  return { fixEncoding, fixControls };
}

/** A text as the bytes of a one-byte encoding, where it has all of its characters. In the "sloppy" ones, U+FFFD stands for byte 1A. */
function encoderOf(name: string, upper: string): (text: string) => Bytes | undefined {
  const isSloppy = name.startsWith('sloppy');
  const codes = new Map(Array.from(upper, (character, i): [string, number] => [character, 0x80 + i]));
  if (isSloppy) codes.set('\ufffd', 0x1a);
  return (text) => {
    let bytes = '';
    for (const character of text) {
      const isAscii = character < '\x80' && !(isSloppy && character === '\x1a');
      const code = isAscii ? character.charCodeAt(0) : codes.get(character);
      if (code === undefined) return undefined;
      bytes += String.fromCharCode(code);
    }
    return bytes;
  };
}

/** Puts back what a text lost when its bytes were taken for characters. */
function repairer({ altered, lossy }: EncodingTables): (bytes: Bytes, encoding: string) => Bytes {
  const [isAltered, lost] = [new RegExp(altered, 'g'), new RegExp(lossy, 'g')];
  const restoreSpaces = (bytes: Bytes): Bytes =>
    bytes.replace(/\xc3 (?! |quele|quela|quilo|s )/g, '\xc3\xa0 ').replace(isAltered, (part) => part.replace(' ', '\xa0'));
  return (bytes, encoding) => {
    const spaced = encoding !== 'macroman' && bytes.search(isAltered) >= 0 ? restoreSpaces(bytes) : bytes;
    return encoding.startsWith('sloppy') ? spaced.replace(lost, REPLACEMENT) : spaced;
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8, or what Java and old databases write in its place: NUL in two bytes, characters beyond U+FFFF as two surrogates. */
function decode(bytes: Bytes): string | undefined {
  const standard = bytes
    .replaceAll('\xc0\x80', '\0')
    .replace(/\xed([\xa0-\xaf])([\x80-\xbf])\xed([\xb0-\xbf])([\x80-\xbf])/g, (_, ...parts: string[]) => {
      const [a, b, c, d] = parts.slice(0, 4).map((part) => part.charCodeAt(0)) as [number, number, number, number];
      const [high, low] = [0xd000 + ((a & 0x3f) << 6) + (b & 0x3f), 0xd000 + ((c & 0x3f) << 6) + (d & 0x3f)];
      return Buffer.from(String.fromCharCode(high, low)).toString('latin1');
    });
  try {
    return decoder.decode(Buffer.from(standard, 'latin1'));
  } catch {
    return undefined;
  }
}
