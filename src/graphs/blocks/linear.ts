import type { GraphBuilder, Value } from '../graph-builder.js';

/** A learned projection: weight [out, in] as torch keeps it, or [in, out] when transposed; bias [out]. */
export interface LinearNames {
  readonly weight: string;
  readonly bias?: string;
  readonly isTransposed?: boolean;
  /** Which of the equal parts of a fused weight. */
  readonly part?: { readonly index: number; readonly of: number };
  /** Which of the equal parts of the weight's inputs. */
  readonly columns?: { readonly index: number; readonly of: number };
  /** The same for a fused bias. */
  readonly biasPart?: { readonly index: number; readonly of: number };
  /** It makes the embedding: weight formats may treat it with more care. */
  readonly isProjection?: boolean;
}

export const linearNames = (prefix: string): LinearNames => ({ weight: `${prefix}.weight`, bias: `${prefix}.bias` });

/** One of the equal parts into which a weight and its bias are fused. */
export const fusedPart = (names: LinearNames, part: NonNullable<LinearNames['part']>): LinearNames => ({ ...names, part, biasPart: part });

/** x: [rows, from] -> [rows, to] */
export function linear(b: GraphBuilder, x: Value, names: LinearNames, from: number, to: number): Value {
  const product = linearProduct(b, x, names, from, to);
  const bias = biasOf(b, names, to);
  return bias === undefined ? product : b.node('Add', [product, bias]);
}

/** The weight, or the part of it: [to, from] */
export function weightOf(b: GraphBuilder, { weight, part }: LinearNames, from: number, to: number): Value {
  return part ? b.slice(weight, [to * part.of, from], part) : b.weight(weight, [to, from]);
}

/** The bias, or the part of it, where there is one: [to] */
export function biasOf(b: GraphBuilder, { bias, biasPart }: LinearNames, to: number): Value | undefined {
  if (bias === undefined) return undefined;
  return biasPart ? b.slice(bias, [to * biasPart.of], biasPart) : b.weight(bias, [to]);
}

/** The same without its bias, for those that add it along with something else. */
export function linearProduct(b: GraphBuilder, x: Value, names: LinearNames, from: number, to: number): Value {
  const { weight: name, isTransposed = false, isProjection = false, part, columns } = names;
  return b.format.multiply(b, x, { name, from, to, isTransposed, isProjection, ...(part && { part }), ...(columns && { columns }) });
}
