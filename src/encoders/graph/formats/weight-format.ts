import type { StoredTensor } from '../../safetensors/read-weights.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import type { FilePlace } from '../onnx-schema.js';

/** A matrix of the checkpoint: [out, in] as torch keeps it, or [in, out] when transposed. `part` is a slice of its rows. */
export interface Matrix {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly isTransposed?: boolean;
  /** It makes the embedding, and nothing comes after it. */
  readonly isProjection?: boolean;
  readonly part?: { readonly index: number; readonly of: number };
}

/** How a graph holds its weights: where their bytes are, and how the two operations that use most of them are written. */
export interface WeightFormat {
  /** Where the stored bytes of a tensor are found from the graph. */
  place(tensor: StoredTensor): FilePlace;
  /** x: [rows, from] -> [rows, to] */
  multiply(b: GraphBuilder, x: Value, matrix: Matrix): Value;
  /** Rows of a table [rows, width] by ids, as float32. */
  gather(b: GraphBuilder, table: string, ids: Value, shape: readonly [number, number]): Value;
}
