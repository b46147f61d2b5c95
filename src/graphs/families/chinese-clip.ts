import { linear } from '../blocks/linear.js';
import { bertFirstToken, bertSchema } from './bert-text.js';
import type { DualEncoderGraphs } from './family.js';
import { clipSchema, textOf, visionOf, writeClipImageTower } from './hf-clip.js';
import { HF_FIELDS } from './known-fields.js';
import { parseConfig } from './parse-config.js';

export const CHINESE_CLIP_TEXT = bertSchema({
  ...{ width: 768, hidden: 3072, heads: 12, activation: 'gelu', epsilon: 1e-12 },
  ...{ vocabulary: 30522, positions: 512, types: 2 },
});

/** Chinese-CLIP: CLIP's image tower with BERT for the texts (Yang et al., 2022). */
export function readChineseClip(json: unknown): DualEncoderGraphs {
  const config = parseConfig(clipSchema, json, { where: 'config.json', fields: HF_FIELDS.model });
  const dimension = config.projection_dim;
  const text = parseConfig(CHINESE_CLIP_TEXT, textOf(config), { where: 'config.json: text_config', fields: HF_FIELDS.text });
  return {
    writeImageTower: (b) => writeClipImageTower(b, visionOf(config), { dimension }),
    writeTextTower(b) {
      const { rows } = bertFirstToken(b, 'text_model', text);
      const projection = { weight: 'text_projection.weight', isProjection: true };
      b.output(linear(b, rows, projection, text.hidden_size, dimension), 'text_embeds', ['batch', dimension]);
    },
  };
}
