import { z } from 'zod';
import { parseJsonFile } from '../files/parse-json-file.js';
import type { ResampleFilter } from './resize/resample-filters.js';

/** What happens to an image before the encoder sees it, as preprocessor_config.json says. */
export interface ImageTransform {
  /** `shortest`: the shorter side becomes `size`, the other keeps the ratio. `exact`: the image is squashed. */
  readonly resize: { kind: 'shortest'; size: number } | { kind: 'exact'; height: number; width: number } | undefined;
  readonly filter: ResampleFilter;
  readonly crop: { height: number; width: number } | undefined;
  /** Where a crop begins when what is cut off is odd: transformers rounds down (the default), torchvision and OpenCLIP to even. */
  readonly cropRounding?: 'even';
  /** When an image of another kind becomes RGB: before the resize as in transformers (the default), or after it as in OpenCLIP. */
  readonly rgbConversion?: 'after-resize';
  /** Multiplies each 0..255 value. */
  readonly rescaleFactor: number;
  /** Subtracted after rescaling, then divided by `std`; red, green, blue. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Pillow's numbers for its filters. */
const FILTERS: readonly ResampleFilter[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];

const side = z.number().int().positive().max(4096);
const size = z.union([side, z.object({ shortest_edge: side }), z.object({ height: side, width: side }), z.tuple([side, side])]);
const triple = z.tuple([z.number(), z.number(), z.number()]);
const schema = z.object({
  image_processor_type: z.string().optional(),
  feature_extractor_type: z.string().optional(),
  do_resize: z.boolean().default(true),
  size: size.optional(),
  resample: z.number().int().min(0).max(5).default(3),
  do_center_crop: z.boolean().nullish(),
  crop_size: size.nullish(),
  crop_rounding: z.literal('even').optional(), // said by openClipConfig alone
  rgb_conversion: z.literal('after-resize').optional(), // likewise
  do_rescale: z.boolean().default(true),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  do_normalize: z.boolean().default(true),
  image_mean: triple.default([0.48145466, 0.4578275, 0.40821073]),
  image_std: triple.default([0.26862954, 0.26130258, 0.27577711]),
});

/**
 * Reads preprocessor_config.json: `size` may be a number, {shortest_edge} or {height, width}; `resample` is Pillow's number.
 *
 * @throws LabelwiseError `CHECKPOINT_DAMAGED`, or `CHECKPOINT_UNSUPPORTED` with the field that is not understood
 */
export function parseImageTransform(json: unknown): ImageTransform {
  const config = parseJsonFile(schema, json, 'preprocessor_config.json');
  const crops = config.do_center_crop ?? config.crop_size != null;
  const square = config.size ?? config.crop_size ?? 224;
  return {
    resize: config.do_resize ? toResize(square, crops) : undefined,
    filter: FILTERS[config.resample] as ResampleFilter,
    crop: crops ? toBox(config.crop_size ?? square) : undefined,
    ...(config.crop_rounding ? { cropRounding: config.crop_rounding } : {}),
    ...(config.rgb_conversion ? { rgbConversion: config.rgb_conversion } : {}),
    rescaleFactor: config.do_rescale ? config.rescale_factor : 1,
    mean: config.do_normalize ? config.image_mean : [0, 0, 0],
    std: config.do_normalize ? config.image_std : [1, 1, 1],
  };
}

function toResize(value: z.infer<typeof size>, crops: boolean): ImageTransform['resize'] {
  if (typeof value === 'number') return crops ? { kind: 'shortest', size: value } : { kind: 'exact', ...toBox(value) };
  if ('shortest_edge' in value) return { kind: 'shortest', size: value.shortest_edge };
  return { kind: 'exact', ...toBox(value) };
}

function toBox(value: z.infer<typeof size>): { height: number; width: number } {
  if (typeof value === 'number') return { height: value, width: value };
  if ('shortest_edge' in value) return { height: value.shortest_edge, width: value.shortest_edge };
  return Array.isArray(value) ? { height: value[0], width: value[1] } : { height: value.height, width: value.width };
}

/** The height and width of what the encoder takes, or undefined where it depends on the image. */
export function outputSize(transform: ImageTransform): { height: number; width: number } | undefined {
  if (transform.crop) return transform.crop;
  return transform.resize?.kind === 'exact' ? { height: transform.resize.height, width: transform.resize.width } : undefined;
}
