import { z } from 'zod';
import { parseJsonFile } from '../files/parse-json-file.js';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const schema = z.looseObject({
  model_cfg: z.looseObject({
    vision_cfg: z.looseObject({ image_size: z.union([z.number(), z.tuple([z.number(), z.number()])]).default(224) }),
    text_cfg: z.looseObject({ context_length: z.number().default(77) }),
    init_logit_bias: z.number().nullish(),
  }),
  preprocess_cfg: z
    .looseObject({
      mean: triple.optional(),
      std: triple.optional(),
      interpolation: z.enum(['bicubic', 'bilinear', 'random']).default('bicubic'),
      resize_mode: z.enum(['shortest', 'squash']).default('shortest'),
    })
    .prefault({}),
});

/** Pillow's numbers; a model that was trained with both is run with the better. */
const RESAMPLE = { bilinear: 2, bicubic: 3, random: 3 };

/**
 * What OpenCLIP's one configuration file says, in the words of config.json and preprocessor_config.json.
 *
 * @throws LabelwiseError `CHECKPOINT_DAMAGED`, or `CHECKPOINT_UNSUPPORTED` with the field that is not understood
 */
export function openClipConfig(json: unknown): { config: object; preprocessor: object } {
  const { model_cfg: model, preprocess_cfg: preprocess } = parseJsonFile(schema, json, 'open_clip_config.json');
  const [height, width] = [model.vision_cfg.image_size].flat() as [number, number?];
  const exact = { height, width: width ?? height };
  const isShortest = preprocess.resize_mode === 'shortest';
  return {
    config: { model_type: 'open_clip', text_config: { max_position_embeddings: model.text_cfg.context_length } },
    preprocessor: {
      size: isShortest ? { shortest_edge: height } : exact,
      do_center_crop: isShortest,
      crop_size: exact,
      crop_rounding: 'even',
      rgb_conversion: 'after-resize',
      resample: RESAMPLE[preprocess.interpolation],
      ...(preprocess.mean ? { image_mean: preprocess.mean } : {}),
      ...(preprocess.std ? { image_std: preprocess.std } : {}),
    },
  };
}
