/** Immich's names of models, and where labelwise gets the same weights. Immich writes open_clip's name, `__` and the name of the weights. */
const SAME = new Map<string, readonly string[]>(
  Object.entries({
    'ViT-B-32__openai': ['openai/clip-vit-base-patch32', 'Xenova/clip-vit-base-patch32', 'timm/vit_base_patch32_clip_224.openai'],
    'ViT-B-16__openai': ['openai/clip-vit-base-patch16', 'Xenova/clip-vit-base-patch16', 'timm/vit_base_patch16_clip_224.openai'],
    'ViT-L-14__openai': ['openai/clip-vit-large-patch14', 'Xenova/clip-vit-large-patch14', 'timm/vit_large_patch14_clip_224.openai'],
    'ViT-L-14-336__openai': ['openai/clip-vit-large-patch14-336', 'timm/vit_large_patch14_clip_336.openai'],
    'ViT-B-32__laion2b-s34b-b79k': ['laion/CLIP-ViT-B-32-laion2B-s34B-b79K'],
    'ViT-L-14__laion2b-s32b-b82k': ['laion/CLIP-ViT-L-14-laion2B-s32B-b82K'],
    'ViT-H-14__laion2b-s32b-b79k': ['laion/CLIP-ViT-H-14-laion2B-s32B-b79K'],
    'ViT-g-14__laion2b-s12b-b42k': ['laion/CLIP-ViT-g-14-laion2B-s12B-b42K'],
    'XLM-Roberta-Base-ViT-B-32__laion5b_s13b_b90k': ['laion/CLIP-ViT-B-32-xlm-roberta-base-laion5B-s13B-b90k'],
    'XLM-Roberta-Large-ViT-H-14__frozen_laion5b_s13b_b90k': ['laion/CLIP-ViT-H-14-frozen-xlm-roberta-large-laion5B-s13B-b90k'],
    'ViT-L-14-quickgelu__dfn2b': ['apple/DFN2B-CLIP-ViT-L-14'],
    'ViT-H-14-378-quickgelu__dfn5b': ['apple/DFN5B-CLIP-ViT-H-14-378'],
    'ViT-B-16-SigLIP__webli': ['google/siglip-base-patch16-224', 'timm/ViT-B-16-SigLIP'],
    'ViT-SO400M-14-SigLIP-384__webli': ['google/siglip-so400m-patch14-384', 'timm/ViT-SO400M-14-SigLIP-384'],
    'ViT-B-16-SigLIP2__webli': ['timm/ViT-B-16-SigLIP2'],
    'ViT-SO400M-16-SigLIP2-384__webli': ['timm/ViT-SO400M-16-SigLIP2-384'],
  }),
);

/** Whether Immich's name means the model that labelwise calls `name`, at whatever revision. Immich reads `::` as `__`, and nothing before a `/`. */
export function isImmichName(immichName: string, name: string): boolean {
  const [repo] = name.split('@');
  const clean = immichName.replace(/^.*\//, '').replace('::', '__');
  return immichName === name || (SAME.get(clean) ?? []).some((same) => same.toLowerCase() === repo?.toLowerCase());
}
