import { encodeFloat16 } from '../../checkpoints/safetensors/float16.js';
import { decodeFloat16 } from '../../checkpoints/safetensors/tensor-dtypes.js';
import { type Embedding, isUnit, normalize } from '../../core/embedding.js';
import { LabelwiseError } from '../../errors.js';
import type { TensorMessage } from '../engines/protocol.js';

/** Numbers as a tensor of the type that the model takes. The array's buffer is handed over. */
export function toFloatTensor(values: Float32Array<ArrayBuffer>, dims: readonly number[], type: string): TensorMessage {
  if (type !== 'float16') return { type: 'float32', data: values.buffer, dims };
  return { type: 'float16', data: Uint16Array.from(values, encodeFloat16).buffer, dims };
}

/** Token ids or a mask as a tensor. rows: [batch][tokens] of one length */
export function toIntTensor(rows: readonly (readonly number[])[], type: string): TensorMessage {
  const dims = [rows.length, rows[0]?.length ?? 0];
  const flat = rows.flat();
  if (type === 'int32') return { type: 'int32', data: Int32Array.from(flat).buffer, dims };
  if (type === 'bool') return { type: 'bool', data: Uint8Array.from(flat).buffer, dims };
  return { type: 'int64', data: BigInt64Array.from(flat, BigInt).buffer, dims };
}

/** The rows of a [batch, dimension] output as float32. */
export function toRows(tensor: TensorMessage, name: string): Float32Array[] {
  const [batch, dimension] = tensor.dims;
  if (tensor.dims.length !== 2 || batch === undefined || dimension === undefined) {
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `Expected the output ${name} as [batch, dimension], got [${tensor.dims.join(', ')}].`,
      {
        hint: 'The export gives hidden states instead of embeddings: export the model with its projection.',
      },
    );
  }
  const values = tensor.type === 'float16' ? Float32Array.from(new Uint16Array(tensor.data), decodeFloat16) : new Float32Array(tensor.data);
  return Array.from({ length: batch }, (_, row) => values.subarray(row * dimension, (row + 1) * dimension));
}

/** The first `count` rows of a [batch, dimension] output at unit length. @throws LabelwiseError `CHECKPOINT_DAMAGED` where one has no length */
export function toEmbeddings(tensor: TensorMessage, name: string, count: number): Embedding[] {
  const embeddings = toRows(tensor, name).slice(0, count).map(normalize);
  if (embeddings.every(isUnit)) return embeddings;
  throw new LabelwiseError('CHECKPOINT_DAMAGED', `The model gave ${name} without a direction: NaN, infinity or zeros alone.`, {
    hint: 'Its weights are broken, or overflow in this number format: download it again (labelwise models pull NAME), or choose another `dtype`.',
  });
}
