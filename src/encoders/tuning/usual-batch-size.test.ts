import { expect, test } from 'vitest';
import { usualBatchSize } from './usual-batch-size.js';

const clip = (image_size: number, patch_size: number, intermediate_size: number) => ({
  vision_config: { image_size, patch_size, intermediate_size },
});

test.each([
  ['ViT-B/32', clip(224, 32, 3072), 8],
  ['ViT-B/16', clip(224, 16, 3072), 8],
  ['ViT-L/14', clip(224, 14, 4096), 4],
  ['ViT-L/14 at 336 pixels', clip(336, 14, 4096), 2],
  ['a giant', clip(1344, 14, 16384), 1],
  ["OpenCLIP's ViT-H/14", { model_cfg: { vision_cfg: { image_size: 224, patch_size: 14, width: 1280 } } }, 4],
  ['no vision transformer', { vision_config: { image_size: 224 } }, 8],
  ['no configuration', undefined, 8],
  [
    "timm's SigLIP at 512 pixels",
    { model_cfg: { embed_dim: 768, vision_cfg: { image_size: 512, timm_model_name: 'vit_base_patch16_siglip_512' } } },
    1,
  ],
])('%s', (_name, config, size) => expect(usualBatchSize(config)).toBe(size));
