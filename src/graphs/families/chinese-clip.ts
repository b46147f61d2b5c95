import { z } from 'zod';
import { layerNorm } from '../blocks/layer-norm.js';
import { linear } from '../blocks/linear.js';
import { countTokens, pickAt } from '../blocks/pooling.js';
import { postNormEncoder } from '../blocks/post-norm-encoder.js';
import { tokenEmbedding } from '../blocks/token-embedding.js';
import type { DualEncoderGraphs } from './family.js';
import { clipSchema, textOf, visionOf, writeClipImageTower } from './hf-clip.js';
import { bertLayerNames, size, toEncoderShape, towerSchema } from './hf-names.js';
import { HF_FIELDS } from './known-fields.js';
import { parseConfig } from './parse-config.js';

export const CHINESE_CLIP_TEXT = z.object({
  ...towerSchema({ width: 768, hidden: 3072, heads: 12, activation: 'gelu', epsilon: 1e-12 }),
  vocab_size: size.default(30522),
  max_position_embeddings: size.default(512),
  type_vocab_size: size.default(2),
});

/** Chinese-CLIP: CLIP's image tower with BERT for the texts (Yang et al., 2022). */
export function readChineseClip(json: unknown): DualEncoderGraphs {
  const config = parseConfig(clipSchema, json, { where: 'config.json', fields: HF_FIELDS.model });
  const dimension = config.projection_dim;
  const text = parseConfig(CHINESE_CLIP_TEXT, textOf(config), { where: 'config.json: text_config', fields: HF_FIELDS.text });
  return {
    writeImageTower: (b) => writeClipImageTower(b, visionOf(config), dimension),
    writeTextTower(b) {
      const { hidden_size: width, vocab_size: vocabulary, max_position_embeddings: positions } = text;
      const shape = toEncoderShape(text);
      const ids = b.input('input_ids', 'int64', ['batch', 'length']);
      const keys = countTokens(b, b.input('attention_mask', 'int64', ['batch', 'length']));
      const embeddings = 'text_model.embeddings';
      const names = { token: `${embeddings}.word_embeddings.weight`, position: `${embeddings}.position_embeddings.weight` };
      const tokens = tokenEmbedding(b, ids, names, { vocabulary, positions, width });
      const types = b.weight(`${embeddings}.token_type_embeddings.weight`, [text.type_vocab_size, width]);
      const typed = b.node('Add', [tokens.rows, b.node('Gather', [types, b.integers([0], [])], { axis: 0 })]); // one sentence: all of type 0
      const start = { ...tokens, rows: layerNorm(b, typed, `${embeddings}.LayerNorm`, width, shape.epsilon) };
      const mask = { keys };
      const { rows } = postNormEncoder(b, start, bertLayerNames('text_model'), shape, { mask, picker: pickAt(b, 0, width) });
      const projection = { weight: 'text_projection.weight', isProjection: true };
      b.output(linear(b, rows, projection, width, dimension), 'text_embeds', ['batch', dimension]);
    },
  };
}
