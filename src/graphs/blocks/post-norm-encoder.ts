import type { GraphBuilder, Value } from '../graph-builder.js';
import { attend, type EncoderOptions, type EncoderShape, type LayerNames, type Tokens } from './encoder-layer.js';
import { layerNorm } from './layer-norm.js';
import { mlp } from './mlp.js';

/**
 * A transformer encoder that normalises after each block, as BERT does: sum and branch together, or with `normsBranch` only what the block adds
 * (EVA-02's largest). With a `picker`, the last layer computes the picked token alone.
 */
export function postNormEncoder(
  b: GraphBuilder,
  tokens: Tokens,
  namesOf: (layer: number) => LayerNames,
  shape: EncoderShape,
  { mask, picker, normsBranch = false }: EncoderOptions & { readonly normsBranch?: boolean },
): Tokens {
  const join = (x: Value, branch: Value, norm: string): Value =>
    normsBranch
      ? b.node('Add', [x, layerNorm(b, branch, norm, shape.width, shape.epsilon)])
      : layerNorm(b, b.node('Add', [x, branch]), norm, shape.width, shape.epsilon);
  let state = tokens;
  for (let layer = 0; layer < shape.layers; layer++) {
    const names = namesOf(layer);
    const queries = picker && layer === shape.layers - 1 ? picker.pick(state) : state;
    const middle = join(queries.rows, attend(b, { queries, keys: state }, names, shape, { mask }), names.norm1);
    state = { rows: join(middle, mlp(b, middle, names, shape), names.norm2), shape: queries.shape };
  }
  return state;
}
