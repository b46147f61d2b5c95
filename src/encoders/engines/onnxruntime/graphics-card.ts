import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRequire } from '../../../files/package-root.js';

/** Whether ONNX Runtime may find something faster than the CPU here, by a look at files alone: loading it takes 50 ms. */
export function hasGraphicsCard(): boolean {
  if (process.platform !== 'linux') return true; // CoreML and DirectML need nothing
  return hasCuda() || hasGraphicsDevice();
}

/** Whether ONNX Runtime's CUDA libraries are installed. */
export const hasCuda = (): boolean => existsSync(join(binaryFolder(), 'libonnxruntime_providers_cuda.so'));

export const hasGraphicsDevice = (): boolean => existsSync('/dev/dri');

function binaryFolder(): string {
  const root = dirname(packageRequire().resolve('onnxruntime-node/package.json'));
  return join(root, 'bin', 'napi-v6', process.platform, process.arch);
}
