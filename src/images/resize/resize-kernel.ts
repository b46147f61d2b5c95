import { openWasm, type WasmMemory } from '../../files/open-wasm.js';
import { packageFile } from '../../files/package-root.js';

/** assembly/resize-kernel.ts, compiled: pointers and sizes are bytes of `memory`. */
export interface ResizeKernel {
  readonly memory: WasmMemory;
  resizeHorizontally(
    source: number,
    sourceStride: number,
    rows: number,
    pixels: number,
    pairs: number,
    starts: number,
    groups: number,
    weights: number,
    stride: number,
    width: number,
    target: number,
    targetStride: number,
  ): void;
  resizeVertically(
    window: number,
    windowStride: number,
    firstRow: number,
    starts: number,
    pairs: number,
    weights: number,
    stride: number,
    from: number,
    to: number,
    rowBytes: number,
    target: number,
    targetStride: number,
  ): void;
  normalizeRows(source: number, sourceStride: number, rows: number, width: number, table: number, target: number, planeBytes: number): void;
}

/**
 * An instance with its own memory, or undefined if the machine has no WebAssembly SIMD.
 *
 * @throws LabelwiseError `PACKAGE_INCOMPLETE` where the file is missing
 */
export function openResizeKernel(file = packageFile('dist/images/resize/resize-kernel.wasm')): ResizeKernel | undefined {
  return openWasm(file);
}

let opened: { kernel: ResizeKernel | undefined } | undefined;

/** This thread's kernel, opened when it is first needed and used again: its memory is scratch, nothing outlasts a call. */
export function sharedResizeKernel(): ResizeKernel | undefined {
  opened ??= { kernel: openResizeKernel() };
  return opened.kernel;
}
