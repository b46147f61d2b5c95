import type { StoredTensor, Weights } from '../checkpoints/safetensors/read-weights.js';
import type { TensorDtype } from '../checkpoints/safetensors/tensor-dtypes.js';
import {
  type Attributes,
  encodeModel,
  type FilePlace,
  type GraphPort,
  type NodeProto,
  ONNX_TYPES,
  type OnnxType,
  type TensorProto,
} from './onnx-schema.js';

/** The name of a tensor in the graph: an input, a constant, or what a node gives. */
export type Value = string;

/** The operators that are ONNX Runtime's own. */
const MICROSOFT = new Set([
  'FastGelu',
  'FusedMatMul',
  'Gelu',
  'MatMulIntegerToFloat',
  'MultiHeadAttention',
  'QuickGelu',
  'RotaryEmbedding',
]);
const TYPES: Partial<Record<TensorDtype, OnnxType>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/** What is wrong with a checkpoint's tensors for the family that it says it is. */
export interface Mismatch {
  readonly missing: string[];
  readonly misshapen: string[];
}

/** A matrix of the checkpoint: [out, in] as torch keeps it, or [in, out] when transposed. `part` is a slice of its rows. */
export interface Matrix {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly isTransposed?: boolean;
  /** It makes the embedding, and nothing comes after it. */
  readonly isProjection?: boolean;
  readonly part?: { readonly index: number; readonly of: number };
  /** A slice of the columns of torch's [out, in]: `from` is its width. */
  readonly columns?: { readonly index: number; readonly of: number };
}

/** How a graph holds its weights: where their bytes are, and how the two operations that use most of them are written. */
export interface WeightFormat {
  /** Where the stored bytes of a tensor are found from the graph. */
  place(tensor: StoredTensor): FilePlace;
  /** In how many parts an MLP's inner width is computed. */
  hiddenParts(hidden: number): number;
  /** Whether weights are not packed when the session opens: the parts of an MLP are then views of them. */
  readonly isUnpacked?: boolean;
  /** x: [rows, from] -> [rows, to] */
  multiply(b: GraphBuilder, x: Value, matrix: Matrix): Value;
  /** Rows of a table [rows, width] by ids, as float32. */
  gather(b: GraphBuilder, table: string, ids: Value, shape: readonly [number, number]): Value;
}

/** Writes a graph node by node; its weights are places in the checkpoint's files. */
export class GraphBuilder {
  readonly #nodes: NodeProto[] = [];
  readonly #initializers = new Map<string, TensorProto>();
  readonly #floats = new Map<string, Value>();
  readonly #inputs: GraphPort[] = [];
  readonly #outputs: GraphPort[] = [];
  readonly #mismatch: Mismatch = { missing: [], misshapen: [] };
  readonly #used = new Set<string>();

  constructor(
    readonly name: string,
    private readonly weights: Weights,
    readonly format: WeightFormat,
  ) {}

  get mismatch(): Mismatch {
    return this.#mismatch;
  }

  /** Names of the checkpoint's tensors that the graph reads. */
  get used(): ReadonlySet<string> {
    return this.#used;
  }

  input(name: string, type: OnnxType, dims: GraphPort['dims']): Value {
    this.#inputs.push({ name, type, dims });
    return name;
  }

  output(value: Value, name: string, dims: GraphPort['dims']): void {
    this.#nodes.push({ input: [value], output: [name], opType: 'Identity', domain: '', attributes: {} });
    this.#outputs.push({ name, type: 'float32', dims });
  }

  /** Adds a node and gives its first output. */
  node(opType: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
    return this.nodes(opType, inputs, attributes, 1)[0] as Value;
  }

  /** Adds a node of several outputs; all of them are named. */
  nodes(opType: string, inputs: readonly Value[], attributes: Attributes, outputs: number): Value[] {
    const names = Array.from({ length: outputs }, (_, i) => `${opType}_${this.#nodes.length}${i === 0 ? '' : `_${i}`}`);
    this.#nodes.push({ input: inputs, output: names, opType, domain: MICROSOFT.has(opType) ? 'com.microsoft' : '', attributes });
    return names;
  }

  /** Whole numbers that the graph carries: shapes, axes, positions. */
  integers(values: readonly number[], dims: readonly number[] = [values.length], type: 'int64' | 'int32' = 'int64'): Value {
    const name = `${type}_${values.join('_')}_${dims.join('x')}`;
    const array = type === 'int64' ? BigInt64Array.from(values, BigInt) : Int32Array.from(values);
    return this.constant(name, type, dims, new Uint8Array(array.buffer));
  }

  floats(values: readonly number[], dims: readonly number[]): Value {
    return this.constant(`floats_${values.join('_')}`, 'float32', dims, new Uint8Array(Float32Array.from(values).buffer));
  }

  constant(name: string, type: OnnxType, dims: readonly number[], data: TensorProto['data']): Value {
    if (!this.#initializers.has(name)) this.#initializers.set(name, { name, type, dims, data });
    return name;
  }

  /** A tensor of the checkpoint as it is stored; 16-bit values stay so. */
  stored(name: string, shape: readonly number[]): Value {
    if (this.#initializers.has(name)) return name;
    const tensor = this.find(name, shape);
    if (tensor === undefined) return name;
    return this.constant(name, TYPES[tensor.dtype] as OnnxType, shape, this.format.place(tensor));
  }

  /** A tensor of the checkpoint as float32: 16-bit values are cast once, when the session loads. */
  weight(name: string, shape: readonly number[]): Value {
    const stored = this.stored(name, shape);
    if (this.weights.get(name)?.dtype === 'F32' || !this.#initializers.has(name)) return stored;
    return this.#castOnce(stored);
  }

  #castOnce(stored: Value): Value {
    const known = this.#floats.get(stored);
    if (known !== undefined) return known;
    const cast = this.toFloat(stored);
    this.#floats.set(stored, cast);
    return cast;
  }

  /** One of equal slices of a tensor along its first axis, as float32: its rows lie together in the file. */
  slice(name: string, shape: readonly [number, ...number[]], part: { readonly index: number; readonly of: number }): Value {
    const tensor = this.find(name, shape);
    return tensor === undefined ? name : this.#placed(`${name}[${part.index}/${part.of}]`, sliceTensor(tensor, part));
  }

  /** A tensor of the checkpoint, as float32, read as if it had another shape of as many values. */
  view(name: string, shape: readonly number[], dims: readonly number[]): Value {
    const tensor = this.find(name, shape);
    return tensor === undefined ? name : this.#placed(`${name}[${dims.join('x')}]`, { ...tensor, shape: [...dims] });
  }

  #placed(label: string, tensor: StoredTensor): Value {
    const type = TYPES[tensor.dtype] as OnnxType;
    const stored = this.constant(label, type, tensor.shape, this.format.place(tensor));
    return type === 'float32' ? stored : this.#castOnce(stored);
  }

  toFloat(value: Value): Value {
    return this.node('Cast', [value], { to: ONNX_TYPES.float32 });
  }

  /** Whether the checkpoint has such a tensor: for parts that some models lack. */
  has(name: string): boolean {
    return this.weights.has(name);
  }

  /** How many layers there are, from 0 without a gap, by a tensor that each has. */
  countLayers(nameOf: (layer: number) => string): number {
    let layers = 1;
    while (this.has(nameOf(layers))) layers++;
    return layers;
  }

  /** The shape of a checkpoint's tensor, for sizes that no configuration says; empty where there is none. */
  shapeOf(name: string): readonly number[] {
    return this.weights.get(name)?.shape ?? [];
  }

  isSixteenBit(name: string): boolean {
    return ['F16', 'BF16'].includes(this.weights.get(name)?.dtype ?? '');
  }

  /** Looks a tensor up and notes what is wrong with it; undefined when anything is. */
  find(name: string, shape: readonly number[]): StoredTensor | undefined {
    const tensor = this.weights.get(name);
    this.#used.add(name);
    if (!tensor) this.#mismatch.missing.push(name);
    else if (TYPES[tensor.dtype] === undefined || !isSameShape(tensor.shape, shape)) {
      this.#mismatch.misshapen.push(`${name} is ${tensor.dtype} [${tensor.shape}] and should be [${shape}]`);
    } else return tensor;
    return undefined;
  }

  /** The bytes of the ONNX file. */
  finish(): Uint8Array {
    return encodeModel({
      name: this.name,
      nodes: this.#nodes,
      initializers: [...this.#initializers.values()],
      inputs: this.#inputs,
      outputs: this.#outputs,
    });
  }
}

/** A tensor's rows, cut into equal parts. */
export function sliceTensor(tensor: StoredTensor, { index, of }: { readonly index: number; readonly of: number }): StoredTensor {
  const [rows = 0, ...rest] = tensor.shape;
  const length = tensor.length / of;
  return { ...tensor, shape: [rows / of, ...rest], offset: tensor.offset + index * length, length };
}

function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}
