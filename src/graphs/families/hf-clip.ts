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

/** config.json of CLIP and of the families that keep its towers. */
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
export const readHfClip = (json: unknown): DualEncoderGraphs => readClip(json, { hasOldEnd: true });

/** MetaCLIP 2: CLIP with XLM-R's vocabulary, whose end token really is 2. */
export const readMetaClip2 = (json: unknown): DualEncoderGraphs => readClip(json, { hasOldEnd: false });

/** The CLIP inside CLIPSeg, without its decoder. Its pictures are larger than those that CLIP was trained with. */
export const readClipSeg = (json: unknown): DualEncoderGraphs => ({
  ...readClip(json, { hasOldEnd: true, fields: HF_FIELDS.segmentation, isAnySize: true }),
  aside: /^decoder\./,
});

interface ClipKind {
  /** Old files state 2 for the end token, and it was the highest id: transformers reads them so. */
  readonly hasOldEnd: boolean;
  readonly fields?: (typeof HF_FIELDS)['model'];
  readonly isAnySize?: boolean;
}

function readClip(json: unknown, { hasOldEnd, fields = HF_FIELDS.model, isAnySize }: ClipKind): DualEncoderGraphs {
  const config = parseConfig(clipSchema, json, { where: 'config.json', fields });
  const text = parseConfig(textSchema, textOf(config), { where: 'config.json: text_config', fields: HF_FIELDS.text });
  const dimension = config.projection_dim;
  return {
    writeImageTower: (b) => writeClipImageTower(b, visionOf(config), { dimension, root: rootOf(b), isAnySize }),
    writeTextTower(b) {
      const { hidden_size: width, eos_token_id: end } = text;
      const at = `${rootOf(b)}text_model`;
      const ids = b.input('input_ids', 'int64', ['batch', 'length']);
      const names = { token: `${at}.embeddings.token_embedding.weight`, position: `${at}.embeddings.position_embedding.weight` };
      const tokens = tokenEmbedding(b, ids, names, { vocabulary: text.vocab_size, positions: text.max_position_embeddings, width });
      const picker = pickEnd(b, ids, end === 2 && hasOldEnd ? 'highest' : end, width);
      const options = { mask: { isCausal: true }, finalNorm: `${at}.final_layer_norm`, picker };
      const { rows } = encoder(b, tokens, hfLayerNames(at), toEncoderShape(text), options);
      const projection = { weight: `${rootOf(b)}text_projection.weight`, isProjection: true };
      b.output(linear(b, rows, projection, width, dimension), 'text_embeds', ['batch', dimension]);
    },
  };
}

/** CLIPSegForImageSegmentation keeps its CLIP apart. */
const rootOf = (b: GraphBuilder): string => (b.has('clip.logit_scale') ? 'clip.' : '');

export interface ClipImageTower {
  readonly dimension: number;
  readonly root?: string;
  /** Pictures may be larger than `image_size`: the positions are resized, as CLIPSeg does. */
  readonly isAnySize?: boolean | undefined;
}

/** CLIP's image tower, which other families have too. */
export function writeClipImageTower(b: GraphBuilder, json: unknown, { dimension, root = '', isAnySize }: ClipImageTower): void {
  const vision = parseConfig(visionSchema, json, { where: 'config.json: vision_config', fields: HF_FIELDS.vision });
  const { hidden_size: width, image_size: imageSize, patch_size: patchSize, layer_norm_eps: epsilon } = vision;
  const at = `${root}vision_model`;
  const pixels = b.input('pixel_values', 'float32', isAnySize ? ['batch', 3, 'height', 'width'] : ['batch', 3, imageSize, imageSize]);
  const names = {
    patch: `${at}.embeddings.patch_embedding.weight`,
    classToken: `${at}.embeddings.class_embedding`,
    position: `${at}.embeddings.position_embedding.weight`,
  };
  const patches = patchEmbedding(b, pixels, names, { imageSize, patchSize, width, isAnySize });
  const tokens = { ...patches, rows: layerNorm(b, patches.rows, `${at}.pre_layrnorm`, width, epsilon) }; // so spelt in the files
  const layers = hfLayerNames(at, b.has(`${at}.encoder.layer.0.layer_norm1.weight`) ? 'layer' : 'layers');
  const { rows } = encoder(b, tokens, layers, toEncoderShape(vision), { finalNorm: `${at}.post_layernorm`, picker: pickAt(b, 0, width) });
  const projection = { weight: `${root}visual_projection.weight`, isProjection: true };
  b.output(linear(b, rows, projection, width, dimension), 'image_embeds', ['batch', dimension]);
}
