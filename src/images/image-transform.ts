import { z } from 'zod';
import { LabelwiseError } from '../errors.js';
import { refuseUnknownFields } from '../files/field-rules.js';
import { parseJsonFile } from '../files/parse-json-file.js';
import { OWN_READS, PROCESSOR_FIELDS, PROCESSORS, type ProcessorDefaults } from './processor-fields.js';
import type { ResampleFilter } from './resize/resample-filters.js';

/** The size that an image gets. */
export type Resize =
  /** The shorter side becomes `size`, the other keeps the ratio. */
  | { readonly kind: 'shortest'; readonly size: number }
  /** The image is squashed. */
  | { readonly kind: 'exact'; readonly height: number; readonly width: number }
  /** It keeps its shape, as far as whole patches go: the largest size that has `most` patches or fewer. */
  | { readonly kind: 'patches'; readonly patchSize: number; readonly most: number };

/** How an image is prepared for the encoder, as preprocessor_config.json states. */
export interface ImageTransform {
  readonly resize: Resize | undefined;
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
/** What single classes read beside them. */
const ownSchema = z.object({
  rescale_offset: z.boolean().default(false),
  include_top: z.boolean().default(true),
  patch_size: z.number().int().positive().max(256).default(16),
  max_num_patches: z.number().int().positive().max(16384).default(256),
});

/** The fields of an image processor that make the transform. */
export const PROCESSOR_READS: readonly string[] = Object.keys(schema.shape);
/** Fields that a class of pictures of any shape does not read. */
const OF_FIXED_SIZE: readonly string[] = ['size', 'default_to_square', 'do_center_crop', 'crop_size'];

/**
 * Reads an image processor's file: `size` may be a number, {shortest_edge} or {height, width}; `resample` is Pillow's number. What the file
 * leaves out is as its class has it in transformers; a file that names no class is read as CLIP's.
 *
 * @throws LabelwiseError `CHECKPOINT_DAMAGED`, or `CHECKPOINT_UNSUPPORTED` with the field that is not understood
 */
export function parseImageTransform(json: unknown, file = 'preprocessor_config.json'): ImageTransform {
  const config = parseJsonFile(schema, json, file);
  const named = classOf(json as object);
  const name = named.replace(/(?:ImageProcessor(?:Fast|Pil)?|FeatureExtractor)$/, '');
  const defaults = defaultsOf({ name, named }, file);
  const own = parseJsonFile(ownSchema, json, file);
  const isAnyShape = name === 'Siglip2';
  const reads = [...PROCESSOR_READS, ...(OWN_READS[name] ?? [])].filter((field) => !isAnyShape || !OF_FIXED_SIZE.includes(field));
  refuseUnknownFields(json, reads, PROCESSOR_FIELDS, file);
  const crops = !isAnyShape && (config.do_center_crop === undefined ? defaults.do_center_crop : config.do_center_crop === true); // null: no crop
  const isSquare = config.default_to_square ?? defaults.default_to_square;
  for (const field of isAnyShape ? ([] as const) : (['size', 'resample'] as const))
    if (config.do_resize && config[field] === null)
      throw unsupported(
        `${file}: expected "${field}" to say how pictures are resized, got null.`,
        'Compare the file with the one in the repository on the hub.',
      );
  const byPatches = { kind: 'patches', patchSize: own.patch_size, most: own.max_num_patches } as const;
  if (isAnyShape && !config.do_resize) throw unsupported(`${file}: labelwise does not support "do_resize" (false) of ${name}.`);
  return {
    resize: isAnyShape ? byPatches : config.do_resize ? toResize(config.size ?? defaults.size, isSquare) : undefined,
    filter: FILTERS[config.resample ?? defaults.resample] as ResampleFilter,
    crop: crops ? toBox(config.crop_size ?? defaults.crop_size ?? 224) : undefined,
    ...(config.crop_rounding ? { cropRounding: config.crop_rounding } : {}),
    ...(config.rgb_conversion ? { rgbConversion: config.rgb_conversion } : {}),
    rescaleFactor: config.do_rescale ? config.rescale_factor : 1,
    ...toNormalization(
      { mean: config.image_mean ?? defaults.image_mean, std: config.image_std ?? defaults.image_std, isOn: config.do_normalize },
      name === 'EfficientNet' ? { offset: config.do_rescale && own.rescale_offset ? 1 : 0, isTwice: own.include_top } : undefined,
    ),
  };
}

type Triple = readonly [number, number, number];

/** What is subtracted and divided by. EfficientNet's processor may subtract 1 before that, and divide by the deviation again after it. */
function toNormalization(
  { mean, std, isOn }: { readonly mean: Triple; readonly std: Triple; readonly isOn: boolean },
  efficientNet: { readonly offset: number; readonly isTwice: boolean } = { offset: 0, isTwice: false },
): { mean: Triple; std: Triple } {
  const { offset, isTwice } = efficientNet;
  const divisors: Triple = isOn ? std : [1, 1, 1];
  const subtracted: Triple = isOn ? mean : [0, 0, 0];
  return {
    mean: offset === 0 ? subtracted : (subtracted.map((value) => value + offset) as unknown as Triple),
    std: isTwice ? (divisors.map((value, i) => value * (std[i] as number)) as unknown as Triple) : divisors,
  };
}

/** The class that made the file. */
function classOf(json: object): string {
  const named =
    'image_processor_type' in json ? json.image_processor_type : 'feature_extractor_type' in json ? json.feature_extractor_type : null;
  return String(named ?? 'CLIP');
}

function defaultsOf({ name, named }: { readonly name: string; readonly named: string }, file: string): ProcessorDefaults {
  const known = Object.hasOwn(PROCESSORS, name) ? PROCESSORS[name] : undefined;
  if (known) return known;
  throw unsupported(
    `${file}: labelwise does not support the image processor "${named}".`,
    `It supports those of ${Object.keys(PROCESSORS).join(', ')}.`,
  );
}

const unsupported = (message: string, hint?: string): LabelwiseError =>
  new LabelwiseError('CHECKPOINT_UNSUPPORTED', message, hint === undefined ? {} : { hint });

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
