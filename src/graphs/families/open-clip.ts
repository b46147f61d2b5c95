import { z } from 'zod';
import { LabelwiseError } from '../../errors.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { DualEncoderGraphs } from './family.js';
import { count, size } from './hf-names.js';
import { hfTextSchema, writeHfText } from './hf-text.js';
import { OPEN_CLIP_FIELDS } from './known-fields.js';
import { RESNET_SCHEMA, writeModifiedResNet } from './modified-resnet.js';
import { textSchema, writeOpenClipText } from './open-clip-text.js';
import { visionSchema, writeOpenClipVision } from './open-clip-vision.js';
import { parseConfig } from './parse-config.js';
import { timmVisionSchema, writeTimmTower } from './timm/image-tower.js';

const part = z.looseObject({});
const modelSchema = z.object({
  embed_dim: size,
  quick_gelu: z.boolean().default(false),
  vision_cfg: part,
  text_cfg: part,
  init_logit_bias: z.number().nullish(), // it says that the model was trained with a sigmoid: openClipConfig reads it
  multimodal_cfg: part.optional(), // says that there are tensors of a decoder; known-fields.ts says why nothing in it matters
});
type Model = z.infer<typeof modelSchema>;

const outerSchema = z.object({
  model_cfg: part,
  /** timm's own word, of its config.json: arguments that replace those of the model's name. */
  timm_model_args: z
    .strictObject({
      embed_dim: size.optional(),
      depth: count.optional(),
      depths: z.array(count).optional(),
      dims: z.array(size).optional(),
    })
    .default({}),
});
const OUTER_FIELDS = { harmless: { 'read with the images': ['preprocess_cfg'] }, off: {} };
const WHERE = 'open_clip_config.json: model_cfg';

/** The schemas of open_clip_config.json's model_cfg and its parts. */
export const OPEN_CLIP_SCHEMAS = {
  ...{ model: modelSchema, vision: visionSchema, timm: timmVisionSchema, resnet: RESNET_SCHEMA, text: textSchema, hfText: hfTextSchema },
} as const;

/** OpenCLIP's own layout: open_clip_config.json with open_clip_model.safetensors. */
export function readOpenClip(json: unknown): DualEncoderGraphs {
  const outer = parseConfig(outerSchema, json, { where: 'open_clip_config.json', fields: OUTER_FIELDS });
  const model = parseConfig(modelSchema, outer.model_cfg, { where: WHERE, fields: OPEN_CLIP_FIELDS.model });
  const writeTextTower = textTowerOf(model);
  return {
    writeImageTower: imageTowerOf(model, outer.timm_model_args),
    writeTextTower(b) {
      refuseUnstatedBias(b, model);
      writeTextTower(b);
    },
    ...(model.multimodal_cfg ? { aside: /^text_decoder\./ } : {}),
  };
}

/** The configuration says whether probabilities come from a sigmoid, the weights whether the model was trained for one: open_clip does not load others. */
function refuseUnstatedBias(b: GraphBuilder, { init_logit_bias: initialBias }: Model): void {
  if (initialBias != null || !b.has('logit_bias')) return;
  throw new LabelwiseError('CHECKPOINT_UNSUPPORTED', `${WHERE} lacks "init_logit_bias", and the weights have a logit_bias.`, {
    hint: 'Compare the file with the one in the repository on the hub.',
  });
}

function imageTowerOf(model: Model, modelArgs: z.infer<typeof outerSchema>['timm_model_args']): DualEncoderGraphs['writeImageTower'] {
  const where = `${WHERE}.vision_cfg`;
  if (model.vision_cfg.timm_model_name) {
    const timm = parseConfig(timmVisionSchema, model.vision_cfg, { where, fields: OPEN_CLIP_FIELDS.timm });
    return (b) => writeTimmTower(b, timm, { dimension: model.embed_dim, modelArgs });
  }
  if (Array.isArray(model.vision_cfg.layers)) {
    const resnet = parseConfig(RESNET_SCHEMA, model.vision_cfg, { where, fields: OPEN_CLIP_FIELDS.resnet });
    return (b) => writeModifiedResNet(b, resnet, model.embed_dim);
  }
  const vision = parseConfig(visionSchema, model.vision_cfg, { where, fields: OPEN_CLIP_FIELDS.vision });
  return (b) => writeOpenClipVision(b, vision, model);
}

function textTowerOf(model: Model): DualEncoderGraphs['writeTextTower'] {
  const where = `${WHERE}.text_cfg`;
  if (model.text_cfg.hf_model_name) {
    const hf = parseConfig(hfTextSchema, model.text_cfg, { where, fields: OPEN_CLIP_FIELDS.hfText });
    return (b) => writeHfText(b, hf, model.embed_dim);
  }
  const text = parseConfig(textSchema, model.text_cfg, { where, fields: OPEN_CLIP_FIELDS.text });
  return (b) => writeOpenClipText(b, text, model);
}
