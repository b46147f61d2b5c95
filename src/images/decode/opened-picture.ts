import type { Picture } from './to-rgb.js';

/** A picture whose header was read: its size is known, and may be refused, before anything is decoded. */
export interface OpenedPicture {
  readonly width: number;
  readonly height: number;
  /** Bytes that decoding takes at its peak; by default four for each pixel, twice. */
  readonly bytesNeeded?: number;
  decode(): Picture | Promise<Picture>;
}

/** Opens an encoded picture. @throws LabelwiseError `IMAGE_DAMAGED`, `IMAGE_UNSUPPORTED` */
export type OpenPicture = (bytes: Uint8Array) => OpenedPicture | Promise<OpenedPicture>;
