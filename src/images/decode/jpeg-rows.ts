import type { RowPart, RowSource } from '../resize/row-source.js';
import { type Libvips, openLibvips } from './libvips.js';

/** Rows of a picture that must be closed. */
export interface OpenRows extends RowSource {
  /** Decodes what was not read, so that damage there is found too. @throws RowsFailedError for a damaged file */
  finish(): void;
  close(): void;
}

/** libvips's numbers for reading from top to bottom, for failing as sharp's `failOn: 'error'` does, and for samples of a byte. */
const SEQUENTIAL = 1;
const FAIL_ON_ERROR = 2;
const UCHAR = 0;

/** The rows could not be read: sharp says why. */
export class RowsFailedError extends Error {}

/**
 * A JPEG of three channels, decoded as its rows are read, with the pixels that sharp gives, because the same library decodes. The whole picture
 * is never in memory. The caller must not change `bytes` until it is closed.
 *
 * @returns undefined where libvips cannot be called, or reads other than three channels
 */
export function openJpegRows(bytes: Uint8Array, { width, height }: { width: number; height: number }): OpenRows | undefined {
  const libvips = openLibvips(width * height);
  if (!libvips) return undefined;
  const out: [object | null] = [null];
  const options = ['str', 'access', 'int', SEQUENTIAL, 'str', 'fail_on', 'int', FAIL_ON_ERROR, 'str', null];
  const isOpen = libvips.vips_jpegload_buffer(bytes, bytes.byteLength, out, ...options) === 0;
  const [image] = out;
  if (!isOpen || !image) {
    libvips.vips_error_clear();
    return undefined;
  }
  const region = libvips.vips_region_new(image);
  const [bands, format] = [libvips.vips_image_get_bands(image), libvips.vips_image_get_format(image)];
  const isAsExpected = libvips.vips_image_get_width(image) === width && libvips.vips_image_get_height(image) === height;
  if (region && bands === 3 && format === UCHAR && isAsExpected) return new JpegRows(libvips, { bytes, image, region, width, height });
  if (region) libvips.g_object_unref(region);
  libvips.g_object_unref(image);
  return undefined;
}

/** What libvips holds for a picture. */
interface OpenJpeg {
  readonly bytes: Uint8Array; // read by their address
  readonly image: object;
  readonly region: object;
  readonly width: number;
  readonly height: number;
}

class JpegRows implements OpenRows {
  readonly width: number;
  readonly height: number;
  readonly #box = new Int32Array(4); // VipsRect: left, top, width, height
  #read = 0;

  constructor(
    private readonly libvips: Libvips,
    private readonly jpeg: OpenJpeg,
  ) {
    this.width = jpeg.width;
    this.height = jpeg.height;
  }

  finish(): void {
    if (this.#read < this.height) this.copyRows({ top: this.height - 1, count: 1, left: 0, width: 1 }, new Uint8Array(3), 0);
  }

  /** @throws RowsFailedError for a damaged file */
  copyRows({ top, count, left, width }: RowPart, memory: Uint8Array, at: number): void {
    const { libvips } = this;
    this.#read = top + count;
    const size = count * width * 3;
    const image = libvips.vips_image_new_from_memory(memory.subarray(at, at + size), size, width, count, 3, UCHAR);
    const target = image && libvips.vips_region_new(image);
    try {
      this.#box.set([0, 0, width, count]);
      if (!target || libvips.vips_region_image(target, this.#box) !== 0) throw new RowsFailedError();
      this.#box.set([left, top, width, count]);
      if (libvips.vips_region_prepare_to(this.jpeg.region, target, this.#box, 0, 0) !== 0) throw new RowsFailedError();
    } catch (error) {
      libvips.vips_error_clear();
      throw error;
    } finally {
      if (target) libvips.g_object_unref(target);
      if (image) libvips.g_object_unref(image);
    }
  }

  close(): void {
    const { libvips } = this;
    libvips.g_object_unref(this.jpeg.region);
    libvips.g_object_unref(this.jpeg.image);
    libvips.vips_thread_shutdown(); // this thread's buffers
  }
}
