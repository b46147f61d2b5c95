import { readFileSync } from 'node:fs';
import { messageOf } from '../errors.js';
import { incompletePackage } from './package-root.js';

/** The part of Node's global that is used: TypeScript's own types of it come only with those of a browser. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/** The memory of a WebAssembly instance. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/**
 * What a WebAssembly file of the package exports, with a memory of its own; undefined where the machine has no WebAssembly SIMD.
 *
 * @throws LabelwiseError `PACKAGE_INCOMPLETE` where the file is missing
 */
export function openWasm<T>(file: string): T | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw incompletePackage(`${file} cannot be read: ${messageOf(cause)}`, cause);
  }
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as T;
  } catch {
    return undefined;
  }
}
