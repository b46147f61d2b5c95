import { z } from 'zod';
import { LabelwiseError } from '../../errors.js';
import { fusedQkv } from '../blocks/attention.js';
import type { EncoderShape, LayerNames } from '../blocks/encoder-layer.js';
import { linearNames } from '../blocks/linear.js';
import { count, size } from './hf-names.js';

/** What vision_cfg and text_cfg of OpenCLIP's own transformers share. */
export const blockFields = {
  width: size,
  layers: count.default(12),
  mlp_ratio: z.number().positive().max(64).default(4),
  ls_init_value: z.number().nullish(),
  act_kwargs: z.strictObject({ approximate: z.enum(['none', 'tanh']) }).nullish(),
  norm_kwargs: z.strictObject({ eps: z.number().positive().max(1) }).nullish(),
};
type Block = z.infer<z.ZodObject<typeof blockFields>>;

/** What both towers need to know of the whole model. */
export interface OpenClipModel {
  readonly embed_dim: number;
  readonly quick_gelu: boolean;
}

/** @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` for options of GELU with another activation: open_clip fails on them */
export function toBlockShape({ width, layers, mlp_ratio, act_kwargs, norm_kwargs }: Block, heads: number, isQuick: boolean): EncoderShape {
  if (isQuick && act_kwargs)
    throw new LabelwiseError('CHECKPOINT_UNSUPPORTED', 'open_clip_config.json: model_cfg: "act_kwargs" does not go with "quick_gelu".', {
      hint: 'Remove one of the two: "act_kwargs" has options of the usual GELU.',
    });
  const gelu = act_kwargs?.approximate === 'tanh' ? 'gelu_pytorch_tanh' : 'gelu';
  const epsilon = norm_kwargs?.eps ?? 1e-5; // of torch's LayerNorm
  return { width, heads, layers, hidden: Math.floor(width * mlp_ratio), activation: isQuick ? 'quick_gelu' : gelu, epsilon };
}

/** The names of OpenCLIP's residual attention blocks. */
export function blockNames(prefix: string, { ls_init_value }: Block): (layer: number) => LayerNames {
  return (layer) => {
    const at = `${prefix}.resblocks.${layer}`;
    return {
      norm1: `${at}.ln_1`,
      qkv: fusedQkv(`${at}.attn.in_proj_weight`, `${at}.attn.in_proj_bias`),
      out: linearNames(`${at}.attn.out_proj`),
      norm2: `${at}.ln_2`,
      up: linearNames(`${at}.mlp.c_fc`),
      down: linearNames(`${at}.mlp.c_proj`),
      ...(ls_init_value == null ? {} : { attentionScale: `${at}.ls_1.gamma`, mlpScale: `${at}.ls_2.gamma` }),
    };
  };
}
