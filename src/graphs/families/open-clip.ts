import { z } from 'zod';
import { encoder, type LayerNames } from '../blocks/encoder-layer.js';
import { layerNorm } from '../blocks/layer-norm.js';
import { linear, linearNames } from '../blocks/linear.js';
import { patchEmbedding } from '../blocks/patch-embedding.js';
import { pickAt, pickEnd } from '../blocks/pooling.js';
import { tokenEmbedding } from '../blocks/token-embedding.js';
import type { DualEncoderGraphs } from './family.js';
import { count, size } from './hf-names.js';
import { parseConfig } from './parse-config.js';
import { writeRobertaText } from './roberta-text.js';

const schema = z.object({
  model_cfg: z.object({
    embed_dim: size,
    quick_gelu: z.boolean().default(false),
    vision_cfg: z.object({
      image_size: z.union([size, z.tuple([size, size])]).default(224),
      layers: count.default(12),
      width: size.default(768),
      head_width: size.default(64),
      patch_size: size.default(16),
      mlp_ratio: z.number().positive().max(64).default(4),
      timm_model_name: z
        .undefined({ error: 'timm image towers come in other layouts: use the repository in transformers layout, or an ONNX export' })
        .optional(),
    }),
    text_cfg: z.object({
      context_length: size.default(77),
      vocab_size: size.default(49408),
      width: size.default(512),
      heads: count.default(8),
      layers: count.default(12),
      mlp_ratio: z.number().positive().max(64).default(4),
      hf_model_name: z
        .string()
        .regex(/roberta/i, 'Expected RoBERTa or XLM-R: use an ONNX export for another text tower of transformers')
        .optional(),
      hf_pooler_type: z.enum(['mean_pooler', 'cls_last_hidden_state_pooler']).optional(),
      pooler_type: z.enum(['mean_pooler', 'cls_last_hidden_state_pooler']).default('mean_pooler'), // the older word
      hf_proj_type: z.enum(['mlp', 'linear', 'none']).optional(),
      proj: z.enum(['mlp', 'linear', 'none']).default('mlp'), // the older word
    }),
  }),
});
const EPSILON = 1e-5; // of torch's LayerNorm

/** OpenCLIP's own layout: open_clip_config.json with open_clip_model.safetensors. */
export function readOpenClip(json: unknown): DualEncoderGraphs {
  const { embed_dim: dimension, quick_gelu: isQuick, vision_cfg: vision, text_cfg: text } = parseConfig(schema, json).model_cfg;
  const activation = isQuick ? 'quick_gelu' : 'gelu';
  return {
    writeImageTower(b) {
      const { width, patch_size: patchSize, layers } = vision;
      const imageSize = Array.isArray(vision.image_size) ? vision.image_size[0] : vision.image_size;
      const pixels = b.input('pixel_values', 'float32', ['batch', 3, imageSize, imageSize]);
      const names = { patch: 'visual.conv1.weight', classToken: 'visual.class_embedding', position: 'visual.positional_embedding' };
      const patches = patchEmbedding(b, pixels, names, { imageSize, patchSize, width });
      const tokens = b.has('visual.ln_pre.weight')
        ? { ...patches, rows: layerNorm(b, patches.rows, 'visual.ln_pre', width, EPSILON) }
        : patches;
      const shape = {
        width,
        heads: Math.round(width / vision.head_width),
        layers,
        hidden: Math.round(width * vision.mlp_ratio),
        activation,
        epsilon: EPSILON,
      };
      const picker = pickAt(b, 0, width);
      const { rows } = encoder(b, tokens, layerNames('visual.transformer'), shape, { finalNorm: 'visual.ln_post', picker });
      const projection = { weight: 'visual.proj', isTransposed: true, isProjection: true };
      b.output(linear(b, rows, projection, width, dimension), 'image_embeds', ['batch', dimension]);
    },
    writeTextTower(b) {
      if (text.hf_model_name !== undefined) {
        const [pooler, projection] = [text.hf_pooler_type ?? text.pooler_type, text.hf_proj_type ?? text.proj];
        writeRobertaText(b, dimension, { pooler, projection });
        return;
      }
      const { width, context_length: positions, vocab_size: vocabulary, heads, layers } = text;
      const root = b.has('text.token_embedding.weight') ? 'text.' : ''; // CustomTextCLIP keeps the text tower apart
      const ids = b.input('input_ids', 'int64', ['batch', 'length']);
      const names = { token: `${root}token_embedding.weight`, position: `${root}positional_embedding` };
      const tokens = tokenEmbedding(b, ids, names, { vocabulary, positions, width });
      const picker = pickEnd(b, ids, 'highest', width);
      const shape = { width, heads, layers, hidden: Math.round(width * text.mlp_ratio), activation, epsilon: EPSILON };
      const options = { mask: { isCausal: true }, finalNorm: `${root}ln_final`, picker };
      const { rows } = encoder(b, tokens, layerNames(`${root}transformer`), shape, options);
      const projection = { weight: `${root}text_projection`, isTransposed: true, isProjection: true };
      b.output(linear(b, rows, projection, width, dimension), 'text_embeds', ['batch', dimension]);
    },
  };
}

function layerNames(prefix: string): (layer: number) => LayerNames {
  return (layer) => {
    const at = `${prefix}.resblocks.${layer}`;
    return {
      norm1: `${at}.ln_1`,
      qkv: { fusedWeight: `${at}.attn.in_proj_weight`, fusedBias: `${at}.attn.in_proj_bias` },
      out: linearNames(`${at}.attn.out_proj`),
      norm2: `${at}.ln_2`,
      up: linearNames(`${at}.mlp.c_fc`),
      down: linearNames(`${at}.mlp.c_proj`),
    };
  };
}
