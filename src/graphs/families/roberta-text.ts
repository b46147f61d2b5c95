import { layerNorm } from '../blocks/layer-norm.js';
import { countTokens, pickAt } from '../blocks/pooling.js';
import { postNormEncoder } from '../blocks/post-norm-encoder.js';
import { tokenEmbedding } from '../blocks/token-embedding.js';
import type { GraphBuilder } from '../graph-builder.js';
import { bertLayerNames } from './hf-names.js';
import type { HfTextRequest, HfTextTower } from './hf-text-tower.js';

const ROOT = 'text.transformer';
const EPSILON = 1e-5;
const HEAD_WIDTH = 64; // of every published RoBERTa and XLM-R
const FIRST_POSITION = 2; // the id of padding, 1, and one more

/** A RoBERTa or XLM-R text tower within OpenCLIP (Conneau et al., 2020). Sizes are those of the tensors. */
export function writeRobertaText(b: GraphBuilder, { isMean }: HfTextRequest): HfTextTower {
  const embeddings = `${ROOT}.embeddings`;
  const [vocabulary = 1, width = HEAD_WIDTH] = b.shapeOf(`${embeddings}.word_embeddings.weight`);
  const [positions = 1] = b.shapeOf(`${embeddings}.position_embeddings.weight`);
  const [hidden = 1] = b.shapeOf(`${ROOT}.encoder.layer.0.intermediate.dense.weight`);
  const layers = b.countLayers((layer) => `${ROOT}.encoder.layer.${layer}.output.dense.weight`);
  const shape = { width, hidden, layers, heads: Math.max(1, Math.floor(width / HEAD_WIDTH)), activation: 'gelu', epsilon: EPSILON };

  const ids = b.input('input_ids', 'int64', ['batch', 'length']);
  const mask = b.input('attention_mask', 'int64', ['batch', 'length']);
  const names = { token: `${embeddings}.word_embeddings.weight`, position: `${embeddings}.position_embeddings.weight` };
  const tokens = tokenEmbedding(b, ids, names, { vocabulary, positions, width, firstPosition: FIRST_POSITION });
  const types = b.weight(`${embeddings}.token_type_embeddings.weight`, [1, width]);
  const start = { ...tokens, rows: layerNorm(b, b.node('Add', [tokens.rows, types]), `${embeddings}.LayerNorm`, width, EPSILON) };
  const picker = isMean ? undefined : pickAt(b, 0, width);
  const options = { mask: { keys: countTokens(b, mask) }, picker };
  return { last: postNormEncoder(b, start, bertLayerNames(ROOT), shape, options), mask, width };
}
