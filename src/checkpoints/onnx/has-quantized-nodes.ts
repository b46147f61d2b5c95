import { withFileRanges } from '../safetensors/file-ranges.js';
import { readOnnxOutline } from './read-outline.js';

const QUANTIZED = /Quantize|MatMulInteger|ConvInteger|QLinear|MatMulNBits/;

/** Whether an ONNX file quantises what it computes, by its operators. */
export async function hasQuantizedNodes(path: string): Promise<boolean> {
  const { nodes } = await withFileRanges(path, readOnnxOutline);
  return nodes.some((node) => QUANTIZED.test(node.op_type));
}
