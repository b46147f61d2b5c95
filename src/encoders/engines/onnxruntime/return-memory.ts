import { packageRequire } from '../../../files/package-root.js';

/** From glibc's malloc.h: the size from which a block is mapped by itself, so that freeing it gives its memory back to the system. */
const M_MMAP_THRESHOLD = -3;
/**
 * Smaller than the buffers of a model, larger than the rows that decoding a picture takes again and again. glibc starts at 128 KiB, which costs
 * a photo of 12 megapixels 40 ms for pages that are mapped anew each time.
 */
const THRESHOLD_BYTES = 1024 * 1024;

/**
 * Keeps glibc's malloc giving blocks of 1 MiB or more back when they are freed. By itself it raises that limit to the largest block that was
 * freed, up to 32 MiB, and the buffers that a model was read from then stay with the process: a fifth of what `classify` takes. Elsewhere, and
 * without koffi, nothing changes. It holds for the whole process, so it is for programs that own theirs (`ownsProcess`), as the command line does.
 */
export function returnFreedMemory(): void {
  if (process.platform !== 'linux') return;
  try {
    const koffi = packageRequire()('koffi') as typeof import('koffi');
    koffi.load('libc.so.6').func('int mallopt(int, int)')(M_MMAP_THRESHOLD, THRESHOLD_BYTES);
  } catch {
    // musl has no mallopt, and Node's permissions may forbid koffi: the process takes more memory
  }
}
