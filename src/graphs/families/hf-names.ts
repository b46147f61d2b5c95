import { z } from 'zod';
import type { EncoderShape, LayerNames } from '../blocks/encoder-layer.js';
import { linearNames } from '../blocks/linear.js';

/** The names that transformers gives to the tensors of a CLIP or SigLIP encoder layer; version 5.24 saves AltCLIP's in `layer`. */
export function hfLayerNames(prefix: string, list: 'layers' | 'layer' = 'layers'): (layer: number) => LayerNames {
  return (layer) => {
    const at = `${prefix}.encoder.${list}.${layer}`;
    const attention = `${at}.self_attn`;
    return {
      norm1: `${at}.layer_norm1`,
      qkv: {
        query: linearNames(`${attention}.q_proj`),
        key: linearNames(`${attention}.k_proj`),
        value: linearNames(`${attention}.v_proj`),
      },
      out: linearNames(`${attention}.out_proj`),
      norm2: `${at}.layer_norm2`,
      up: linearNames(`${at}.mlp.fc1`),
      down: linearNames(`${at}.mlp.fc2`),
    };
  };
}

/** The names that transformers gives to the tensors of a layer of BERT and RoBERTa. */
export function bertLayerNames(prefix: string): (layer: number) => LayerNames {
  return (layer) => {
    const at = `${prefix}.encoder.layer.${layer}`;
    const qkv = (name: string) => linearNames(`${at}.attention.self.${name}`);
    return {
      norm1: `${at}.attention.output.LayerNorm`,
      qkv: { query: qkv('query'), key: qkv('key'), value: qkv('value') },
      out: linearNames(`${at}.attention.output.dense`),
      norm2: `${at}.output.LayerNorm`,
      up: linearNames(`${at}.intermediate.dense`),
      down: linearNames(`${at}.output.dense`),
    };
  };
}

/** A size that a model can have; larger ones would only waste memory on a broken file. */
export const size = z.number().int().min(1).max(1_000_000);
export const count = z.number().int().min(1).max(256);

/** vision_cfg's `image_size`: a number, or a square. */
export const imageSize = z
  .union([size, z.tuple([size, size]).refine(([a, b]) => a === b, 'labelwise supports square images only')])
  .default(224)
  .transform((sides) => [sides].flat()[0] as number);

/** config.json's names for the shape of a tower. What a file leaves out has transformers' defaults, which differ by family. */
export function towerSchema(defaults: {
  readonly width: number;
  readonly hidden: number;
  readonly heads: number;
  readonly layers?: number;
  readonly activation: string;
  readonly epsilon: number;
}) {
  return {
    hidden_size: size.default(defaults.width),
    intermediate_size: size.default(defaults.hidden),
    num_attention_heads: count.default(defaults.heads),
    num_hidden_layers: count.default(defaults.layers ?? 12),
    hidden_act: z.string().default(defaults.activation),
    layer_norm_eps: z.number().positive().max(1).default(defaults.epsilon),
  };
}

export function toEncoderShape(config: z.infer<z.ZodObject<ReturnType<typeof towerSchema>>>): EncoderShape {
  return {
    width: config.hidden_size,
    hidden: config.intermediate_size,
    heads: config.num_attention_heads,
    layers: config.num_hidden_layers,
    activation: config.hidden_act,
    epsilon: config.layer_norm_eps,
  };
}
