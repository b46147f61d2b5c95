import { z } from 'zod';
import { LabelwiseError } from '../../errors.js';
import { fusedQkv } from '../blocks/attention.js';
import { type EncoderShape, encoder, type LayerNames, type Picker } from '../blocks/encoder-layer.js';
import { layerNorm } from '../blocks/layer-norm.js';
import { linear, linearNames } from '../blocks/linear.js';
import { patchEmbedding } from '../blocks/patch-embedding.js';
import { meanOfPatches, pickAt, pickEnd } from '../blocks/pooling.js';
import { tokenEmbedding } from '../blocks/token-embedding.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import type { DualEncoderGraphs } from './family.js';
import { count, size } from './hf-names.js';
import { OPEN_CLIP_FIELDS } from './known-fields.js';
import { parseConfig } from './parse-config.js';
import { writeRobertaText } from './roberta-text.js';
import { timmVisionSchema, writeTimmTower } from './timm/image-tower.js';

const block = {
  width: size,
  layers: count.default(12),
  mlp_ratio: z.number().positive().max(64).default(4),
  ls_init_value: z.number().nullish(),
  act_kwargs: z.strictObject({ approximate: z.enum(['none', 'tanh']) }).nullish(),
  norm_kwargs: z.strictObject({ eps: z.number().positive().max(1) }).nullish(),
};
const visionSchema = z.object({
  ...block,
  width: size.default(768),
  image_size: z.union([size, z.tuple([size, size]).refine(([a, b]) => a === b, 'labelwise supports square images only')]).default(224),
  head_width: size.default(64),
  patch_size: size.default(16),
  no_ln_pre: z.boolean().default(false),
  final_ln_after_pool: z.boolean().default(false),
  pool_type: z.enum(['tok', 'avg']).default('tok'),
});
const textSchema = z.object({
  ...block,
  width: size.default(512),
  context_length: size.default(77),
  vocab_size: size.default(49408),
  heads: count.default(8),
  no_causal_mask: z.boolean().default(false),
  pool_type: z.enum(['argmax', 'eos', 'last', 'first']).default('argmax'),
  eos_id: z.number().int().min(0).default(2),
  proj_type: z.enum(['linear', 'none']).default('linear'),
  proj_bias: z.boolean().default(false),
  hf_model_name: z
    .string()
    .regex(/roberta/i, 'Expected RoBERTa or XLM-R: use an ONNX export for another text tower of transformers')
    .nullish(),
  hf_pooler_type: z.enum(['mean_pooler', 'cls_last_hidden_state_pooler']).optional(),
  pooler_type: z.enum(['mean_pooler', 'cls_last_hidden_state_pooler']).default('mean_pooler'), // the older word
  hf_proj_type: z.enum(['mlp', 'linear', 'none']).optional(),
  proj: z.enum(['mlp', 'linear', 'none']).default('mlp'), // the older word
});
const part = z.looseObject({});
const modelSchema = z.object({
  embed_dim: size,
  quick_gelu: z.boolean().default(false),
  vision_cfg: part,
  text_cfg: part,
  init_logit_bias: z.number().nullish(), // it says that the model was trained with a sigmoid: openClipConfig reads it
});

const outerSchema = z.object({
  model_cfg: part,
  /** timm's own word, of its config.json: arguments that replace those of the model's name. */
  timm_model_args: z.strictObject({ embed_dim: size.optional(), depth: count.optional() }).default({}),
});

/** The schemas of open_clip_config.json's model_cfg and its parts. */
export const OPEN_CLIP_SCHEMAS = { model: modelSchema, vision: visionSchema, timm: timmVisionSchema, text: textSchema } as const;

/** OpenCLIP's own layout: open_clip_config.json with open_clip_model.safetensors. */
export function readOpenClip(json: unknown): DualEncoderGraphs {
  const where = 'open_clip_config.json: model_cfg';
  const outer = parseConfig(outerSchema, json, {
    where: 'open_clip_config.json',
    fields: { harmless: { '': ['preprocess_cfg'] }, off: {} },
  });
  const model = parseConfig(modelSchema, outer.model_cfg, { where, fields: OPEN_CLIP_FIELDS.model });
  const text = parseConfig(textSchema, model.text_cfg, { where: `${where}.text_cfg`, fields: OPEN_CLIP_FIELDS.text });
  return {
    writeImageTower: imageTowerOf(model, `${where}.vision_cfg`, outer.timm_model_args),
    writeTextTower(b) {
      if (text.hf_model_name == null) return writeTextTower(b, text, model);
      const [pooler, projection] = [text.hf_pooler_type ?? text.pooler_type, text.hf_proj_type ?? text.proj];
      writeRobertaText(b, model.embed_dim, { pooler, projection });
    },
  };
}

type Model = z.infer<typeof modelSchema>;

function imageTowerOf(
  model: Model,
  where: string,
  modelArgs: z.infer<typeof outerSchema>['timm_model_args'],
): DualEncoderGraphs['writeImageTower'] {
  if (model.vision_cfg.timm_model_name) {
    const timm = parseConfig(timmVisionSchema, model.vision_cfg, { where, fields: OPEN_CLIP_FIELDS.timm });
    return (b) => writeTimmTower(b, timm, { dimension: model.embed_dim, modelArgs });
  }
  const vision = parseConfig(visionSchema, model.vision_cfg, { where, fields: OPEN_CLIP_FIELDS.vision });
  return (b) => writeImageTower(b, vision, model);
}

type Block = z.infer<z.ZodObject<typeof block>>;

function toShape(
  { width, layers, mlp_ratio, act_kwargs, norm_kwargs }: Block,
  heads: number,
  { quick_gelu: isQuick }: Model,
): EncoderShape {
  const gelu = act_kwargs?.approximate === 'tanh' ? 'gelu_pytorch_tanh' : 'gelu';
  const epsilon = norm_kwargs?.eps ?? 1e-5; // of torch's LayerNorm
  return { width, heads, layers, hidden: Math.floor(width * mlp_ratio), activation: isQuick ? 'quick_gelu' : gelu, epsilon };
}

function writeImageTower(b: GraphBuilder, vision: z.infer<typeof visionSchema>, model: Model): void {
  const { width, patch_size: patchSize } = vision;
  const shape = toShape(vision, Math.floor(width / vision.head_width), model);
  const imageSize = [vision.image_size].flat()[0] as number;
  const pixels = b.input('pixel_values', 'float32', ['batch', 3, imageSize, imageSize]);
  const names = { patch: 'visual.conv1.weight', classToken: 'visual.class_embedding', position: 'visual.positional_embedding' };
  const patches = patchEmbedding(b, pixels, names, { imageSize, patchSize, width });
  const tokens = vision.no_ln_pre ? patches : { ...patches, rows: layerNorm(b, patches.rows, 'visual.ln_pre', width, shape.epsilon) };
  const isMean = vision.pool_type === 'avg';
  const isNormedLast = isMean && vision.final_ln_after_pool; // of one token, it is the same before and after
  const layers = layerNames('visual.transformer', vision.ls_init_value != null);
  const finalNorm = isNormedLast ? undefined : 'visual.ln_post';
  const encoded = encoder(b, tokens, layers, shape, { finalNorm, picker: isMean ? undefined : pickAt(b, 0, width) });
  const pooled = isMean ? meanOfPatches(b, encoded) : encoded.rows;
  const rows = isNormedLast ? layerNorm(b, pooled, 'visual.ln_post', width, shape.epsilon) : pooled;
  const projection = { weight: 'visual.proj', isTransposed: true, isProjection: true };
  b.output(linear(b, rows, projection, width, model.embed_dim), 'image_embeds', ['batch', model.embed_dim]);
}

function writeTextTower(b: GraphBuilder, text: z.infer<typeof textSchema>, model: Model): void {
  const { width, context_length: positions, vocab_size: vocabulary } = text;
  const root = b.has('text.token_embedding.weight') ? 'text.' : ''; // CustomTextCLIP keeps the text tower apart
  const ids = b.input('input_ids', 'int64', ['batch', isPaddingSeen(text) ? positions : 'length']);
  const names = { token: `${root}token_embedding.weight`, position: `${root}positional_embedding` };
  const tokens = tokenEmbedding(b, ids, names, { vocabulary, positions, width });
  const layers = layerNames(`${root}transformer`, text.ls_init_value != null);
  const options = { mask: { isCausal: !text.no_causal_mask }, finalNorm: `${root}ln_final`, picker: pickerOf(b, ids, text) };
  const { rows } = encoder(b, tokens, layers, toShape(text, text.heads, model), options);
  b.output(projectText(b, rows, text, { root, dimension: model.embed_dim }), 'text_embeds', ['batch', model.embed_dim]);
}

/** OpenCLIP masks no padding: where a token that is read sees what comes after the text, texts have to be as long as in training. */
const isPaddingSeen = (text: z.infer<typeof textSchema>): boolean => text.no_causal_mask || text.pool_type === 'last';

function pickerOf(
  b: GraphBuilder,
  ids: Value,
  { pool_type: pool, eos_id, no_causal_mask: seesAll, width }: z.infer<typeof textSchema>,
): Picker {
  if (pool === 'last') return pickAt(b, -1, width);
  if (pool === 'first') {
    if (seesAll) return pickAt(b, 0, width);
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      'open_clip_config.json: labelwise does not support "pool_type" ("first") under a causal mask.',
    );
  }
  const { pick, mask } = pickEnd(b, ids, pool === 'eos' ? eos_id : 'highest', width);
  return seesAll || mask === undefined ? { pick } : { pick, mask };
}

function projectText(
  b: GraphBuilder,
  rows: Value,
  { width, proj_type: type, proj_bias: hasBias }: z.infer<typeof textSchema>,
  { root, dimension }: { readonly root: string; readonly dimension: number },
): Value {
  const at = `${root}text_projection`;
  if (type === 'none') return rows;
  const names = hasBias ? linearNames(at) : { weight: at, isTransposed: true };
  return linear(b, rows, { ...names, isProjection: true }, width, dimension);
}

function layerNames(prefix: string, isScaled: boolean): (layer: number) => LayerNames {
  return (layer) => {
    const at = `${prefix}.resblocks.${layer}`;
    return {
      norm1: `${at}.ln_1`,
      qkv: fusedQkv(`${at}.attn.in_proj_weight`, `${at}.attn.in_proj_bias`),
      out: linearNames(`${at}.attn.out_proj`),
      norm2: `${at}.ln_2`,
      up: linearNames(`${at}.mlp.c_fc`),
      down: linearNames(`${at}.mlp.c_proj`),
      ...(isScaled ? { attentionScale: `${at}.ls_1.gamma`, mlpScale: `${at}.ls_2.gamma` } : {}),
    };
  };
}
