import { layerNorm } from '../blocks/layer-norm.js';
import { countTokens, pickAt } from '../blocks/pooling.js';
import { postNormEncoder } from '../blocks/post-norm-encoder.js';
import { tokenEmbedding } from '../blocks/token-embedding.js';
import type { GraphBuilder } from '../graph-builder.js';
import { bertLayerNames } from './hf-names.js';
import type { HfTextRequest, HfTextTower } from './hf-text-tower.js';

const ROOT = 'text.transformer';
const HEAD_WIDTH = 64; // of every published BERT, RoBERTa and XLM-R

/** What the configuration of a published model says and its tensors do not. */
interface BertFacts {
  readonly epsilon: number;
  /** RoBERTa counts from one after the id of padding, which is 1. */
  readonly firstPosition: number;
  readonly types: number;
}

const BERT: BertFacts = { epsilon: 1e-12, firstPosition: 0, types: 2 };
const ROBERTA: BertFacts = { epsilon: 1e-5, firstPosition: 2, types: 1 };

/** A BERT text tower within OpenCLIP (Devlin et al., 2018). Sizes are those of the tensors. */
export const writeBertText = (b: GraphBuilder, request: HfTextRequest): HfTextTower => write(b, request, BERT);

/** A RoBERTa or XLM-R text tower within OpenCLIP (Conneau et al., 2020). */
export const writeRobertaText = (b: GraphBuilder, request: HfTextRequest): HfTextTower => write(b, request, ROBERTA);

function write(b: GraphBuilder, { isMean }: HfTextRequest, { epsilon, firstPosition, types }: BertFacts): HfTextTower {
  const embeddings = `${ROOT}.embeddings`;
  const [vocabulary = 1, width = HEAD_WIDTH] = b.shapeOf(`${embeddings}.word_embeddings.weight`);
  const [positions = 1] = b.shapeOf(`${embeddings}.position_embeddings.weight`);
  const [hidden = 1] = b.shapeOf(`${ROOT}.encoder.layer.0.intermediate.dense.weight`);
  const layers = b.countLayers((layer) => `${ROOT}.encoder.layer.${layer}.output.dense.weight`);
  const shape = { width, hidden, layers, heads: Math.max(1, Math.floor(width / HEAD_WIDTH)), activation: 'gelu', epsilon };

  const ids = b.input('input_ids', 'int64', ['batch', 'length']);
  const mask = b.input('attention_mask', 'int64', ['batch', 'length']);
  const names = { token: `${embeddings}.word_embeddings.weight`, position: `${embeddings}.position_embeddings.weight` };
  const tokens = tokenEmbedding(b, ids, names, { vocabulary, positions, width, firstPosition });
  const table = b.weight(`${embeddings}.token_type_embeddings.weight`, [types, width]);
  const ofFirst = types === 1 ? table : b.node('Gather', [table, b.integers([0], [])], { axis: 0 }); // one sentence: all of type 0
  const start = { ...tokens, rows: layerNorm(b, b.node('Add', [tokens.rows, ofFirst]), `${embeddings}.LayerNorm`, width, epsilon) };
  const picker = isMean ? undefined : pickAt(b, 0, width);
  const options = { mask: { keys: countTokens(b, mask) }, picker };
  return { last: postNormEncoder(b, start, bertLayerNames(ROOT), shape, options), mask, width };
}
