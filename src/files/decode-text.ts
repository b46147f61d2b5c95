import { isUtf8 } from 'node:buffer';

/**
 * The text of a file that people write: UTF-8, or UTF-16 with its byte order mark, as Excel saves "Unicode text".
 *
 * @throws Error that says what it holds instead, with the line
 */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const zero = bytes.indexOf(0);
  if (zero >= 0) throw new Error(`line ${lineOf(bytes, zero)} has a byte of 0, as UTF-16 has`);
  if (!isUtf8(bytes)) throw new Error(`line ${firstBadLine(bytes)} is not UTF-8`);
  return new TextDecoder().decode(bytes);
}

const lineOf = (bytes: Uint8Array, place: number): number =>
  Buffer.from(bytes.subarray(0, place))
    .toString('latin1')
    .split(/\r\n|\n|\r/).length;

function firstBadLine(bytes: Uint8Array): number {
  let [start, line] = [0, 1];
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
    if (!isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
    line++;
  }
  return line;
}
