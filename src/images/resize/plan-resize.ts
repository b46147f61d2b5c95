import type { Box } from '../rgb-image.js';
import { computeTaps, type ResampleFilter, type Taps } from './resample-filters.js';

/** Rows or columns `first`..`last` (not included). */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Which passes a resize takes, in which order, and what of the source they touch. */
export interface ResizePlan {
  readonly horizontal: Taps | undefined;
  readonly vertical: Taps | undefined;
  readonly columns: Range;
  readonly rows: Range;
  readonly isVerticalFirst: boolean;
}

/**
 * The order of the passes shows in the rounding. It is Pillow 13's: horizontal first, unless the height loses more than
 * twice as many pixels as the width (Pillow 12 and before always begin with the horizontal pass).
 */
export function planResize(
  image: { readonly width: number; readonly height: number },
  { width, height, filter }: { width: number; height: number; filter: Exclude<ResampleFilter, 'nearest'> },
  box: Box,
): ResizePlan {
  const horizontal = width === image.width ? undefined : computeTaps(filter, image.width, width, box.left, box.left + box.width);
  const vertical = height === image.height ? undefined : computeTaps(filter, image.height, height, box.top, box.top + box.height);
  return {
    horizontal,
    vertical,
    columns: horizontal ? tapRange(horizontal) : { first: box.left, last: box.left + box.width },
    rows: vertical ? tapRange(vertical) : { first: box.top, last: box.top + box.height },
    isVerticalFirst: height < image.height && image.height - height > 2 * (image.width - width),
  };
}

/** The part of the source that the taps touch. */
function tapRange(taps: Taps): Range {
  const end = taps.starts.length - 1;
  return { first: taps.starts[0] as number, last: (taps.starts[end] as number) + (taps.counts[end] as number) };
}
