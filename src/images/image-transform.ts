import { z } from 'zod';
import { LabelwiseError } from '../errors.js';
import { refuseUnknownFields } from '../files/field-rules.js';
import { parseJsonFile } from '../files/parse-json-file.js';
import { PROCESSOR_FIELDS, PROCESSORS, type ProcessorDefaults } from './processor-fields.js';
import type { ResampleFilter } from './resize/resample-filters.js';

/** How an image is prepared for the encoder, as preprocessor_config.json states. */
export interface ImageTransform {
  /** `shortest`: the shorter side becomes `size`, the other keeps the ratio. `exact`: the image is squashed. */
  readonly resize: { kind: 'shortest'; size: number } | { kind: 'exact'; height: number; width: number } | undefined;
  readonly filter: ResampleFilter;
  readonly crop: { height: number; width: number } | undefined;
  /** Where a crop starts if the margin is odd: transformers rounds down (the default), torchvision and OpenCLIP round to even. */
  readonly cropRounding?: 'even';
  /** When an image that is not RGB is converted: before the resize, as in transformers (the default), or after it, as in OpenCLIP. */
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
const box = z.strictObject({ height: side, width: side });
const size = z.union([side, z.strictObject({ shortest_edge: side }), box, z.tuple([side, side])]);
const triple = z.tuple([z.number(), z.number(), z.number()]);
const divisor = z.number().refine((value) => value !== 0, 'it divides, and cannot be 0');
const schema = z.object({
  do_resize: z.boolean().default(true),
  size: size.nullish(),
  default_to_square: z.boolean().nullish(),
  resample: z.number().int().min(0).max(5).nullish(),
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
  image_mean: triple.nullish(),
  image_std: z.tuple([divisor, divisor, divisor]).nullish(),
});

/** The fields of an image processor that make the transform. */
export const PROCESSOR_READS: readonly string[] = Object.keys(schema.shape);

/**
 * Reads an image processor's file: `size` may be a number, {shortest_edge} or {height, width}; `resample` is Pillow's number. What the file
 * leaves out is as its class has it in transformers; a file that names no class is read as CLIP's.
 *
 * @throws LabelwiseError `CHECKPOINT_DAMAGED`, or `CHECKPOINT_UNSUPPORTED` with the field that is not understood
 */
export function parseImageTransform(json: unknown, file = 'preprocessor_config.json'): ImageTransform {
  const config = parseJsonFile(schema, json, file);
  const defaults = defaultsOf(json as object, file);
  refuseUnknownFields(json, PROCESSOR_READS, PROCESSOR_FIELDS, file);
  const crops = config.do_center_crop ?? defaults.do_center_crop;
  const isSquare = config.default_to_square ?? defaults.default_to_square;
  return {
    resize: config.do_resize ? toResize(config.size ?? defaults.size, isSquare) : undefined,
    filter: FILTERS[config.resample ?? defaults.resample] as ResampleFilter,
    crop: crops ? toBox(config.crop_size ?? 224) : undefined,
    ...(config.crop_rounding ? { cropRounding: config.crop_rounding } : {}),
    ...(config.rgb_conversion ? { rgbConversion: config.rgb_conversion } : {}),
    rescaleFactor: config.do_rescale ? config.rescale_factor : 1,
    mean: config.do_normalize ? (config.image_mean ?? defaults.image_mean) : [0, 0, 0],
    std: config.do_normalize ? (config.image_std ?? defaults.image_std) : [1, 1, 1],
  };
}

function defaultsOf(json: object, file: string): ProcessorDefaults {
  const named =
    'image_processor_type' in json ? json.image_processor_type : 'feature_extractor_type' in json ? json.feature_extractor_type : null;
  const name = String(named ?? 'CLIP').replace(/(?:ImageProcessor(?:Fast|Pil)?|FeatureExtractor)$/, '');
  const known = Object.hasOwn(PROCESSORS, name) ? PROCESSORS[name] : undefined;
  if (known) return known;
  throw new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    name === 'Siglip2'
      ? `${file}: labelwise does not support NaFlex models, which take images of any shape (${named}).`
      : `${file}: labelwise does not support the image processor "${named}".`,
    {
      hint:
        name === 'Siglip2'
          ? 'Use a SigLIP 2 model of fixed size, for example google/siglip2-base-patch16-224.'
          : `It supports those of ${Object.keys(PROCESSORS).join(', ')}.`,
    },
  );
}

function toResize(value: z.infer<typeof size>, isSquare: boolean): ImageTransform['resize'] {
  if (typeof value === 'number') return isSquare ? { kind: 'exact', ...toBox(value) } : { kind: 'shortest', size: value };
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
