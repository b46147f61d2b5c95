import type { GraphBuilder } from '../graph-builder.js';
import { activation } from './activation.js';
import { type AttentionMask, attention } from './attention.js';
import type { EncoderShape, LayerNames, Picker, Tokens } from './encoder-layer.js';
import { layerNorm } from './layer-norm.js';
import { linear } from './linear.js';

/** A transformer encoder that normalises after each block, as BERT does; with a `picker`, the last layer computes the picked token alone. */
export function postNormEncoder(
  b: GraphBuilder,
  tokens: Tokens,
  namesOf: (layer: number) => LayerNames,
  shape: EncoderShape,
  { mask, picker }: { readonly mask: AttentionMask; readonly picker?: Picker | undefined },
): Tokens {
  const { width, hidden, epsilon, layers } = shape;
  let state = tokens;
  for (let layer = 0; layer < layers; layer++) {
    const names = namesOf(layer);
    const queries = picker && layer === layers - 1 ? picker.pick(state) : state;
    const rows = { queries: queries.rows, keys: state.rows };
    const mixed = attention(b, rows, { queries: queries.shape, keys: state.shape }, names.qkv, shape, mask);
    const attended = b.node('Add', [queries.rows, linear(b, mixed, names.out, width, width)]);
    const middle = layerNorm(b, attended, names.norm1, width, epsilon);
    const up = activation(b, linear(b, middle, names.up, width, hidden), shape.activation);
    const down = b.node('Add', [middle, linear(b, up, names.down, hidden, width)]);
    state = { rows: layerNorm(b, down, names.norm2, width, epsilon), shape: queries.shape };
  }
  return state;
}
