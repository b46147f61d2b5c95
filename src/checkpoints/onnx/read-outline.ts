import protobuf from 'protobufjs';
import type { RangeReader } from '../../files/range-reader.js';

/** The part of ONNX's format that says how a graph computes from its small constants; numbers as in onnx.proto. */
const SCHEMA = `
  syntax = "proto3";
  message NodeProto { repeated string input = 1; repeated string output = 2; string op_type = 4; repeated AttributeProto attribute = 5; }
  message AttributeProto { string name = 1; TensorProto t = 5; GraphProto g = 6; }
  message GraphProto { repeated NodeProto node = 1; }
  message TensorProto { repeated int64 dims = 1; int32 data_type = 2; repeated float float_data = 4; repeated int32 int32_data = 5; string name = 8; bytes raw_data = 9; repeated double double_data = 10; repeated Entry external_data = 13; }
  message Entry { string key = 1; string value = 2; }
`;

export interface OutlineNode {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly op_type: string;
  readonly attribute: readonly OutlineAttribute[];
}

/** `g` is the branch of a condition or the body of a loop. */
interface OutlineAttribute {
  readonly name: string;
  readonly t?: OutlineTensor | null;
  readonly g?: { readonly node: readonly OutlineNode[] } | null;
}

export interface OutlineTensor {
  readonly name: string;
  readonly data_type: number;
  readonly dims: readonly unknown[];
  readonly float_data: readonly number[];
  readonly int32_data: readonly number[];
  readonly double_data: readonly number[];
  readonly raw_data: Uint8Array;
  readonly external_data: readonly { readonly key: string; readonly value: string }[];
}

/** A graph without its weights: all nodes, and the constants that are smaller than a few hundred bytes. */
export interface OnnxOutline {
  readonly nodes: readonly OutlineNode[];
  readonly tensors: ReadonlyMap<string, OutlineTensor>;
}

const [GRAPH, NODE, INITIALIZER] = [7, 1, 5]; // fields of ModelProto and GraphProto
const SMALL_TENSOR = 512;
const LARGEST_NODE = 2 ** 20;
const WINDOW = 2 ** 18;

/** Reads a model file in pieces and steps over its weights, so that a file of gigabytes costs what its nodes take. */
export async function readOnnxOutline(read: RangeReader, size: number): Promise<OnnxOutline> {
  const root = protobuf.parse(SCHEMA, { keepCase: true }).root;
  const [nodeType, tensorType] = [root.lookupType('NodeProto'), root.lookupType('TensorProto')];
  const bytesAt = windowed(read);
  const nodes: OutlineNode[] = [];
  const tensors = new Map<string, OutlineTensor>();
  for await (const part of fieldsOf(bytesAt, 0, size)) {
    if (part.field !== GRAPH) continue;
    for await (const { field, offset, length } of fieldsOf(bytesAt, part.offset, part.offset + part.length)) {
      if (field === NODE && length <= LARGEST_NODE) nodes.push(nodeType.decode(await bytesAt(offset, length)) as unknown as OutlineNode);
      if (field !== INITIALIZER || length > SMALL_TENSOR) continue;
      const tensor = tensorType.decode(await bytesAt(offset, length)) as unknown as OutlineTensor;
      tensors.set(tensor.name, tensor);
    }
  }
  return { nodes, tensors };
}

interface Field {
  readonly field: number;
  readonly offset: number;
  readonly length: number;
}

/** The length-delimited fields of a message; numbers are stepped over. */
async function* fieldsOf(bytesAt: RangeReader, start: number, end: number): AsyncGenerator<Field> {
  let at = start;
  while (at < end) {
    const reader = protobuf.Reader.create(await bytesAt(at, Math.min(20, end - at))); // a tag and a length take 20 bytes at most
    const tag = reader.uint32();
    if ((tag & 7) !== 2) {
      reader.skipType(tag & 7);
      at += reader.pos;
      continue;
    }
    const length = Number(reader.uint64());
    const offset = at + reader.pos;
    yield { field: tag >>> 3, offset, length };
    at = offset + length;
  }
}

/** Reads ahead, so that small reads one after another are few large ones. */
function windowed(read: RangeReader): RangeReader {
  let [start, window] = [0, new Uint8Array()];
  return async (offset, length) => {
    if (offset < start || offset + length > start + window.length) {
      window = Uint8Array.from(await read(offset, Math.max(length, WINDOW)));
      start = offset;
    }
    return window.subarray(offset - start, offset - start + length);
  };
}
