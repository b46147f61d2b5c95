import { activation } from '../blocks/activation.js';
import { layerNorm } from '../blocks/layer-norm.js';
import { linear } from '../blocks/linear.js';
import { countTokens, meanOverTokens, pickAt } from '../blocks/pooling.js';
import { postNormEncoder } from '../blocks/post-norm-encoder.js';
import { tokenEmbedding } from '../blocks/token-embedding.js';
import type { GraphBuilder } from '../graph-builder.js';
import { bertLayerNames } from './hf-names.js';

export interface RobertaText {
  /** How a text's tokens become one vector, in OpenCLIP's words. */
  readonly pooler: 'mean_pooler' | 'cls_last_hidden_state_pooler';
  readonly projection: 'mlp' | 'linear' | 'none';
}

const ROOT = 'text.transformer';
const EPSILON = 1e-5;
const HEAD_WIDTH = 64; // of every published RoBERTa and XLM-R
const FIRST_POSITION = 2; // the id of padding, 1, and one more

/**
 * A RoBERTa or XLM-R text tower within OpenCLIP (Conneau et al., 2020). Its configuration is named and not written down, so that sizes are
 * those of the tensors.
 */
export function writeRobertaText(b: GraphBuilder, dimension: number, { pooler, projection }: RobertaText): void {
  const embeddings = `${ROOT}.embeddings`;
  const [vocabulary = 1, width = HEAD_WIDTH] = b.shapeOf(`${embeddings}.word_embeddings.weight`);
  const [positions = 1] = b.shapeOf(`${embeddings}.position_embeddings.weight`);
  const [hidden = 1] = b.shapeOf(`${ROOT}.encoder.layer.0.intermediate.dense.weight`);
  let layers = 1;
  while (b.has(`${ROOT}.encoder.layer.${layers}.output.dense.weight`)) layers++;
  const shape = { width, hidden, layers, heads: Math.max(1, Math.floor(width / HEAD_WIDTH)), activation: 'gelu', epsilon: EPSILON };

  const ids = b.input('input_ids', 'int64', ['batch', 'length']);
  const mask = b.input('attention_mask', 'int64', ['batch', 'length']);
  const names = { token: `${embeddings}.word_embeddings.weight`, position: `${embeddings}.position_embeddings.weight` };
  const tokens = tokenEmbedding(b, ids, names, { vocabulary, positions, width, firstPosition: FIRST_POSITION });
  const types = b.weight(`${embeddings}.token_type_embeddings.weight`, [1, width]);
  const start = { ...tokens, rows: layerNorm(b, b.node('Add', [tokens.rows, types]), `${embeddings}.LayerNorm`, width, EPSILON) };
  const picker = pooler === 'mean_pooler' ? undefined : pickAt(b, 0, width);
  const options = { mask: { keys: countTokens(b, mask) }, picker };
  const last = postNormEncoder(b, start, bertLayerNames(ROOT), shape, options);
  const pooled = picker ? last.rows : meanOverTokens(b, last, mask);
  b.output(project(b, pooled, { width, dimension, projection }), 'text_embeds', ['batch', dimension]);
}

function project(
  b: GraphBuilder,
  pooled: string,
  { width, dimension, projection }: { width: number; dimension: number; projection: RobertaText['projection'] },
): string {
  if (projection === 'none') return pooled;
  if (projection === 'linear') return linear(b, pooled, { weight: 'text.proj.weight', isProjection: true }, width, dimension);
  const middle = Math.floor((width + dimension) / 2);
  const up = activation(b, linear(b, pooled, { weight: 'text.proj.0.weight', isProjection: true }, width, middle), 'gelu');
  return linear(b, up, { weight: 'text.proj.2.weight', isProjection: true }, middle, dimension);
}
