import { z } from 'zod';
import { LabelwiseError } from '../errors.js';
import { type FieldRules, refuseUnknownFields } from '../files/field-rules.js';
import { parseJsonFile } from '../files/parse-json-file.js';
import type { Family } from './families.js';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const side = z.number().int().positive();
// OpenCLIP resizes for other shapes by a rule of its own, which also ignores `interpolation`.
const square = z.tuple([side, side]).refine(([height, width]) => height === width, 'labelwise supports square images only');
const schema = z.looseObject({
  model_cfg: z.looseObject({
    vision_cfg: z.looseObject({ image_size: z.union([side, square]).default(224) }),
    text_cfg: z.looseObject({
      context_length: side.default(77),
      hf_tokenizer_name: z.string().nullish(),
      hf_model_name: z.string().nullish(),
      tokenizer_mode: z.enum(['', 'clips'], 'labelwise does not support it').nullish(),
      tokenizer_kwargs: z
        .strictObject({ strip_sep_token: z.boolean().optional(), clean: z.enum(['whitespace', 'canonicalize', 'lower']).optional() })
        .prefault({}),
    }),
    init_logit_bias: z.number().nullish(),
  }),
  preprocess_cfg: z.unknown().optional(),
});

const preprocessSchema = z.object({
  mean: triple.nullish(),
  std: triple.nullish(),
  interpolation: z.enum(['bicubic', 'bilinear', 'random']).default('bicubic'),
  resize_mode: z.enum(['shortest', 'squash']).default('shortest'),
});

/** The fields of OpenCLIP's preprocess_cfg that are read, and what is known of the others. */
export const PREPROCESS_READS: readonly string[] = Object.keys(preprocessSchema.shape);
export const PREPROCESS_FIELDS: FieldRules = {
  harmless: {
    'the model states its image size, and OpenCLIP takes that': ['size'],
    'the colour around a picture that is padded, which "longest" alone does': ['fill_color'],
    'where the weights came from': ['hf_hub', 'url'],
    'names of Python classes': ['image_processor_type', 'processor_class', 'auto_map'],
  },
  off: { mode: ['RGB'] },
};

/** Pillow's numbers; a model that was trained with both is run with the better. */
const RESAMPLE = { bilinear: 2, bicubic: 3, random: 3 };

/**
 * What OpenCLIP's one configuration file says, in the words of config.json and preprocessor_config.json.
 *
 * @throws LabelwiseError `CHECKPOINT_DAMAGED`, or `CHECKPOINT_UNSUPPORTED` with the field that is not understood
 */
export function openClipConfig(json: unknown): { config: object; preprocessor: object; family: Family } {
  const { model_cfg: model, preprocess_cfg: preprocess } = parseJsonFile(schema, json, 'open_clip_config.json');
  const { text_cfg: text, init_logit_bias: initialBias } = model;
  const usesOwnTokenizer = !text.hf_tokenizer_name;
  refuseOddTokenizer(text);
  const isClips = !usesOwnTokenizer && text.tokenizer_mode === 'clips';
  return {
    config: { model_type: 'open_clip', text_config: { max_position_embeddings: text.context_length } },
    preprocessor: {
      ...openClipPreprocess(preprocess, [model.vision_cfg.image_size].flat()[0] as number, 'open_clip_config.json: preprocess_cfg'),
      rgb_conversion: 'after-resize', // as open_clip's own transform does
    },
    family: {
      scoring: initialBias == null ? 'softmax' : 'sigmoid', // only the sigmoid loss of SigLIP has a bias
      padding: 'longest', // where padding is seen, the graph takes whole texts alone
      cleaning: text.tokenizer_kwargs.clean ?? (usesOwnTokenizer ? 'lower' : 'whitespace'),
      zeroesSeparator: !isClips && (text.tokenizer_kwargs.strip_sep_token ?? false),
      ...(isClips ? { isClips } : {}),
      ...(usesOwnTokenizer ? { padTokenId: 0 } : {}),
    },
  };
}

/** OpenCLIP's own tokenizer and those of transformers take other options, and clean texts differently where none are given. */
function refuseOddTokenizer({
  hf_tokenizer_name: hf,
  hf_model_name: tower,
  tokenizer_kwargs: options,
}: z.infer<typeof schema>['model_cfg']['text_cfg']): void {
  const isOdd = hf ? options.clean === 'lower' : tower || options.clean === 'whitespace' || options.strip_sep_token !== undefined;
  if (!isOdd) return;
  throw new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    `open_clip_config.json: labelwise does not support "tokenizer_kwargs" (${JSON.stringify(options)}) with the tokenizer ${hf || 'of OpenCLIP'}${tower ? ` and the text tower ${tower}` : ''}.`,
    { hint: 'Compare the file with the one in the repository on the hub.' },
  );
}

/** OpenCLIP's preprocess_cfg in the words of preprocessor_config.json. Jina's processors have the same fields. */
export function openClipPreprocess(json: unknown, size: number, file: string): object {
  const preprocess = parseJsonFile(preprocessSchema, json ?? {}, file);
  refuseUnknownFields(json, PREPROCESS_READS, PREPROCESS_FIELDS, file);
  const isShortest = preprocess.resize_mode === 'shortest';
  return {
    size: isShortest ? { shortest_edge: size } : { height: size, width: size },
    do_center_crop: isShortest,
    crop_size: size,
    crop_rounding: 'even',
    resample: RESAMPLE[preprocess.interpolation],
    image_mean: preprocess.mean,
    image_std: preprocess.std,
  };
}
