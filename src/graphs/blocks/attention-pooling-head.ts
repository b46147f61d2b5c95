import type { GraphBuilder, Value } from '../graph-builder.js';
import { activation } from './activation.js';
import { attention } from './attention.js';
import type { EncoderShape, Tokens } from './encoder-layer.js';
import { layerNorm } from './layer-norm.js';
import { linear, linearNames } from './linear.js';

/** SigLIP's pooling: one learned query looks at all tokens, then a residual block (Zhai et al., 2022). -> [batch, width] */
export function attentionPoolingHead(b: GraphBuilder, tokens: Tokens, prefix: string, shape: EncoderShape): Value {
  const { width, hidden, epsilon } = shape;
  const batch = b.node('Slice', [b.node('Shape', [b.node('Reshape', [tokens.rows, tokens.shape])]), b.integers([0]), b.integers([1])]);
  const probes = b.node('Expand', [
    b.weight(`${prefix}.probe`, [1, 1, width]),
    b.node('Concat', [batch, b.integers([1, width])], { axis: 0 }),
  ]);
  const queries = b.node('Reshape', [probes, b.integers([-1, width])]);
  const names = { fusedWeight: `${prefix}.attention.in_proj_weight`, fusedBias: `${prefix}.attention.in_proj_bias` };
  const shapes = { queries: b.integers([-1, 1, width]), keys: tokens.shape };
  const mixed = attention(b, { queries, keys: tokens.rows }, shapes, names, shape);
  const pooled = linear(b, mixed, linearNames(`${prefix}.attention.out_proj`), width, width);
  const normed = layerNorm(b, pooled, `${prefix}.layernorm`, width, epsilon);
  const up = activation(b, linear(b, normed, linearNames(`${prefix}.mlp.fc1`), width, hidden), shape.activation);
  return b.node('Add', [pooled, linear(b, up, linearNames(`${prefix}.mlp.fc2`), hidden, width)]);
}
