import { createRequire } from 'node:module';
import { packageRequire } from '../../files/package-root.js';
import { loadSharp } from '../load-sharp.js';

/** Something that libvips made, by its address. */
type Handle = object;

/** The functions of libvips's C library that read a picture row by row, which sharp does not offer. */
export interface Libvips {
  /** 0, and the image in `out`. Names and values of options follow in pairs, then null. */
  vips_jpegload_buffer(bytes: Uint8Array, size: number, out: [Handle | null], ...options: unknown[]): number;
  vips_image_new_from_memory(pixels: Uint8Array, size: number, width: number, height: number, bands: number, format: number): Handle | null;
  vips_image_get_width(image: Handle): number;
  vips_image_get_height(image: Handle): number;
  vips_image_get_bands(image: Handle): number;
  vips_image_get_format(image: Handle): number;
  vips_region_new(image: Handle): Handle | null;
  vips_region_image(region: Handle, box: Int32Array): number;
  vips_region_prepare_to(region: Handle, target: Handle, box: Int32Array, x: number, y: number): number;
  vips_error_clear(): void;
  vips_thread_shutdown(): void;
  g_object_unref(object: Handle): void;
}

let opened: { libvips: Libvips | undefined } | undefined;

/** It takes as long to load koffi as it saves on so many pixels. */
const PIXELS_WORTH_IT = 2_000_000;
let pixelsSeen = 0;

/**
 * The libvips that sharp brings and has loaded, for a picture of `pixels`. undefined while this thread has decoded too little for it to pay; where
 * sharp uses another libvips, or koffi is missing; and on Windows, where sharp's package does not name the file.
 */
export function openLibvips(pixels: number): Libvips | undefined {
  pixelsSeen += pixels;
  if (pixelsSeen < PIXELS_WORTH_IT) return undefined;
  opened ??= { libvips: bindLibvips() };
  return opened.libvips;
}

function bindLibvips(): Libvips | undefined {
  try {
    loadSharp(); // initialises the library
    const require = packageRequire();
    const file = findLibrary(require.resolve('sharp'));
    const koffi = require('koffi') as typeof import('koffi');
    const library = koffi.load(file);
    const functions = [
      'int vips_jpegload_buffer(void *bytes, size_t size, _Out_ void **out, ...)',
      'void *vips_image_new_from_memory(void *pixels, size_t size, int width, int height, int bands, int format)',
      'int vips_image_get_width(void *image)',
      'int vips_image_get_height(void *image)',
      'int vips_image_get_bands(void *image)',
      'int vips_image_get_format(void *image)',
      'void *vips_region_new(void *image)',
      'int vips_region_image(void *region, int *box)',
      'int vips_region_prepare_to(void *region, void *target, int *box, int x, int y)',
      'void vips_error_clear()',
      'void vips_thread_shutdown()',
      'void g_object_unref(void *object)',
    ].map((declaration) => library.func(declaration));
    if (library.func('int vips_init(str program)')('labelwise') !== 0) return undefined;
    return Object.fromEntries(functions.map((call) => [call.info.name, call])) as unknown as Libvips;
  } catch {
    return undefined; // sharp alone decodes then
  }
}

/** The file of sharp's own package for this system. */
function findLibrary(sharp: string): string {
  const require = createRequire(sharp);
  const { isNonGlibcLinuxSync } = require('detect-libc') as { isNonGlibcLinuxSync(): boolean };
  return require.resolve(`@img/sharp-libvips-${process.platform}${isNonGlibcLinuxSync() ? 'musl' : ''}-${process.arch}/binary`);
}
