import type { Range, ResizePlan } from './plan-resize.js';
import type { Taps } from './resample-filters.js';

/**
 * The plan for a picture as its file stores it, from the plan for the picture turned upright: the same sums, so what comes out is the same
 * picture, still to be turned. `stored` is the size in the file, `orientation` EXIF's, 1 to 8.
 */
export function turnPlan(plan: ResizePlan, stored: { width: number; height: number }, orientation: number): ResizePlan {
  const { isTurned, isMirrored, isFlipped } = readOrientation(orientation);
  const [across, down] = isTurned ? [plan.vertical, plan.horizontal] : [plan.horizontal, plan.vertical];
  const [columns, rows] = isTurned ? [plan.rows, plan.columns] : [plan.columns, plan.rows];
  return {
    horizontal: isMirrored && across ? mirrorTaps(across, stored.width) : across,
    vertical: isFlipped && down ? mirrorTaps(down, stored.height) : down,
    columns: isMirrored ? mirrorRange(columns, stored.width) : columns,
    rows: isFlipped ? mirrorRange(rows, stored.height) : rows,
    isVerticalFirst: plan.isVerticalFirst !== isTurned,
  };
}

/** What an orientation does to the stored picture: whether columns become rows, and which of its own axes run backwards. */
export function readOrientation(orientation: number): { isTurned: boolean; isMirrored: boolean; isFlipped: boolean } {
  return {
    isTurned: orientation >= 5,
    isMirrored: [2, 3, 7, 8].includes(orientation),
    isFlipped: [3, 4, 6, 7].includes(orientation),
  };
}

const mirrorRange = ({ first, last }: Range, size: number): Range => ({ first: size - last, last: size - first });

/** The taps of an axis that runs backwards. */
function mirrorTaps({ starts, counts, weights, stride }: Taps, size: number): Taps {
  const mirrored = { starts: starts.slice(), counts: counts.toReversed(), weights: new Int32Array(weights.length), stride };
  const last = starts.length - 1;
  for (let output = 0; output <= last; output++) {
    const from = last - output;
    const count = counts[from] as number;
    mirrored.starts[output] = size - (starts[from] as number) - count;
    for (let tap = 0; tap < count; tap++) mirrored.weights[output * stride + tap] = weights[from * stride + count - 1 - tap] as number;
  }
  return mirrored;
}
