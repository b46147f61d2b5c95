import { LabelwiseError } from '../../../errors.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { type LinearNames, linear } from './linear.js';

export interface AttentionShape {
  readonly width: number;
  readonly heads: number;
}

/** Projections of queries, keys and values: one each, or fused in one weight [3 width, width]. */
export type QkvNames =
  | { readonly query: LinearNames; readonly key: LinearNames; readonly value: LinearNames }
  | { readonly fusedWeight: string; readonly fusedBias: string };

/** The order in which torch fuses them. */
const FUSED = { query: 0, key: 1, value: 2 };

/** Which keys a query may look at. */
export interface AttentionMask {
  /** Only those at its place and before. */
  readonly isCausal?: boolean;
  /** Only the first of each text: [batch], int32. */
  readonly keyLengths?: Value;
}

/**
 * Multi-head attention (Vaswani et al., 2017) without its output projection.
 * queries: [batch * n, width], keys: [batch * m, width] -> [batch * n, width]
 */
export function attention(
  b: GraphBuilder,
  rows: { readonly queries: Value; readonly keys: Value },
  shapes: { readonly queries: Value; readonly keys: Value },
  names: QkvNames,
  { width, heads }: AttentionShape,
  mask: AttentionMask = {},
): Value {
  if (width % heads !== 0) {
    throw new LabelwiseError('CHECKPOINT_UNSUPPORTED', `Expected a width that its heads divide, got ${width} and ${heads} heads.`);
  }
  const project = (x: Value, part: keyof typeof FUSED): Value =>
    'fusedWeight' in names ? fusedPart(b, x, names, part, width) : linear(b, x, names[part], width, width);
  const query = b.node('Reshape', [project(rows.queries, 'query'), shapes.queries]);
  const key = b.node('Reshape', [project(rows.keys, 'key'), shapes.keys]);
  const value = b.node('Reshape', [project(rows.keys, 'value'), shapes.keys]);
  const mixed = b.node('MultiHeadAttention', [query, key, value, '', mask.keyLengths ?? ''], {
    num_heads: heads,
    unidirectional: mask.isCausal ? 1 : 0,
  });
  return b.node('Reshape', [mixed, b.integers([-1, width])]);
}

/** A third of a fused projection. */
function fusedPart(
  b: GraphBuilder,
  x: Value,
  fused: { fusedWeight: string; fusedBias: string },
  which: keyof typeof FUSED,
  width: number,
): Value {
  const part = { index: FUSED[which], of: 3 };
  const product = b.format.multiply(b, x, { name: fused.fusedWeight, from: width, to: width, part });
  return b.node('Add', [product, b.slice(fused.fusedBias, [3 * width], part)]);
}
