import { z } from 'zod';
import { encoder } from '../blocks/encoder-layer.js';
import { layerNorm } from '../blocks/layer-norm.js';
import { linear } from '../blocks/linear.js';
import { patchEmbedding } from '../blocks/patch-embedding.js';
import { pickAt, pickEnd } from '../blocks/pooling.js';
import { tokenEmbedding } from '../blocks/token-embedding.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { DualEncoderGraphs } from './family.js';
import { hfLayerNames, size, toEncoderShape, towerSchema } from './hf-names.js';
import { HF_FIELDS } from './known-fields.js';
import { parseConfig } from './parse-config.js';

const towers = (width: number, hidden: number, heads: number) =>
  towerSchema({ width, hidden, heads, activation: 'quick_gelu', epsilon: 1e-5 });
const textSchema = z.object({
  ...towers(512, 2048, 8),
  vocab_size: size.default(49408),
  max_position_embeddings: size.default(77),
  eos_token_id: z.number().int().min(0).default(49407),
});
const visionSchema = z.object({ ...towers(768, 3072, 12), image_size: size.default(224), patch_size: size.default(32) });
const part = z.looseObject({}).nullish();

/** config.json of CLIP and Chinese-CLIP. */
export const clipSchema = z.object({
  projection_dim: size.default(512),
  ...{ text_config: part, text_config_dict: part, vision_config: part, vision_config_dict: part },
});
type ClipConfig = z.infer<typeof clipSchema>;
export const CLIP_SCHEMAS = { model: clipSchema, text: textSchema, vision: visionSchema } as const;

/** The older text_config_dict replaces text_config where both are there, as in transformers: what it leaves out has its default. */
export const textOf = (config: ClipConfig): object => config.text_config_dict ?? config.text_config ?? {};
export const visionOf = (config: ClipConfig): object => config.vision_config_dict ?? config.vision_config ?? {};

/** CLIP as transformers keeps it: OpenAI's, LAION's, MetaCLIP's, DFN's and kin. */
export function readHfClip(json: unknown): DualEncoderGraphs {
  const config = parseConfig(clipSchema, json, { where: 'config.json', fields: HF_FIELDS.model });
  const text = parseConfig(textSchema, textOf(config), { where: 'config.json: text_config', fields: HF_FIELDS.text });
  return {
    writeImageTower: (b) => writeClipImageTower(b, visionOf(config), config.projection_dim),
    writeTextTower(b) {
      const { hidden_size: width, eos_token_id: end } = text;
      const ids = b.input('input_ids', 'int64', ['batch', 'length']);
      const embeddings = 'text_model.embeddings';
      const names = { token: `${embeddings}.token_embedding.weight`, position: `${embeddings}.position_embedding.weight` };
      const tokens = tokenEmbedding(b, ids, names, { vocabulary: text.vocab_size, positions: text.max_position_embeddings, width });
      const picker = pickEnd(b, ids, end === 2 ? 'highest' : end, width); // 2: a wrong value in old files, known to transformers
      const options = { mask: { isCausal: true }, finalNorm: 'text_model.final_layer_norm', picker };
      const { rows } = encoder(b, tokens, hfLayerNames('text_model'), toEncoderShape(text), options);
      const projected = linear(b, rows, { weight: 'text_projection.weight', isProjection: true }, width, config.projection_dim);
      b.output(projected, 'text_embeds', ['batch', config.projection_dim]);
    },
  };
}

/** CLIP's image tower, which Chinese-CLIP has too. */
export function writeClipImageTower(b: GraphBuilder, json: unknown, dimension: number): void {
  const vision = parseConfig(visionSchema, json, { where: 'config.json: vision_config', fields: HF_FIELDS.vision });
  const { hidden_size: width, image_size: imageSize, patch_size: patchSize, layer_norm_eps: epsilon } = vision;
  const pixels = b.input('pixel_values', 'float32', ['batch', 3, imageSize, imageSize]);
  const embeddings = 'vision_model.embeddings';
  const names = {
    patch: `${embeddings}.patch_embedding.weight`,
    classToken: `${embeddings}.class_embedding`,
    position: `${embeddings}.position_embedding.weight`,
  };
  const patches = patchEmbedding(b, pixels, names, { imageSize, patchSize, width });
  const tokens = { ...patches, rows: layerNorm(b, patches.rows, 'vision_model.pre_layrnorm', width, epsilon) }; // so spelt in the files
  const picker = pickAt(b, 0, width);
  const { rows } = encoder(b, tokens, hfLayerNames('vision_model'), toEncoderShape(vision), {
    finalNorm: 'vision_model.post_layernorm',
    picker,
  });
  b.output(linear(b, rows, { weight: 'visual_projection.weight', isProjection: true }, width, dimension), 'image_embeds', [
    'batch',
    dimension,
  ]);
}
