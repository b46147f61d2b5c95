/** What an AV1 stream says about its colours, in the numbers of ITU-T H.273. */
export interface Av1Colours {
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly isFullRange: boolean;
}

const SEQUENCE_HEADER = 1;

/**
 * Reads the sequence header of an AV1 stream (AV1 bitstream specification, 5.5), which begins in `bytes`; undefined where it does not,
 * or where it holds what no still picture has.
 */
export function readAv1Colours(bytes: Uint8Array): Av1Colours | undefined {
  for (let at = 0; at < bytes.length; ) {
    const header = bytes[at] as number;
    const type = (header >> 3) & 15;
    const hasExtension = (header & 4) !== 0;
    if ((header & 2) === 0) return undefined; // without a size it is the last
    let [size, shift] = [0, 0];
    at += hasExtension ? 2 : 1;
    for (let byte = 0x80; byte & 0x80 && shift < 28; shift += 7) {
      byte = bytes[at++] ?? 0;
      size |= (byte & 0x7f) << shift;
    }
    if (type === SEQUENCE_HEADER) return readSequenceHeader(bytes.subarray(at, at + size));
    at += size;
  }
  return undefined;
}

function readSequenceHeader(bytes: Uint8Array): Av1Colours | undefined {
  let position = 0;
  const read = (bits: number): number => {
    let value = 0;
    for (let i = 0; i < bits; i++, position++) value = value * 2 + (((bytes[position >> 3] ?? 0) >> (7 - (position & 7))) & 1);
    return value;
  };
  const flag = (): boolean => read(1) === 1;
  const profile = read(3);
  read(1); // still picture
  const isReduced = flag();
  if (isReduced) read(5);
  else if (flag())
    return undefined; // timing, which only a film has
  else skipOperatingPoints(read);
  const [widthBits, heightBits] = [read(4) + 1, read(4) + 1];
  read(widthBits + heightBits);
  if (!isReduced && flag()) read(7); // frame ids
  read(3);
  if (!isReduced) skipTools(read);
  read(3);
  const isDeep = flag();
  if (profile === 2 && isDeep) read(1);
  const isGrey = profile !== 1 && flag();
  const [primaries, transfer, matrix] = flag() ? [read(8), read(8), read(8)] : [2, 2, 2];
  const isRgb = !isGrey && primaries === 1 && transfer === 13 && matrix === 0;
  const isFullRange = isRgb || flag();
  return position > bytes.length * 8 ? undefined : { primaries, transfer, matrix, isFullRange };
}

function skipOperatingPoints(read: (bits: number) => number): void {
  const hasDelay = read(1) === 1;
  for (let left = read(5) + 1; left > 0; left--) {
    read(12);
    if (read(5) > 7) read(1);
    if (hasDelay && read(1) === 1) read(4);
  }
}

function skipTools(read: (bits: number) => number): void {
  read(4);
  const hasOrderHint = read(1) === 1;
  if (hasOrderHint) read(2);
  const isScreenContent = read(1) === 1 || read(1) === 1;
  if (isScreenContent && read(1) === 0) read(1);
  if (hasOrderHint) read(3);
}
