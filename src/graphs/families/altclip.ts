import { z } from 'zod';
import { layerNorm } from '../blocks/layer-norm.js';
import { linear, linearNames } from '../blocks/linear.js';
import { bertFirstToken, bertSchema } from './bert-text.js';
import type { DualEncoderGraphs } from './family.js';
import { clipSchema, textOf, visionOf, writeClipImageTower } from './hf-clip.js';
import { size } from './hf-names.js';
import { HF_FIELDS } from './known-fields.js';
import { parseConfig } from './parse-config.js';

const schema = clipSchema.extend({ projection_dim: size.default(768) });
const textSchema = bertSchema({
  ...{ width: 1024, hidden: 4096, heads: 16, layers: 24, activation: 'gelu', epsilon: 1e-5 },
  ...{ vocabulary: 250002, positions: 514, types: 1 },
}).extend({ project_dim: size.default(768), pad_token_id: z.number().int().min(0).default(1) });
export const ALTCLIP_SCHEMAS = { model: schema, text: textSchema } as const;

/** AltCLIP: CLIP's image tower with XLM-R for the texts (Chen et al., 2022). */
export function readAltClip(json: unknown): DualEncoderGraphs {
  const config = parseConfig(schema, json, { where: 'config.json', fields: HF_FIELDS.model });
  const dimension = config.projection_dim;
  const text = parseConfig(textSchema, textOf(config), { where: 'config.json: text_config', fields: HF_FIELDS.text });
  return {
    writeImageTower: (b) => writeClipImageTower(b, visionOf(config), { dimension }),
    writeTextTower(b) {
      const { hidden_size: width, project_dim: middle } = text;
      const { rows } = bertFirstToken(b, 'text_model.roberta', text, { firstPosition: text.pad_token_id + 1 });
      const normed = layerNorm(b, rows, 'text_model.pre_LN', width, text.layer_norm_eps);
      const mapped = linear(b, normed, linearNames('text_model.transformation'), width, middle);
      const projection = { weight: 'text_projection.weight', isProjection: true };
      b.output(linear(b, mapped, projection, middle, dimension), 'text_embeds', ['batch', dimension]);
    },
  };
}
