import { z } from 'zod';
import { LabelwiseError } from '../../../errors.js';
import { activation } from '../../blocks/activation.js';
import { linear, linearNames } from '../../blocks/linear.js';
import type { GraphBuilder, Value } from '../../graph-builder.js';
import { size } from '../hf-names.js';
import { writeEva } from './eva.js';
import type { Features, TrunkRequest, TrunkWriter } from './trunk.js';
import { writeVit } from './vit.js';

/** Every architecture of timm that labelwise runs. */
const TRUNKS: readonly TrunkWriter[] = [writeVit, writeEva];

/** OpenCLIP's vision_cfg where a model of timm is the image tower. */
export const timmVisionSchema = z.object({
  timm_model_name: z.string(),
  image_size: size.default(224),
  timm_pool: z.string().default('avg'),
  timm_proj: z.enum(['linear', 'mlp', 'none', '']).nullable().default('linear'),
  timm_proj_bias: z.boolean().default(false),
});

/** An image tower of timm within OpenCLIP (open_clip/timm_model.py): a trunk, its pooling, and a projection. */
export function writeTimmTower(
  b: GraphBuilder,
  vision: z.infer<typeof timmVisionSchema>,
  { dimension, modelArgs }: { readonly dimension: number; readonly modelArgs: TrunkRequest['modelArgs'] },
): void {
  const { image_size: imageSize, timm_pool: pool } = vision;
  const pixels = b.input('pixel_values', 'float32', ['batch', 3, imageSize, imageSize]);
  const request = { name: vision.timm_model_name.split('.')[0] as string, imageSize, pool, modelArgs }; // timm appends a tag of weights
  for (const write of TRUNKS) {
    const features = write(b, pixels, request);
    if (!features) continue;
    b.output(project(b, features, vision, dimension), 'image_embeds', ['batch', dimension]);
    return;
  }
  throw new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    `open_clip_config.json: model_cfg.vision_cfg: labelwise does not support "timm_model_name" ("${vision.timm_model_name}").`,
    { hint: 'If the model has an ONNX export, `onnx` runs that.' },
  );
}

function project(
  b: GraphBuilder,
  { rows, width, classifier }: Features,
  { timm_proj: type, timm_proj_bias: hasBias }: z.infer<typeof timmVisionSchema>,
  dimension: number,
): Value {
  const head = 'visual.head';
  const last = (at: string) => ({ ...(hasBias ? linearNames(at) : { weight: `${at}.weight` }), isProjection: true });
  if (type === 'none') return rows;
  if (type === 'linear') return linear(b, rows, last(`${head}.proj`), width, dimension);
  if (type === 'mlp') {
    const up = activation(b, linear(b, rows, linearNames(`${head}.mlp.fc1`), width, 2 * dimension), 'gelu');
    return linear(b, up, last(`${head}.mlp.fc2`), 2 * dimension, dimension);
  }
  return linear(b, rows, { ...linearNames(classifier), isProjection: true }, width, dimension);
}
