/**
 * The two passes of Pillow's resize and the normalisation, in WebAssembly SIMD: compiled by scripts/build.mjs to
 * dist/images/resize/resize-kernel.wasm, driven by src/images/resize/run-kernel.ts, which owns the memory.
 *
 * Weights are fixed-point with 22 bits (resample-filters.ts), too wide for the 16-bit multiply-add that takes two taps at
 * once. So each is split into high * 2^12 + low with 0 <= low < 2^12: both halves times a pixel are summed exactly in
 * 32 bits, and (sum of high << 12) + sum of low is the very sum of Pillow's C code.
 */
const PRECISION_BITS: i32 = 22;
const HALF: i32 = 1 << (PRECISION_BITS - 1);
const LOW_BITS: i32 = 12;

// @ts-ignore: decorator
@inline
function join(high: v128, low: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.shl(high, LOW_BITS), low), PRECISION_BITS);
}

/** Four pixels of four rows, as two pairs: each vector is one row's three colours, and one colour of the fourth row. */
// @ts-ignore: decorator
@inline
function storePairs(first: v128, second: v128, third: v128, fourth: v128, target: usize): void {
  v128.store(target, v128.or(
    i8x16.swizzle(first, i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1)),
    i8x16.swizzle(fourth, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, -1, 3, -1)),
  ));
  v128.store(target, v128.or(
    i8x16.swizzle(second, i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1)),
    i8x16.swizzle(fourth, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, -1, 4, -1)),
  ), 16);
  v128.store(target, v128.or(
    i8x16.swizzle(third, i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1)),
    i8x16.swizzle(fourth, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 2, -1, 5, -1)),
  ), 32);
  v128.store(target, v128.or(
    i8x16.swizzle(first, i8x16(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1)),
    i8x16.swizzle(fourth, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 6, -1, 9, -1)),
  ), 48);
  v128.store(target, v128.or(
    i8x16.swizzle(second, i8x16(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1)),
    i8x16.swizzle(fourth, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 7, -1, 10, -1)),
  ), 64);
  v128.store(target, v128.or(
    i8x16.swizzle(third, i8x16(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1)),
    i8x16.swizzle(fourth, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 8, -1, 11, -1)),
  ), 80);
}

/**
 * Rows of RGB pixels become rows of `width` pixels. Four rows go together: their pixels are first laid out in pairs of neighbours, so that each
 * multiply-add takes four of the twelve values of a pair, and each weight is loaded once for all of them. Up to three rows past `rows` are read and
 * written too. Reads up to 13 bytes past a row, writes one past it.
 *
 * pairs: room for 24 bytes for each of `pixels` pixels of a row, and 192 more. Two pixels take three vectors of four pairs of 16-bit numbers: red, green
 * and blue of the first, second and third row, each with one colour of the fourth row.
 * starts: [width] bytes from the beginning of the pairs; groups: [width] how many groups of four taps;
 * weights: [width, stride] of { high 0 and 1, high 2 and 3, low 0 and 1, low 2 and 3 }, a pair in 32 bits.
 */
export function resizeHorizontally(
  source: usize, sourceStride: usize, rows: i32, pixels: i32, pairs: usize,
  starts: usize, groups: usize, weights: usize, stride: usize, width: i32,
  target: usize, targetStride: usize,
): void {
  const zero = i32x4.splat(0);
  const half = i32x4.splat(HALF);
  for (let y = 0; y < rows; y += 4) {
    let pixel = source;
    let pixel2 = source + (sourceStride << 1);
    const pixelsEnd = source + <usize>pixels * 3;
    let pair = pairs;
    while (pixel < pixelsEnd) {
      storePairs(v128.load(pixel), v128.load(pixel + sourceStride), v128.load(pixel2), v128.load(pixel2 + sourceStride), pair);
      pixel += 12;
      pixel2 += 12;
      pair += 96;
    }
    let out = target;
    let weightsOfPixel = weights;
    for (let x: usize = 0; x < <usize>width; x++) {
      pair = pairs + <usize>load<u32>(starts + (x << 2));
      let tap = weightsOfPixel;
      const end = tap + (<usize>load<u32>(groups + (x << 2)) << 4);
      let high0 = zero, high1 = zero, high2 = zero;
      let low0 = half, low1 = half, low2 = half;
      do {
        const h01 = v128.load32_splat(tap);
        const h23 = v128.load32_splat(tap, 4);
        const l01 = v128.load32_splat(tap, 8);
        const l23 = v128.load32_splat(tap, 12);
        let a = v128.load(pair), b = v128.load(pair, 48);
        high0 = i32x4.add(high0, i32x4.add(i32x4.dot_i16x8_s(a, h01), i32x4.dot_i16x8_s(b, h23)));
        low0 = i32x4.add(low0, i32x4.add(i32x4.dot_i16x8_s(a, l01), i32x4.dot_i16x8_s(b, l23)));
        a = v128.load(pair, 16); b = v128.load(pair, 64);
        high1 = i32x4.add(high1, i32x4.add(i32x4.dot_i16x8_s(a, h01), i32x4.dot_i16x8_s(b, h23)));
        low1 = i32x4.add(low1, i32x4.add(i32x4.dot_i16x8_s(a, l01), i32x4.dot_i16x8_s(b, l23)));
        a = v128.load(pair, 32); b = v128.load(pair, 80);
        high2 = i32x4.add(high2, i32x4.add(i32x4.dot_i16x8_s(a, h01), i32x4.dot_i16x8_s(b, h23)));
        low2 = i32x4.add(low2, i32x4.add(i32x4.dot_i16x8_s(a, l01), i32x4.dot_i16x8_s(b, l23)));
        pair += 96;
        tap += 16;
      } while (tap < end);
      // Both narrowings saturate: together they are the clamp to 0..255.
      const all = i8x16.narrow_i16x8_u(
        i16x8.narrow_i32x4_s(join(high0, low0), join(high1, low1)),
        i16x8.narrow_i32x4_s(join(high2, low2), zero),
      );
      // The fourth byte of each is overwritten by the next pixel.
      v128.store_lane<u32>(out, all, 0);
      v128.store_lane<u32>(out + targetStride, all, 1);
      v128.store_lane<u32>(out + (targetStride << 1), all, 2);
      v128.store_lane<u32>(out + targetStride * 3, i8x16.swizzle(all, i8x16(3, 7, 11, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)), 0);
      out += 3;
      weightsOfPixel += stride;
    }
    source += sourceStride << 2;
    target += targetStride << 2;
  }
}

/**
 * Rows `from`..`to` of the result, from a window of source rows whose first is row `firstRow` of the source. Two taps go
 * together; where their number is odd the row after the last is read and weighs nothing. Reads and writes up to 15 bytes past a row.
 *
 * starts: [height] source rows; pairs: [height] how many pairs of taps; weights: [height, stride] of { high pair, low pair }.
 */
export function resizeVertically(
  window: usize, windowStride: usize, firstRow: usize,
  starts: usize, pairs: usize, weights: usize, stride: usize, from: usize, to: usize, rowBytes: usize,
  target: usize, targetStride: usize,
): void {
  const zero = i32x4.splat(0);
  const half = i32x4.splat(HALF);
  for (let y = from; y < to; y++) {
    const top = window + (<usize>load<u32>(starts + (y << 2)) - firstRow) * windowStride;
    const firstTap = weights + y * stride;
    const end = firstTap + (<usize>load<u32>(pairs + (y << 2)) << 3);
    for (let x: usize = 0; x < rowBytes; x += 16) {
      let high0 = zero, high1 = zero, high2 = zero, high3 = zero;
      let low0 = half, low1 = half, low2 = half, low3 = half;
      let row = top + x;
      let tap = firstTap;
      do {
        const high = v128.load32_splat(tap);
        const low = v128.load32_splat(tap, 4);
        const a = v128.load(row);
        const b = v128.load(row + windowStride);
        const left = i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const right = i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        let both = i16x8.extend_low_i8x16_u(left);
        high0 = i32x4.add(high0, i32x4.dot_i16x8_s(both, high));
        low0 = i32x4.add(low0, i32x4.dot_i16x8_s(both, low));
        both = i16x8.extend_high_i8x16_u(left);
        high1 = i32x4.add(high1, i32x4.dot_i16x8_s(both, high));
        low1 = i32x4.add(low1, i32x4.dot_i16x8_s(both, low));
        both = i16x8.extend_low_i8x16_u(right);
        high2 = i32x4.add(high2, i32x4.dot_i16x8_s(both, high));
        low2 = i32x4.add(low2, i32x4.dot_i16x8_s(both, low));
        both = i16x8.extend_high_i8x16_u(right);
        high3 = i32x4.add(high3, i32x4.dot_i16x8_s(both, high));
        low3 = i32x4.add(low3, i32x4.dot_i16x8_s(both, low));
        row += windowStride << 1;
        tap += 8;
      } while (tap < end);
      v128.store(
        target + x,
        i8x16.narrow_i16x8_u(
          i16x8.narrow_i32x4_s(join(high0, low0), join(high1, low1)),
          i16x8.narrow_i32x4_s(join(high2, low2), join(high3, low3)),
        ),
      );
    }
    target += targetStride;
  }
}

/** Rows of RGB bytes to planes of numbers by a table of 3 x 256: planes lie `planeBytes` apart, rows without a gap. */
export function normalizeRows(
  source: usize, sourceStride: usize, rows: i32, width: i32, table: usize, target: usize, planeBytes: usize,
): void {
  for (let y = 0; y < rows; y++) {
    let pixel = source;
    const end = source + <usize>width * 3;
    while (pixel < end) {
      store<f32>(target, load<f32>(table + (<usize>load<u8>(pixel) << 2)));
      store<f32>(target + planeBytes, load<f32>(table + (<usize>load<u8>(pixel, 1) << 2), 1024));
      store<f32>(target + (planeBytes << 1), load<f32>(table + (<usize>load<u8>(pixel, 2) << 2), 2048));
      pixel += 3;
      target += 4;
    }
    source += sourceStride;
  }
}
