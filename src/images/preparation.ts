import type { DecodeOptions } from './decode-image.js';
import type { ImageTransform } from './image-transform.js';
import type { ImageLimits } from './read-image.js';

/** How images become the encoder's numbers. */
export interface Preparation {
  readonly transform: ImageTransform;
  readonly limits: ImageLimits;
  /** Decode large JPEGs at a fraction of their size: faster, and not Pillow's very pixels (docs/guides/speed.md). */
  readonly isFastDecode?: boolean | undefined;
  /** Prepare the crops of the image too. */
  readonly withCrops?: boolean | undefined;
  /** This thread has nothing else to do, so it may decode by itself, row by row, which costs less. */
  readonly mayBlock?: boolean | undefined;
  /** Waits for memory to decode, where not this thread's own budget counts. */
  readonly acquire?: DecodeOptions['acquire'];
  /** Told how long decoding took, and how many pixels were in memory at once. */
  readonly onDecoded?: ((decoded: { readonly ms: number; readonly pixels: number }) => void) | undefined;
}

/** A picture as the encoder takes it. */
export interface PreparedPixels {
  readonly pixels: Float32Array<ArrayBuffer>; // [3, inputHeight, inputWidth]
  readonly inputHeight: number;
  readonly inputWidth: number;
}

/** An image as the encoder takes it, with the size that it had. */
export interface PreparedImage extends PreparedPixels {
  readonly width: number;
  readonly height: number;
  /** Where they were asked for. */
  readonly crops?: readonly PreparedPixels[] | undefined;
}
