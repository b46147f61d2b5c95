import { LabelwiseError } from '../../errors.js';
import { damagedImage, unsupportedImage } from './image-faults.js';
import { findDecoder } from './load-decoder.js';
import type { OpenedPicture } from './opened-picture.js';
import type { Picture } from './to-rgb.js';

/** The part of libheif's build that we use. Its own `HeifDecoder` prints on stdout what goes wrong. */
interface LibHeif {
  heif_context_alloc(): number;
  heif_context_free(context: number): void;
  heif_context_read_from_memory(context: number, bytes: Uint8Array): HeifError;
  heif_js_context_get_primary_image_handle(context: number): number | HeifError;
  heif_image_handle_get_width(handle: number): number;
  heif_image_handle_get_height(handle: number): number;
  heif_image_handle_release(handle: number): void;
  heif_js_decode_image2(handle: number, colours: unknown, chroma: unknown): Promise<HeifError | HeifPicture>;
  heif_image_release(image: number): void;
  readonly heif_colorspace: { readonly heif_colorspace_RGB: unknown };
  readonly heif_chroma: { readonly heif_chroma_interleaved_RGBA: unknown };
}
interface HeifError {
  readonly code: { readonly value?: number } | number;
  readonly message: string;
}
interface HeifPicture {
  readonly code?: undefined;
  readonly image: number;
  readonly channels: readonly { readonly width: number; readonly height: number; readonly stride: number; readonly data: Uint8Array }[];
}

const LARGE_PIXELS = 30e6;

/** Undefined until it is needed, and again after it has broken down. */
let library: LibHeif | undefined;

function openLibrary(): LibHeif {
  library ??= (findDecoder('libheif-js', 'HEIC and HEIF').require('libheif-wasm/libheif-bundle.js') as () => LibHeif)();
  return library;
}

const hasFailed = (answer: number | HeifError | HeifPicture | undefined): answer is HeifError =>
  typeof answer === 'object' && answer.code !== undefined && (typeof answer.code === 'number' ? answer.code : answer.code.value) !== 0;

/** Opens a HEIC or HEIF, its primary picture, turned as it says: libheif does that, and EXIF's orientation is not applied again. */
export function openHeic(bytes: Uint8Array): OpenedPicture {
  const { width, height } = withPicture(bytes, (lib, handle) => sizeOf(lib, handle));
  return {
    width,
    height,
    bytesNeeded: width * height * 12,
    decode: () => withPicture(bytes, (lib, handle) => decode(lib, handle)),
  };
}

const sizeOf = (lib: LibHeif, handle: number) => ({
  width: lib.heif_image_handle_get_width(handle),
  height: lib.heif_image_handle_get_height(handle),
});

/** Opens the primary picture for some work, and frees it. What libheif itself breaks on is a fault of this picture, and the next gets another libheif. */
function withPicture<T>(bytes: Uint8Array, work: (lib: LibHeif, handle: number) => T): T {
  const lib = openLibrary();
  const context = lib.heif_context_alloc();
  const close = (handle?: number): void => {
    if (handle !== undefined) lib.heif_image_handle_release(handle);
    lib.heif_context_free(context);
  };
  let handle: number | undefined;
  try {
    const read = lib.heif_context_read_from_memory(context, bytes);
    if (hasFailed(read)) throw damagedImage('HEIF image', read.message);
    const found = lib.heif_js_context_get_primary_image_handle(context);
    if (!found || hasFailed(found)) throw damagedImage('HEIF image', hasFailed(found) ? found.message : 'it holds no picture');
    handle = found as number;
    const result = work(lib, handle);
    if (result instanceof Promise) return result.catch(toFault).finally(() => library === lib && close(handle)) as T;
    close(handle);
    return result;
  } catch (error) {
    const fault = error instanceof LabelwiseError;
    if (fault) close(handle);
    return toFault(error);
  }
}

function toFault(error: unknown): never {
  if (error instanceof LabelwiseError) throw error;
  library = undefined;
  throw damagedImage('HEIF image', 'its decoder broke down', error);
}

async function decode(lib: LibHeif, handle: number): Promise<Picture> {
  const { width, height } = sizeOf(lib, handle);
  const answer = await lib.heif_js_decode_image2(
    handle,
    lib.heif_colorspace.heif_colorspace_RGB,
    lib.heif_chroma.heif_chroma_interleaved_RGBA,
  );
  if (!answer || hasFailed(answer)) throw faultOf(answer);
  const { image, channels } = answer as HeifPicture;
  const [plane] = channels;
  const samples = new Uint8Array(width * height * 4);
  if (plane)
    for (let y = 0; y < height; y++) samples.set(plane.data.subarray(y * plane.stride, y * plane.stride + width * 4), y * width * 4);
  lib.heif_image_release(image);
  if (width * height > LARGE_PIXELS) library = undefined; // WebAssembly gives no memory back: the next picture gets a fresh one
  if (!plane || plane.width !== width || plane.height !== height)
    throw damagedImage('HEIF image', 'its picture has another size than its header');
  return { samples, width, height, form: 'rgba' };
}

const faultOf = (answer: HeifError | undefined): LabelwiseError =>
  /unsupported|no decod/i.test(answer?.message ?? '')
    ? unsupportedImage(`the codec of this HEIF image (${answer?.message})`)
    : damagedImage('HEIF image', answer?.message ?? 'it cannot be decoded');
