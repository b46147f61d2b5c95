import type { GraphBuilder, Value } from '../graph-builder.js';
import { type AttentionShape, attention, type QkvNames } from './attention.js';
import type { Tokens } from './encoder-layer.js';
import { layerNorm } from './layer-norm.js';
import { type LinearNames, linear } from './linear.js';
import { type MlpNames, type MlpShape, mlp } from './mlp.js';

/** Where the tensors of a learned query that looks at all tokens are. */
export interface PoolingNames {
  /** The query [1, 1, width]. */
  readonly probe: string;
  readonly qkv: QkvNames;
  readonly out: LinearNames;
  readonly norm: string;
  readonly mlp: MlpNames;
}

/** SigLIP's pooling: one learned query looks at all tokens, then a residual block (Zhai et al., 2022). -> [batch, width] */
export function attentionPoolingHead(b: GraphBuilder, tokens: Tokens, names: PoolingNames, shape: AttentionShape & MlpShape): Value {
  const { width, epsilon } = shape;
  const pooled = attendOnce(b, tokens, b.weight(names.probe, [1, 1, width]), names, shape);
  return b.node('Add', [pooled, mlp(b, layerNorm(b, pooled, names.norm, width, epsilon), names.mlp, shape)]);
}

/** One query for all of the batch looks at all tokens. query: [1, 1, width] -> [batch, width] */
export function attendOnce(
  b: GraphBuilder,
  tokens: Tokens,
  query: Value,
  names: Pick<PoolingNames, 'qkv' | 'out'>,
  shape: AttentionShape & { readonly keyShape?: Value },
): Value {
  const { width, keyShape = tokens.shape } = shape;
  const batch = b.node('Slice', [b.node('Shape', [b.node('Reshape', [tokens.rows, tokens.shape])]), b.integers([0]), b.integers([1])]);
  const queries = b.node('Reshape', [
    b.node('Expand', [query, b.node('Concat', [batch, b.integers([1, width])], { axis: 0 })]),
    b.integers([-1, width]),
  ]);
  const rows = { queries, keys: tokens.rows, queryShape: b.integers([-1, 1, width]), keyShape };
  return linear(b, attention(b, rows, names.qkv, shape), names.out, width, width);
}
