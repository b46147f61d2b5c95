import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredTensor } from '../../checkpoints/safetensors/read-weights.js';
import { DTYPE_BYTES } from '../../checkpoints/safetensors/tensor-dtypes.js';
import { throwIfAborted } from '../../errors.js';
import type { PlannedTensor } from './int8-plan.js';
import { quantizeRow, quantizeWeights, toFloats } from './quantize-tensor.js';

const CHUNK_BYTES = 8 * 2 ** 20;

/** Writes the file of a plan, a few megabytes at a time. `dataFolder` holds the weights. */
export async function writeInt8File(
  path: string,
  tensors: readonly PlannedTensor[],
  dataFolder: string,
  options: { readonly signal?: AbortSignal | undefined; readonly onProgress?: ((done: number, total: number) => void) | undefined } = {},
): Promise<void> {
  const sources = new Map<string, FileHandle>();
  const target = await open(path, 'wx');
  try {
    for (const [i, tensor] of tensors.entries()) {
      throwIfAborted(options.signal);
      const { file } = tensor.source;
      const source = sources.get(file) ?? (await open(join(dataFolder, file)));
      sources.set(file, source);
      await (tensor.how === 'copy' ? copy(source, target, tensor) : quantize(source, target, tensor));
      options.onProgress?.(i + 1, tensors.length);
    }
    await target.sync();
  } finally {
    await Promise.all([target, ...sources.values()].map((file) => file.close()));
  }
}

async function copy(from: FileHandle, to: FileHandle, { source, values }: PlannedTensor): Promise<void> {
  for (let done = 0; done < source.length; done += CHUNK_BYTES) {
    const bytes = await read(from, source.offset + done, Math.min(CHUNK_BYTES, source.length - done));
    await to.write(bytes, 0, bytes.length, values.offset + done);
  }
}

async function quantize(from: FileHandle, to: FileHandle, { source, how, values, scales }: PlannedTensor): Promise<void> {
  const [rows = 0, width = 0] = source.shape;
  const isTransposed = how === 'columns';
  const perChunk = isTransposed ? rows : Math.max(1, Math.floor(CHUNK_BYTES / width));
  const found = new Float32Array(rows);
  for (let start = 0; start < rows; start += perChunk) {
    const count = Math.min(perChunk, rows - start);
    const target = new Int8Array(count * width);
    for await (const { row, index } of rowsOf(from, source, start, count)) {
      found[start + index] = isTransposed
        ? quantizeWeights(row, { values: target, at: index, stride: rows })
        : quantizeRow(row, { values: target, at: index * width, stride: 1 });
    }
    await to.write(target, 0, target.length, values.offset + start * width);
  }
  await to.write(new Uint8Array(found.buffer), 0, found.byteLength, (scales as { offset: number }).offset);
}

/** Rows of a stored matrix [rows, width] as float32, read in chunks. */
async function* rowsOf(
  from: FileHandle,
  source: StoredTensor,
  start: number,
  count: number,
): AsyncGenerator<{ row: Float32Array; index: number }> {
  const width = source.shape[1] as number;
  const rowBytes = width * DTYPE_BYTES[source.dtype];
  const perRead = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
  for (let at = 0; at < count; at += perRead) {
    const some = Math.min(perRead, count - at);
    const floats = toFloats(await read(from, source.offset + (start + at) * rowBytes, some * rowBytes), source.dtype);
    for (let i = 0; i < some; i++) yield { row: floats.subarray(i * width, (i + 1) * width), index: at + i };
  }
}

async function read(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(length);
  await file.read(buffer, 0, length, offset);
  return buffer;
}
