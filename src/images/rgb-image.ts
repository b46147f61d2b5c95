/** 8-bit RGB pixels, row after row. */
export interface RgbImage {
  readonly data: Uint8Array; // [height, width, 3]
  readonly width: number;
  readonly height: number;
}

/** The part of the resized image to keep. It must lie within the image. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}
