import type { RangeReader } from '../../files/range-reader.js';
import { readSafetensorsHeader } from './read-header.js';
import { DTYPE_BYTES, FLOAT_DECODERS } from './tensor-dtypes.js';

/**
 * Reads named scalars from a safetensors file: its header, then only the bytes of each scalar. Names that are not there, or are
 * no scalars, are left out.
 *
 * @throws LabelwiseError `CHECKPOINT_DAMAGED` when the header is not one
 */
export async function readSafetensorsScalars(read: RangeReader, names: readonly string[], file: string): Promise<Map<string, number>> {
  const header = await readSafetensorsHeader(read, file);
  const scalars = new Map<string, number>();
  for (const name of names) {
    const entry = header.get(name);
    const decode = entry && FLOAT_DECODERS[entry.dtype];
    if (!decode || entry.length !== DTYPE_BYTES[entry.dtype]) continue;
    const bytes = await read(entry.offset, entry.length);
    if (bytes.length === entry.length) scalars.set(name, decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0));
  }
  return scalars;
}
