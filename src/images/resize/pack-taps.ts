import type { Taps } from './resample-filters.js';

/** Taps as the kernel takes them: each weight split into high * 2^12 + low, so that 16-bit multiply-adds are exact. */
export interface PackedTaps {
  readonly starts: Int32Array; // [outputs]
  /** How many groups of `size` taps; the last one is filled up with taps that weigh nothing. */
  readonly groups: Int32Array; // [outputs]
  readonly weights: Int16Array; // [outputs, groupsPerOutput, 2 (high, low), size]
  readonly groupsPerOutput: number;
}

const LOW_BITS = 12;

/**
 * Groups of four taps for the horizontal pass, pairs for the vertical; `starts` become (start - first) * step. With `isEven`, groups begin at even
 * places after `first`: a tap that weighs nothing comes before those that begin at odd ones.
 */
export function packTaps(taps: Taps, size: 2 | 4, start: { first: number; step: number; isEven?: boolean }): PackedTaps {
  const { starts, weights, stride } = taps;
  const shifts = starts.map((value) => (start.isEven ? (value - start.first) % 2 : 0));
  const counts = taps.counts.map((count, output) => count + (shifts[output] as number));
  const groupsPerOutput = Math.max(1, Math.ceil(counts.reduce((most, count) => Math.max(most, count), 0) / size));
  const packed = new Int16Array(starts.length * groupsPerOutput * 2 * size);
  for (let output = 0; output < starts.length; output++) {
    const shift = shifts[output] as number;
    for (let tap = shift; tap < (counts[output] as number); tap++) {
      const weight = weights[output * stride + tap - shift] as number;
      const place = tap % size;
      const group = (output * groupsPerOutput + (tap - place) / size) * 2 * size + place;
      packed[group] = weight >> LOW_BITS;
      packed[group + size] = weight & ((1 << LOW_BITS) - 1);
    }
  }
  return {
    starts: starts.map((value, output) => (value - start.first - (shifts[output] as number)) * start.step),
    groups: counts.map((count) => Math.max(1, Math.ceil(count / size))),
    weights: packed,
    groupsPerOutput,
  };
}
