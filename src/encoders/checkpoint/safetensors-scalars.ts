import { open } from 'node:fs/promises';
import { z } from 'zod';
import { LabelwiseError } from '../../errors.js';

/** Reads a byte range of a file, wherever it is: `length` bytes from `offset`. */
export type RangeReader = (offset: number, length: number) => Promise<Uint8Array>;

const MAX_HEADER_BYTES = 100 * 2 ** 20; // the format's own limit
const DECODERS: Record<string, (view: DataView) => number> = {
  F64: (view) => view.getFloat64(0, true),
  F32: (view) => view.getFloat32(0, true),
  F16: (view) => decodeFloat16(view.getUint16(0, true)),
  BF16: (view) => decodeBfloat16(view.getUint16(0, true)),
};
const BYTES: Record<string, number> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.number()),
  data_offsets: z.tuple([z.number().int().min(0), z.number().int().min(0)]),
});

/**
 * Reads named scalars from a safetensors file: the 8-byte header length, the JSON header, then only the bytes of each scalar.
 * Names that are not there, or are no scalars, are left out. Format: https://github.com/huggingface/safetensors
 *
 * @throws LabelwiseError `CHECKPOINT_DAMAGED` when the header is not one
 */
export async function readSafetensorsScalars(read: RangeReader, names: readonly string[]): Promise<Map<string, number>> {
  const lengthBytes = await read(0, 8);
  const headerLength = lengthBytes.length === 8 ? Number(toView(lengthBytes).getBigUint64(0, true)) : 0;
  if (headerLength < 2 || headerLength > MAX_HEADER_BYTES) throw damaged(`its header length is ${headerLength}`);
  const header = parseHeader(await read(8, headerLength));
  const scalars = new Map<string, number>();
  for (const name of names) {
    const entry = entrySchema.safeParse(header[name]).data;
    const decode = entry && DECODERS[entry.dtype];
    if (!decode || entry.shape.reduce((product, size) => product * size, 1) !== 1) continue;
    const bytes = await read(8 + headerLength + entry.data_offsets[0], BYTES[entry.dtype] as number);
    if (bytes.length < (BYTES[entry.dtype] as number)) throw damaged('it ends before its weights do');
    scalars.set(name, decode(toView(bytes)));
  }
  return scalars;
}

/** Reads ranges of a local file. */
export async function withFileRanges<T>(path: string, use: (read: RangeReader) => Promise<T>): Promise<T> {
  const file = await open(path);
  try {
    return await use(async (offset, length) => {
      const buffer = Buffer.alloc(Math.min(length, Math.max(0, (await file.stat()).size - offset)));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      return buffer.subarray(0, bytesRead);
    });
  } finally {
    await file.close();
  }
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw damaged('its header is not JSON', cause);
  }
}

function damaged(why: string, cause?: unknown): LabelwiseError {
  return new LabelwiseError('CHECKPOINT_DAMAGED', `model.safetensors cannot be read: ${why}.`, {
    hint: 'Download it again: labelwise models pull.',
    cause,
  });
}

function toView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decodeBfloat16(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] as number;
}

/** IEEE 754 half precision to a number. */
export function decodeFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
