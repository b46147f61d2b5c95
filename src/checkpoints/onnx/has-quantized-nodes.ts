import { withFileRanges } from '../safetensors/file-ranges.js';
import { type OutlineNode, readOnnxOutline } from './read-outline.js';

const QUANTIZED = /Quantize|MatMulInteger|ConvInteger|QLinear|MatMulNBits/;

/** Whether an ONNX file quantises what it computes, by its operators. */
export const hasQuantizedNodes = (path: string): Promise<boolean> => hasNodes(path, QUANTIZED);

/** Whether a range that the values of the whole batch set quantises them. ONNX's other quantisers have their ranges in the file. */
export const hasDynamicRanges = (path: string): Promise<boolean> => hasNodes(path, /^DynamicQuantize/);

async function hasNodes(path: string, operator: RegExp): Promise<boolean> {
  const { nodes } = await withFileRanges(path, readOnnxOutline);
  const isOne = ({ op_type, attribute }: OutlineNode): boolean =>
    operator.test(op_type) || attribute.some(({ g }) => g?.node.some(isOne) ?? false);
  return nodes.some(isOne);
}
