import type { GraphBuilder, Value } from '../graph-builder.js';
import { type AttentionShape, assertHeads, type QkvNames } from './attention.js';
import type { Tokens } from './encoder-layer.js';
import { layerNorm } from './layer-norm.js';
import { biasOf, type LinearNames, linear, weightOf } from './linear.js';
import { type MlpNames, type MlpShape, mlp } from './mlp.js';
import { firstHalf, twice } from './pooling.js';

/** Where the tensors of a learned query that looks at all tokens are. */
export interface PoolingNames {
  /** The query [1, 1, width]. */
  readonly probe: string;
  readonly qkv: QkvNames;
  readonly out: LinearNames;
  readonly norm: string;
  readonly mlp: MlpNames;
}

/** The sizes of a pooling head; for `isUnpacked` see `twice`. */
export type PoolingShape = AttentionShape & MlpShape;

/** SigLIP's pooling: one learned query looks at all tokens, then a residual block (Zhai et al., 2022). -> [batch, width] */
export function attentionPoolingHead(b: GraphBuilder, tokens: Tokens, names: PoolingNames, shape: PoolingShape): Value {
  const { width, epsilon } = shape;
  const pooled = attendOnce(b, tokens, b.weight(names.probe, [1, 1, width]), names, shape);
  const all = b.node('Add', [pooled, mlp(b, layerNorm(b, pooled, names.norm, width, epsilon), names.mlp, shape)]);
  return shape.isUnpacked ? firstHalf(b, all) : all;
}

/**
 * One query, the same for every image, looks at all tokens. It is known when the session loads, so that its product with the keys' weight is folded
 * into a vector for each head, and the values' weight is applied to each head's mean of the tokens instead of to every token: the same sums in another
 * order, without the two products over all tokens. The keys' bias adds the same to every token's score and so cancels. query: [1, 1, width] ->
 * [batch, width], or twice as many rows where weights are not packed
 */
export function attendOnce(
  b: GraphBuilder,
  tokens: Tokens,
  query: Value,
  { qkv, out }: Pick<PoolingNames, 'qkv' | 'out'>,
  { width, heads, keyWidth = width, isUnpacked = false }: AttentionShape & { readonly isUnpacked?: boolean },
): Value {
  assertHeads(width, heads);
  const headWidth = width / heads;
  const headsOf = (names: LinearNames): Value =>
    b.node('Reshape', [weightOf(b, names, keyWidth, width), b.integers([heads, headWidth, keyWidth])]);
  const asked = linear(b, b.node('Reshape', [query, b.integers([1, width])]), qkv.query, width, width);
  if (qkv.key.bias !== undefined) b.find(qkv.key.bias, [width * (qkv.key.biasPart?.of ?? 1)]);
  const looks = b.node('MatMul', [b.node('Reshape', [asked, b.integers([heads, 1, headWidth])]), headsOf(qkv.key)]);
  const folded = b.node('Reshape', [looks, b.integers([heads, keyWidth])]);
  const scores = b.node('FusedMatMul', [tokens.rows, folded], { transB: 1, alpha: { float: headWidth ** -0.5 } });
  const first = b.node('Slice', [tokens.shape, b.integers([0]), b.integers([2])]);
  const byToken = b.node('Reshape', [scores, b.node('Concat', [first, b.integers([heads])], { axis: 0 })]); // [batch, tokens, heads]
  const shares = b.node('Softmax', [b.node('Transpose', [byToken], { perm: [0, 2, 1] })], { axis: -1 });
  // No image may depend on its neighbours. Threads share a product of one image, and not of several, by its longer side: were that the columns, each
  // thread would add in the order that suits its number of columns. So the heads are the columns here, [batch, keyWidth, heads].
  const means = b.node('FusedMatMul', [b.node('Reshape', [tokens.rows, tokens.shape]), shares], { transA: 1, transB: 1 });
  const byHead = b.node('Unsqueeze', [b.node('Transpose', [means], { perm: [0, 2, 1] }), b.integers([2])]); // [batch, heads, 1, keyWidth]
  // A row for each image and head: products of one row and of several add in another order as well.
  const values = b.node('FusedMatMul', [byHead, headsOf(qkv.value)], { transB: 1 });
  const rows = b.node('Reshape', [values, b.integers([-1, width])]);
  const mixed = isUnpacked ? twice(b, rows) : rows;
  const valueBias = biasOf(b, qkv.value, width);
  return linear(b, valueBias === undefined ? mixed : b.node('Add', [mixed, valueBias]), out, width, width);
}
