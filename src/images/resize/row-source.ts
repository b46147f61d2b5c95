import type { RgbImage } from '../rgb-image.js';

/** Rows of RGB pixels, which may be made only when they are read. */
export interface RowSource {
  readonly width: number;
  readonly height: number;
  /** Copies a part into `memory` at `at`, row behind row. Each row is read at most once, from top to bottom. */
  copyRows(part: RowPart, memory: Uint8Array, at: number): void;
}

/** Columns `left`..`left + width` of the rows `top`..`top + count`. */
export interface RowPart {
  readonly top: number;
  readonly count: number;
  readonly left: number;
  readonly width: number;
}

/** The rows of an image in memory. */
export function rowsOf({ data, width, height }: RgbImage): RowSource {
  const stride = width * 3;
  return {
    width,
    height,
    copyRows(part, memory, at) {
      let start = part.top * stride + part.left * 3;
      if (part.width === width) {
        memory.set(data.subarray(start, start + part.count * stride), at);
        return;
      }
      const size = part.width * 3;
      for (let row = 0; row < part.count; row++, start += stride) memory.set(data.subarray(start, start + size), at + row * size);
    },
  };
}
