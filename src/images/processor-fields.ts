import type { FieldRules } from '../files/field-rules.js';

/** Fields of transformers' image processors that the transform is not made from. */
export const PROCESSOR_FIELDS: FieldRules = {
  harmless: {
    'images always become RGB here': ['do_convert_rgb'],
    'names of Python classes': ['image_processor_type', 'feature_extractor_type', 'processor_class', 'use_fast'],
    'where and how Python returns the result': ['data_format', 'input_data_format', 'return_tensors', 'device', 'disable_grouping'],
    'text around images in chat models': ['image_seq_length'],
  },
  off: {
    ...{ do_pad: [false], pad_size: [], rescale_offset: [false], offset: [false], crop_pct: [], size_divisor: [], auto_map: [{}] },
    ...{ do_reduce_labels: [false], do_flip_channel_order: [false], do_thumbnail: [false], do_align_long_axis: [false] },
    include_top: [false],
  },
};

/** What a class reads beside the common fields. */
export const OWN_READS: Readonly<Record<string, readonly string[]>> = {
  EfficientNet: ['rescale_offset', 'include_top'],
  Siglip2: ['patch_size', 'max_num_patches'],
};

/** What a class of image processors does where its file is silent. */
export interface ProcessorDefaults {
  readonly size: { readonly shortest_edge: number } | { readonly height: number; readonly width: number };
  /** Whether a size that is one number means a square, not the shorter side. */
  readonly default_to_square: boolean;
  readonly do_center_crop: boolean;
  readonly crop_size?: number;
  readonly resample: number;
  readonly image_mean: readonly [number, number, number];
  readonly image_std: readonly [number, number, number];
}

const OPENAI = {
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
} as const;
const HALF = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] } as const;
const CROPPED: ProcessorDefaults = { size: { shortest_edge: 224 }, default_to_square: false, do_center_crop: true, resample: 3, ...OPENAI };
const SQUARE: ProcessorDefaults = {
  size: { height: 224, width: 224 },
  default_to_square: true,
  do_center_crop: false,
  resample: 3,
  ...HALF,
};

/** By the class's name without ImageProcessor or FeatureExtractor; from transformers 5.24. */
export const PROCESSORS: Readonly<Record<string, ProcessorDefaults>> = {
  ...{ CLIP: CROPPED, ChineseCLIP: CROPPED, Bit: CROPPED, Siglip: SQUARE, ViT: { ...SQUARE, resample: 2 } },
  Blip: { ...SQUARE, ...OPENAI, size: { height: 384, width: 384 } },
  EfficientNet: { ...SQUARE, size: { height: 346, width: 346 }, crop_size: 289 },
  Siglip2: { ...SQUARE, resample: 2 },
};
