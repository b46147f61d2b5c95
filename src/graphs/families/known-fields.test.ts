import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PREPROCESS_FIELDS, PREPROCESS_READS } from '../../checkpoints/open-clip-config.js';
import { type FieldRules, type FieldUse, refuseUnknownFields, useOfField } from '../../files/field-rules.js';
import { PROCESSOR_READS } from '../../images/image-transform.js';
import { OWN_READS, PROCESSOR_FIELDS, PROCESSORS } from '../../images/processor-fields.js';
import { ALIGN_SCHEMAS } from './align.js';
import { ALTCLIP_SCHEMAS } from './altclip.js';
import { CHINESE_CLIP_TEXT } from './chinese-clip.js';
import { CLIP_SCHEMAS } from './hf-clip.js';
import { HF_FIELDS, OPEN_CLIP_FIELDS } from './known-fields.js';
import { OPEN_CLIP_SCHEMAS } from './open-clip.js';
import { SIGLIP_SCHEMAS } from './siglip.js';

/** Every field of open_clip's, transformers' and timm's configuration classes with its default, listed by tests/parity/build/config_fields.py. */
type Fields = Record<string, unknown>;
const listed = JSON.parse(readFileSync(new URL('../../../tests/parity/config-fields.json', import.meta.url), 'utf8')) as {
  open_clip: Record<'model' | 'vision' | 'text' | 'preprocess', Fields>;
  transformers: Record<
    'CLIP' | 'Siglip' | 'ChineseCLIP' | 'Siglip2' | 'MetaClip2' | 'AltCLIP' | 'CLIPSeg' | 'Align',
    Record<'model' | 'text' | 'vision', Fields>
  >;
  processors: Record<string, Fields>;
  timm: Fields;
};
const keys = (schema: { shape: object }): string[] => Object.keys(schema.shape);
const { open_clip: openClip, transformers: hf } = listed;

const CLASSES: [string, Fields, readonly string[], FieldRules][] = [
  ['open_clip model_cfg', openClip.model, keys(OPEN_CLIP_SCHEMAS.model), OPEN_CLIP_FIELDS.model],
  ['open_clip vision_cfg', openClip.vision, keys(OPEN_CLIP_SCHEMAS.vision), OPEN_CLIP_FIELDS.vision],
  ['open_clip vision_cfg of timm', openClip.vision, keys(OPEN_CLIP_SCHEMAS.timm), OPEN_CLIP_FIELDS.timm],
  [
    'open_clip vision_cfg of a ResNet',
    { ...openClip.vision, layers: [3, 4, 6, 3] },
    keys(OPEN_CLIP_SCHEMAS.resnet),
    OPEN_CLIP_FIELDS.resnet,
  ],
  ['open_clip text_cfg', openClip.text, keys(OPEN_CLIP_SCHEMAS.text), OPEN_CLIP_FIELDS.text],
  ['open_clip text_cfg of transformers', openClip.text, keys(OPEN_CLIP_SCHEMAS.hfText), OPEN_CLIP_FIELDS.hfText],
  ['open_clip preprocess_cfg', openClip.preprocess, PREPROCESS_READS, PREPROCESS_FIELDS],
  ['CLIPConfig', hf.CLIP.model, keys(CLIP_SCHEMAS.model), HF_FIELDS.model],
  ['CLIPTextConfig', hf.CLIP.text, keys(CLIP_SCHEMAS.text), HF_FIELDS.text],
  ['CLIPVisionConfig', hf.CLIP.vision, keys(CLIP_SCHEMAS.vision), HF_FIELDS.vision],
  ['ChineseCLIPConfig', hf.ChineseCLIP.model, keys(CLIP_SCHEMAS.model), HF_FIELDS.model],
  ['ChineseCLIPTextConfig', hf.ChineseCLIP.text, keys(CHINESE_CLIP_TEXT), HF_FIELDS.text],
  ['ChineseCLIPVisionConfig', hf.ChineseCLIP.vision, keys(CLIP_SCHEMAS.vision), HF_FIELDS.vision],
  ['SiglipConfig', hf.Siglip.model, keys(SIGLIP_SCHEMAS.model), HF_FIELDS.model],
  ['SiglipTextConfig', hf.Siglip.text, keys(SIGLIP_SCHEMAS.text), HF_FIELDS.text],
  ['SiglipVisionConfig', hf.Siglip.vision, keys(SIGLIP_SCHEMAS.vision), HF_FIELDS.vision],
  ['Siglip2Config', hf.Siglip2.model, keys(SIGLIP_SCHEMAS.model), HF_FIELDS.model],
  ['Siglip2TextConfig', hf.Siglip2.text, keys(SIGLIP_SCHEMAS.text), HF_FIELDS.text],
  ['Siglip2VisionConfig', hf.Siglip2.vision, keys(SIGLIP_SCHEMAS.naflex), HF_FIELDS.vision],
  ['MetaClip2Config', hf.MetaClip2.model, keys(CLIP_SCHEMAS.model), HF_FIELDS.model],
  ['MetaClip2TextConfig', hf.MetaClip2.text, keys(CLIP_SCHEMAS.text), HF_FIELDS.text],
  ['MetaClip2VisionConfig', hf.MetaClip2.vision, keys(CLIP_SCHEMAS.vision), HF_FIELDS.vision],
  ['AltCLIPConfig', hf.AltCLIP.model, keys(ALTCLIP_SCHEMAS.model), HF_FIELDS.model],
  ['AltCLIPTextConfig', hf.AltCLIP.text, keys(ALTCLIP_SCHEMAS.text), HF_FIELDS.text],
  ['AltCLIPVisionConfig', hf.AltCLIP.vision, keys(CLIP_SCHEMAS.vision), HF_FIELDS.vision],
  ['CLIPSegConfig', hf.CLIPSeg.model, keys(CLIP_SCHEMAS.model), HF_FIELDS.segmentation],
  ['CLIPSegTextConfig', hf.CLIPSeg.text, keys(CLIP_SCHEMAS.text), HF_FIELDS.text],
  ['CLIPSegVisionConfig', hf.CLIPSeg.vision, keys(CLIP_SCHEMAS.vision), HF_FIELDS.vision],
  ['AlignConfig', hf.Align.model, keys(ALIGN_SCHEMAS.model), HF_FIELDS.model],
  ['AlignTextConfig', hf.Align.text, keys(ALIGN_SCHEMAS.text), HF_FIELDS.text],
  ['AlignVisionConfig', hf.Align.vision, keys(ALIGN_SCHEMAS.vision), HF_FIELDS.efficientnet],
  ...Object.entries(listed.processors).map(([name, fields]): [string, Fields, readonly string[], FieldRules] => [
    `${name}ImageProcessor`,
    fields,
    [...PROCESSOR_READS, ...(OWN_READS[name] ?? [])],
    PROCESSOR_FIELDS,
  ]),
];

/** Which fields of all these classes labelwise does not support: a new one has to be looked at, and named here. */
const REFUSED = [
  ...['add_cross_attention', 'block_type', 'chunk_size_feed_forward', 'do_pad', 'is_decoder', 'is_encoder_decoder'],
  ...['mode', 'num_channels', 'pad_size', 'qk_norm', 'scale_attn', 'scale_attn_inner', 'scale_fc', 'scale_heads'],
  ...['scaled_cosine_attn', 'timm_model_name', 'vision_use_head'],
];

describe.each(CLASSES)('%s', (_name, fields, read, rules) => {
  const used = (use: FieldUse): string[] => Object.keys(fields).filter((field) => useOfField(field, read, rules) === use);

  test('its defaults are accepted', () => {
    expect(() => refuseUnknownFields(fields, read, rules, 'it')).not.toThrow();
  });

  test('each field is read, harmless, or refused by its name', () => {
    expect(used('refused').filter((field) => !REFUSED.includes(field))).toEqual([]);
    for (const field of used('refused'))
      expect(() => refuseUnknownFields({ [field]: 'another value' }, read, rules, 'it')).toThrow(`"${field}" ("another value")`);
  });
});

test('what transformers 4.30 wrote into every configuration is accepted', () => {
  const written = {
    ...{
      _commit_hash: null,
      add_cross_attention: false,
      bad_words_ids: null,
      chunk_size_feed_forward: 0,
      diversity_penalty: 0,
      do_sample: false,
    },
    ...{
      dropout: 0,
      early_stopping: false,
      encoder_no_repeat_ngram_size: 0,
      exponential_decay_length_penalty: null,
      gradient_checkpointing: false,
    },
    ...{
      id2label: { 0: 'LABEL_0' },
      is_decoder: false,
      is_encoder_decoder: false,
      label2id: { LABEL_0: 0 },
      length_penalty: 1,
      max_length: 20,
    },
    ...{ min_length: 0, no_repeat_ngram_size: 0, num_beam_groups: 1, num_beams: 1, num_return_sequences: 1, output_attentions: false },
    ...{
      output_hidden_states: false,
      output_scores: false,
      pad_token_id: 1,
      pruned_heads: {},
      remove_invalid_values: false,
      repetition_penalty: 1,
    },
    ...{
      return_dict: true,
      return_dict_in_generate: false,
      suppress_tokens: null,
      temperature: 1,
      tf_legacy_loss: false,
      tie_encoder_decoder: false,
    },
    ...{
      tie_word_embeddings: true,
      top_k: 50,
      top_p: 1,
      torch_dtype: 'torch.float32',
      torchscript: false,
      typical_p: 1,
      use_bfloat16: false,
    },
  };
  for (const rules of Object.values(HF_FIELDS)) expect(() => refuseUnknownFields(written, [], rules, 'it')).not.toThrow();
});

test("timm's way of describing pixels is refused by name in a preprocessor_config.json", () => {
  for (const field of ['crop_pct', 'crop_mode', 'mean', 'std', 'interpolation', 'input_size', 'fixed_input_size']) {
    expect(Object.keys(listed.timm)).toContain(field);
    expect(() => refuseUnknownFields({ [field]: 0.9 }, PROCESSOR_READS, PROCESSOR_FIELDS, 'it')).toThrow(`"${field}" (0.9)`);
  }
});

test('what a class of image processors does by default is what transformers does', () => {
  for (const [name, fields] of Object.entries(listed.processors)) {
    const { image_mean, image_std, size, resample, do_center_crop, crop_size = 224 } = PROCESSORS[name] ?? {};
    if (fields.crop_size) expect(fields.crop_size, name).toEqual({ height: crop_size, width: crop_size });
    expect({ image_mean, image_std, size: fields.size ? size : null, resample, do_center_crop }, name).toEqual({
      image_mean: fields.image_mean,
      image_std: fields.image_std,
      size: fields.size,
      resample: fields.resample,
      do_center_crop: fields.do_center_crop ?? false,
    });
  }
});
