import { LabelwiseError } from '../../errors.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { type LinearNames, linearProduct } from './linear.js';

export interface AttentionShape {
  readonly width: number;
  readonly heads: number;
}

/** Projections of queries, keys and values: one each, or fused in one weight [3 width, width]. */
export type QkvNames =
  | { readonly query: LinearNames; readonly key: LinearNames; readonly value: LinearNames }
  | { readonly fusedWeight: string; readonly fusedBias?: string };

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
    'fusedWeight' in names
      ? b.format.multiply(b, x, { name: names.fusedWeight, from: width, to: width, part: { index: FUSED[part], of: 3 } })
      : linearProduct(b, x, names[part], width, width);
  const query = b.node('Reshape', [project(rows.queries, 'query'), shapes.queries]);
  const key = b.node('Reshape', [project(rows.keys, 'key'), shapes.keys]);
  const value = b.node('Reshape', [project(rows.keys, 'value'), shapes.keys]);
  const mixed = b.node('MultiHeadAttention', [query, key, value, qkvBias(b, names, width), mask.keyLengths ?? ''], {
    num_heads: heads,
    unidirectional: mask.isCausal ? 1 : 0,
  });
  return b.node('Reshape', [mixed, b.integers([-1, width])]);
}

/** The biases of all three projections in one [3 width]: the attention adds them while it splits the heads. */
function qkvBias(b: GraphBuilder, names: QkvNames, width: number): Value {
  if ('fusedWeight' in names) return names.fusedBias === undefined ? '' : b.weight(names.fusedBias, [3 * width]);
  const biases = [names.query.bias, names.key.bias, names.value.bias].filter((name) => name !== undefined);
  return biases.length < 3
    ? ''
    : b.node(
        'Concat',
        biases.map((name) => b.weight(name, [width])),
        { axis: 0 },
      ); // folded at load
}
