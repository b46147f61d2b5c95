import { dirname, join, normalize } from 'node:path';
import type { RangeReader } from '../../files/range-reader.js';
import type { KnownLogits } from '../checkpoint-folder.js';
import { withFileRanges } from '../safetensors/file-ranges.js';
import { FLOAT_DECODERS, type TensorDtype } from '../safetensors/tensor-dtypes.js';
import { type OnnxOutline, type OutlineNode, type OutlineTensor, readOnnxOutline } from './read-outline.js';

/** Scale and bias from a joint model on disk; undefined where its graph does not show them. */
export async function readJointLogits(folder: string, file: string): Promise<KnownLogits | undefined> {
  const path = join(folder, file);
  const outline = await withFileRanges(path, readOnnxOutline);
  return traceLogits(outline, (location, use) => withFileRanges(join(dirname(path), location), use));
}

type OpenBeside = <T>(location: string, use: (read: RangeReader) => Promise<T>) => Promise<T>;

const OUTPUTS = ['logits_per_image', 'logits_per_text'];
/** Operators that only pass a value on. */
const PASSING = ['Transpose', 'Identity', 'Cast', 'Reshape', 'Squeeze', 'Unsqueeze'];

/**
 * Follows the logits back to the product of the embeddings: what is added on the way is the bias, what multiplies it the scale. Exporters keep
 * both as constants, but under names of their own.
 */
export async function traceLogits({ nodes, tensors }: OnnxOutline, open: OpenBeside): Promise<KnownLogits | undefined> {
  const makers = new Map(nodes.flatMap((node) => node.output.map((name): [string, OutlineNode] => [name, node])));
  const constantOf = async (name: string | undefined): Promise<number | undefined> => {
    const node = makers.get(name ?? '');
    if (!node) return scalarOf(tensors.get(name ?? ''), open);
    if (node.op_type === 'Constant') return scalarOf(node.attribute.find((attribute) => attribute.name === 'value')?.t ?? undefined, open);
    const inner = node.op_type === 'Exp' || PASSING.includes(node.op_type) ? await constantOf(node.input[0]) : undefined;
    return node.op_type === 'Exp' && inner !== undefined ? Math.exp(inner) : inner;
  };
  let [scale, bias]: [number | undefined, number] = [undefined, 0];
  let node = OUTPUTS.map((name) => makers.get(name)).find((found) => found !== undefined);
  while (node) {
    const [a, b] = node.input;
    if (node.op_type === 'Add' || node.op_type === 'Mul') {
      const [left, right] = [await constantOf(a), await constantOf(b)];
      const constant = left ?? right;
      if (constant === undefined) break;
      if (node.op_type === 'Mul') scale = (scale ?? 1) * constant;
      else bias += constant * (scale ?? 1);
      node = makers.get((left === undefined ? a : b) ?? '');
    } else if (PASSING.includes(node.op_type)) node = makers.get(a ?? '');
    else break;
  }
  return scale === undefined ? undefined : { logitScale: scale, logitBias: bias, source: 'joint' };
}

/** ONNX's numbers for the float formats. */
const FLOAT_TYPES: Readonly<Record<number, TensorDtype>> = { 1: 'F32', 10: 'F16', 11: 'F64', 16: 'BF16' };

async function scalarOf(tensor: OutlineTensor | undefined, open: OpenBeside): Promise<number | undefined> {
  const decode = tensor && FLOAT_DECODERS[FLOAT_TYPES[tensor.data_type] ?? 'U8'];
  if (!tensor || !decode || tensor.dims.some((size) => Number(size) !== 1)) return undefined;
  const written = tensor.float_data[0] ?? tensor.double_data[0];
  if (written !== undefined) return written;
  const bytes =
    tensor.int32_data[0] !== undefined ? Uint8Array.of(tensor.int32_data[0] & 255, tensor.int32_data[0] >> 8) : await bytesOf(tensor, open);
  return bytes.length < 2 ? undefined : decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
}

/** The bytes of a small tensor, which may lie in a file beside the model: never outside its folder. */
async function bytesOf({ raw_data, external_data }: OutlineTensor, open: OpenBeside): Promise<Uint8Array> {
  const { location, offset = '0', length = '8' } = Object.fromEntries(external_data.map(({ key, value }) => [key, value]));
  if (location === undefined) return raw_data;
  if (normalize(location).startsWith('..') || location.startsWith('/')) return new Uint8Array();
  return open(location, (read) => read(Number(offset), Math.min(8, Number(length))));
}
