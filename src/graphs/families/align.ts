import { z } from 'zod';
import { linear, linearNames } from '../blocks/linear.js';
import { bertFirstToken, bertSchema } from './bert-text.js';
import { efficientNetSchema, writeEfficientNet } from './efficientnet.js';
import type { DualEncoderGraphs } from './family.js';
import { size } from './hf-names.js';
import { HF_FIELDS } from './known-fields.js';
import { parseConfig } from './parse-config.js';

const part = z.looseObject({}).nullish();
const schema = z.object({ projection_dim: size.default(640), text_config: part, vision_config: part });
const textSchema = bertSchema({
  ...{ width: 768, hidden: 3072, heads: 12, activation: 'gelu', epsilon: 1e-12 },
  ...{ vocabulary: 30522, positions: 512, types: 2 },
});
export const ALIGN_SCHEMAS = { model: schema, text: textSchema, vision: efficientNetSchema } as const;

/** ALIGN: an EfficientNet for the images, whose features are the embedding, with BERT for the texts (Jia et al., 2021). */
export function readAlign(json: unknown): DualEncoderGraphs {
  const config = parseConfig(schema, json, { where: 'config.json', fields: HF_FIELDS.model });
  const text = parseConfig(textSchema, config.text_config ?? {}, { where: 'config.json: text_config', fields: HF_FIELDS.text });
  const vision = parseConfig(efficientNetSchema, config.vision_config ?? {}, {
    where: 'config.json: vision_config',
    fields: HF_FIELDS.efficientnet,
  });
  const dimension = config.projection_dim;
  return {
    aside: /^temperature$|^text_model\.pooler\.dense\./,
    writeImageTower: (b) => b.output(writeEfficientNet(b, vision), 'image_embeds', ['batch', dimension]),
    writeTextTower(b) {
      const { rows } = bertFirstToken(b, 'text_model', text);
      const projection = { ...linearNames('text_projection'), isProjection: true };
      b.output(linear(b, rows, projection, text.hidden_size, dimension), 'text_embeds', ['batch', dimension]);
    },
  };
}
