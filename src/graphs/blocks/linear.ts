import type { GraphBuilder, Value } from '../graph-builder.js';

/** A learned projection: weight [out, in] as torch keeps it, or [in, out] when transposed; bias [out]. */
export interface LinearNames {
  readonly weight: string;
  readonly bias?: string;
  readonly isTransposed?: boolean;
  /** Which of the equal parts of a fused weight. */
  readonly part?: { readonly index: number; readonly of: number };
  /** The same for a fused bias. */
  readonly biasPart?: { readonly index: number; readonly of: number };
  /** It makes the embedding: weight formats may treat it with more care. */
  readonly isProjection?: boolean;
}

export const linearNames = (prefix: string): LinearNames => ({ weight: `${prefix}.weight`, bias: `${prefix}.bias` });

/** x: [rows, from] -> [rows, to] */
export function linear(b: GraphBuilder, x: Value, names: LinearNames, from: number, to: number): Value {
  const product = linearProduct(b, x, names, from, to);
  return names.bias === undefined ? product : b.node('Add', [product, b.weight(names.bias, [to])]);
}

/** The same without its bias, for those that add it along with something else. */
export function linearProduct(b: GraphBuilder, x: Value, names: LinearNames, from: number, to: number): Value {
  const { weight: name, isTransposed = false, isProjection = false, part } = names;
  return b.format.multiply(b, x, { name, from, to, isTransposed, isProjection, ...(part ? { part } : {}) });
}
