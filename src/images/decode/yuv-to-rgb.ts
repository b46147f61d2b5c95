import { CHANNELS, type Picture } from './to-rgb.js';

/** What an AVIF says about its planes. */
interface YuvFacts {
  readonly isGrey: boolean;
  /** Chroma of half the width, and of half the height. */
  readonly isHalfWide: boolean;
  readonly isHalfHigh: boolean;
  /** Numbers of ITU-T H.273. */
  readonly primaries: number;
  readonly matrix: number;
  readonly isFullRange: boolean;
}

export interface YuvMatrix extends Pick<YuvFacts, 'isGrey' | 'isHalfWide' | 'isHalfHigh' | 'isFullRange'> {
  /** libyuv's constants, in 64ths: luma's factor and offset, then blue by Cb, green by Cb, green by Cr, red by Cr. */
  readonly constants: readonly [number, number, number, number, number, number];
}

const BT601 = { full: [16320, 32, 113, 22, 46, 90], limited: [18997, -1160, 128, 25, 52, 102] } as const;
const BT709 = { full: [16320, 32, 119, 12, 30, 101], limited: [18997, -1160, 135, 14, 34, 115] } as const;
const BT2020 = { full: [16320, 32, 120, 11, 37, 94], limited: [19003, -1160, 137, 12, 42, 107] } as const;
const BY_MATRIX: Record<number, typeof BT601 | typeof BT709 | typeof BT2020> = { 1: BT709, 2: BT601, 5: BT601, 6: BT601, 9: BT2020 };
const BY_PRIMARIES: typeof BY_MATRIX = { 1: BT709, 2: BT709, 5: BT601, 6: BT601, 9: BT2020 };
const DERIVED_FROM_PRIMARIES = 12;

/** The conversion that libavif leaves to libyuv, or undefined for a matrix that is neither BT.601, BT.709 nor BT.2020. */
export function chooseYuvMatrix({ matrix, primaries, isFullRange, ...facts }: YuvFacts): YuvMatrix | undefined {
  const constants = matrix === DERIVED_FROM_PRIMARIES ? BY_PRIMARIES[primaries] : BY_MATRIX[matrix];
  return constants && { ...facts, isFullRange, constants: isFullRange ? constants.full : constants.limited };
}

/**
 * Turns planes into RGB, in place. They come interleaved as Cr, Y, Cb (and alpha), each chroma value repeated over the pixels that
 * share it; it is interpolated here as libyuv's bilinear filter does.
 */
export function yuvToRgb(picture: Picture, how: YuvMatrix): void {
  const { samples, width, height, form } = picture;
  const channels = CHANNELS[form];
  const [lumaFactor, lumaOffset, blueCb, greenCb, greenCr, redCr] = how.constants;
  const luma = Int32Array.from({ length: 256 }, (_, y) => Math.floor((y * 0x101 * lumaFactor) / 65536) + lumaOffset);
  if (how.isGrey) {
    repeatLuma(picture, how);
    return;
  }
  const [crOf, cbOf] = [0, 2].map((channel) => chromaRows(picture, channel, how)) as [ChromaRows, ChromaRows];
  const clamp = (value: number): number => (value < 0 ? 0 : value > 16383 ? 255 : value >> 6);
  for (let y = 0; y < height; y++) {
    const [cr, cb] = [crOf(y), cbOf(y)];
    for (let x = 0, at = y * width * channels; x < width; x++, at += channels) {
      const light = luma[samples[at + 1] as number] as number;
      const [u, v] = [(cb[x] as number) - 128, (cr[x] as number) - 128];
      samples[at] = clamp(light + v * redCr);
      samples[at + 1] = clamp(light - u * greenCb - v * greenCr);
      samples[at + 2] = clamp(light + u * blueCb);
    }
  }
}

/** A picture without chroma: libavif widens a limited range by itself, rounded. */
function repeatLuma({ samples, form }: Picture, { isFullRange }: YuvMatrix): void {
  const channels = CHANNELS[form];
  for (let at = 0; at < samples.length; at += channels) {
    const y = samples[at + 1] as number;
    samples.fill(isFullRange ? y : Math.max(0, Math.min(255, Math.trunc(((y - 16) * 255 + 109) / 219))), at, at + 3);
  }
}

/** A row of chroma at full width; valid until the next is asked for. */
type ChromaRows = (y: number) => Uint8Array;

/** Copies one chroma plane out of the picture, and interpolates its rows: 3 to 1 along an axis of half size, the outermost copied. */
function chromaRows({ samples, width, height, form }: Picture, channel: number, { isHalfWide, isHalfHigh }: YuvMatrix): ChromaRows {
  const channels = CHANNELS[form];
  const [stepX, stepY] = [isHalfWide ? 2 : 1, isHalfHigh ? 2 : 1];
  const [columns, rows] = [Math.ceil(width / stepX), Math.ceil(height / stepY)];
  const plane = new Uint8Array(columns * rows);
  for (let row = 0, to = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      plane[to++] = samples[(row * stepY * width + column * stepX) * channels + channel] as number;
  const across = Array.from({ length: width }, (_, x) => neighbours(x, { size: width, isHalf: isHalfWide, isRow: false }));
  const out = new Uint8Array(width);
  return (y) => {
    const [row, other] = neighbours(y, { size: height, isHalf: isHalfHigh, isRow: true });
    const [near, far] = [plane.subarray(row * columns), plane.subarray(other * columns)];
    const isOneRow = row === other;
    for (let x = 0; x < width; x++) {
      const [column, next] = across[x] as [number, number];
      const [a, b, c, d] = [near[column], near[next], far[column], far[next]] as [number, number, number, number];
      if (column === next) out[x] = isOneRow ? a : (3 * a + c + 2) >> 2;
      else out[x] = isOneRow ? (3 * a + b + 2) >> 2 : (9 * a + 3 * b + 3 * c + d + 8) >> 4;
    }
    return out;
  };
}

/**
 * The nearer and the farther of the two samples of half the size around a position; the same twice at the ends. libyuv copies the
 * last column always, the last row only where it has no farther one.
 */
function neighbours(position: number, { size, isHalf, isRow }: { size: number; isHalf: boolean; isRow: boolean }): [number, number] {
  if (!isHalf) return [position, position];
  const sample = position >> 1;
  const isLast = position === size - 1 && !(isRow && size % 2 === 1);
  return position === 0 || isLast ? [sample, sample] : [sample, position & 1 ? sample + 1 : sample - 1];
}
