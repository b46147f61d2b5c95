/**
 * What the similarities of images with labels and words say about the best label, as bounds that are quickly computed, in WebAssembly SIMD: compiled
 * by scripts/build.mjs to dist/tasks/tags/bounds-kernel.wasm, driven by src/tasks/tags/screen-images.ts, which owns the memory.
 *
 * rows: [rows, width] float32: similarities with `labels` labels, then `words` words, then their mean; slopes, weights: [labels] float32.
 * out: [rows, 5] float32: the largest of slope * similarity - weight * (similarity with the mean); of labels and of words, the largest similarity s
 * and the sum of exp(scale * (similarity - s)), by no more than 6.2 % too large.
 */
export function boundRows(rows: usize, count: i32, width: i32, labels: i32, words: i32, slopes: usize, scale: f32, out: usize): void {
  const weights = slopes + (<usize>labels << 2);
  const steps = scale * 1.4426950408889634 * 8388608; // 2^23 log2(e): the exponent of a float32
  for (let row = 0; row < count; row++) {
    const first = rows + (<usize>row * <usize>width << 2);
    const firstWord = first + (<usize>labels << 2);
    const end = firstWord + (<usize>words << 2);
    const common = words > 0 ? load<f32>(end) : 0;
    const largest = largestOf(first, firstWord);
    const largestWord = largestOf(firstWord, end);
    store<f32>(out, mostOf(first, labels, slopes, weights, common));
    store<f32>(out, largest, 4);
    store<f32>(out, sumOf(first, firstWord, largest, steps), 8);
    store<f32>(out, largestWord, 12);
    store<f32>(out, sumOf(firstWord, end, largestWord, steps), 16);
    out += 20;
  }
}

function largestOf(from: usize, end: usize): f32 {
  let four = f32x4.splat(-f32.MAX_VALUE);
  let at = from;
  for (; at + 16 <= end; at += 16) four = f32x4.max(four, v128.load(at));
  let largest = max(max(f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1)), max(f32x4.extract_lane(four, 2), f32x4.extract_lane(four, 3)));
  for (; at < end; at += 4) largest = max(largest, load<f32>(at));
  return largest;
}

function mostOf(first: usize, labels: i32, slopes: usize, weights: usize, common: f32): f32 {
  const bytes = <usize>labels << 2;
  const commons = f32x4.splat(common);
  let four = f32x4.splat(-f32.MAX_VALUE);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const own = f32x4.mul(v128.load(slopes + at), v128.load(first + at));
    four = f32x4.max(four, f32x4.sub(own, f32x4.mul(v128.load(weights + at), commons)));
  }
  let most = max(max(f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1)), max(f32x4.extract_lane(four, 2), f32x4.extract_lane(four, 3)));
  for (; at < bytes; at += 4) most = max(most, load<f32>(slopes + at) * load<f32>(first + at) - load<f32>(weights + at) * common);
  return most;
}

/** Between two powers of two, a float32's bits grow in proportion, which is 0 to 6.2 % above the power. */
function sumOf(from: usize, end: usize, largest: f32, steps: f32): f32 {
  const most = f32x4.splat(largest);
  const factor = f32x4.splat(steps);
  const one = f32x4.splat(1065353216); // the bits of 1.0
  const none = f32x4.splat(0);
  let four = none;
  let at = from;
  for (; at + 16 <= end; at += 16) {
    const bits = f32x4.add(f32x4.mul(f32x4.sub(v128.load(at), most), factor), one);
    four = f32x4.add(four, i32x4.trunc_sat_f32x4_s(f32x4.max(bits, none)));
  }
  let sum = f32x4.extract_lane(four, 0) + f32x4.extract_lane(four, 1) + f32x4.extract_lane(four, 2) + f32x4.extract_lane(four, 3);
  for (; at < end; at += 4) sum += reinterpret<f32>(<i32>max((load<f32>(at) - largest) * steps + 1065353216, 0));
  return sum;
}
