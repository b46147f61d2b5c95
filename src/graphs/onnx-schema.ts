import protobuf from 'protobufjs';

/** The part of ONNX's format that a tower needs; numbers as in onnx.proto (https://github.com/onnx/onnx, Apache-2.0). */
const SCHEMA = `
  syntax = "proto3";
  package onnx;
  message ModelProto { int64 ir_version = 1; string producer_name = 2; string producer_version = 3; GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8; }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
  message GraphProto { repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5; repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12; }
  message NodeProto { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated AttributeProto attribute = 5; string domain = 7; }
  message AttributeProto { string name = 1; float f = 2; int64 i = 3; string s = 4; repeated int64 ints = 8 [packed = false]; int32 type = 20; }
  message TensorProto { repeated int64 dims = 1 [packed = false]; int32 data_type = 2; string name = 8; bytes raw_data = 9; repeated Entry external_data = 13; int32 data_location = 14; }
  message Entry { string key = 1; string value = 2; }
  message ValueInfoProto { string name = 1; TypeProto type = 2; }
  message TypeProto { Tensor tensor_type = 1; message Tensor { int32 elem_type = 1; Shape shape = 2; } }
  message Shape { repeated Dimension dim = 1; message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } } }
`;

export const ONNX_TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10, bfloat16: 16 } as const;
export type OnnxType = keyof typeof ONNX_TYPES;

/** A node's attributes: whole numbers, lists of them, words, or floats. */
export type Attributes = Readonly<Record<string, number | string | readonly number[] | { readonly float: number }>>;

export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly opType: string;
  readonly domain: string;
  readonly attributes: Attributes;
}

/** Bytes of a file beside the graph. */
export interface FilePlace {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** A constant of the graph: its bytes inside, or a place in a file beside it. */
export interface TensorProto {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
  readonly data: Uint8Array | FilePlace;
}

export interface GraphPort {
  readonly name: string;
  readonly type: OnnxType;
  /** A string is a size that may vary. */
  readonly dims: readonly (number | string)[];
}

export interface GraphProto {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

/** The bytes of an ONNX model, operator set 17, with ONNX Runtime's own operators. */
export function encodeModel(graph: GraphProto): Uint8Array {
  const type = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('onnx.ModelProto');
  return type
    .encode({
      ir_version: 9,
      producer_name: 'labelwise',
      opset_import: [
        { domain: '', version: 17 },
        { domain: 'com.microsoft', version: 1 },
      ],
      graph: {
        name: graph.name,
        node: graph.nodes.map((node, i) => ({
          input: node.input,
          output: node.output,
          name: `${node.opType}_${i}`,
          op_type: node.opType,
          domain: node.domain,
          attribute: Object.entries(node.attributes).map(([name, value]) => toAttribute(name, value)),
        })),
        initializer: graph.initializers.map(toInitializer),
        input: graph.inputs.map(toPort),
        output: graph.outputs.map(toPort),
      },
    })
    .finish();
}

function toAttribute(name: string, value: Attributes[string]): object {
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if (typeof value === 'string') return { name, s: value, type: 3 };
  return 'float' in value ? { name, f: value.float, type: 1 } : { name, ints: value, type: 7 };
}

function toInitializer({ name, type, dims, data }: TensorProto): object {
  const common = { name, dims, data_type: ONNX_TYPES[type] };
  if (!('file' in data)) return { ...common, raw_data: data };
  const places = { location: data.file, offset: String(data.offset), length: String(data.length) };
  return { ...common, data_location: 1, external_data: Object.entries(places).map(([key, value]) => ({ key, value })) };
}

function toPort({ name, type, dims }: GraphPort): object {
  const dim = dims.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size }));
  return { name, type: { tensor_type: { elem_type: ONNX_TYPES[type], shape: { dim } } } };
}
