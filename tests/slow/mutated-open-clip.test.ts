import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openClipConfig, PREPROCESS_FIELDS, PREPROCESS_READS } from '../../dist/checkpoints/open-clip-config.js';
import { readWeights } from '../../dist/checkpoints/safetensors/read-weights.js';
import { LabelwiseError } from '../../dist/errors.js';
import { OPEN_CLIP_FIELDS } from '../../dist/graphs/families/known-fields.js';
import { OPEN_CLIP_SCHEMAS } from '../../dist/graphs/families/open-clip.js';
import { parseImageTransform } from '../../dist/images/image-transform.js';
import { changeField, graphsAsText, ODD_VALUES, orRefusal, randomFrom } from '../fixtures/mutations.js';
import { readJson } from '../fixtures/parity.js';
import { PARITY } from '../fixtures/paths.js';

type Json = Record<string, unknown>;
type Part = 'model_cfg' | 'vision_cfg' | 'text_cfg' | 'preprocess_cfg';
const PARTS: readonly Part[] = ['model_cfg', 'vision_cfg', 'text_cfg', 'preprocess_cfg'];
const FILE = 'open_clip_model.safetensors';

/** A committed checkpoint of each kind of tower in open_clip's layout. */
const CHECKPOINTS = ['towers', 'cases', '.']
  .flatMap((folder) => readdirSync(`${PARITY}/${folder}`).map((name) => `${folder}/${name}`))
  .filter((folder) => existsSync(`${PARITY}/${folder}/${FILE}`));

const { model, vision, timm, resnet, text, hfText } = OPEN_CLIP_SCHEMAS;
const keys = (...schemas: { shape: object }[]): string[] => schemas.flatMap((schema) => Object.keys(schema.shape));
const namesIn = (...rules: { harmless: object; off: object }[]): string[] =>
  rules.flatMap(({ harmless, off }) => [...Object.values(harmless).flat(), ...Object.keys(off)]);
const FIELDS = OPEN_CLIP_FIELDS;

/** Every field of open_clip that labelwise knows: it reads it, knows that it changes nothing, or takes its usual value alone. */
const KNOWN: Record<Part, string[]> = {
  model_cfg: [...keys(model), ...namesIn(FIELDS.model)],
  vision_cfg: [...keys(vision, timm, resnet), ...namesIn(FIELDS.vision, FIELDS.timm, FIELDS.resnet)],
  text_cfg: [...keys(text, hfText), ...namesIn(FIELDS.text, FIELDS.hfText)],
  preprocess_cfg: [...PREPROCESS_READS, ...namesIn(PREPROCESS_FIELDS)],
};

/** Fields that change what is computed from the same tensors. tests/slow/open-clip.test.ts holds such changes against open_clip. */
const MEANINGFUL: Record<Part, readonly string[]> = {
  model_cfg: ['quick_gelu', 'init_logit_bias'],
  vision_cfg: [
    ...['image_size', 'head_width', 'act_kwargs', 'norm_kwargs', 'pool_type', 'final_ln_after_pool', 'attn_pooler_heads'],
    ...['timm_model_name', 'mlp_ratio'],
  ],
  text_cfg: [
    ...['heads', 'act_kwargs', 'norm_kwargs', 'pool_type', 'eos_id', 'pad_id', 'no_causal_mask', 'mlp_ratio', 'context_length'],
    ...['hf_tokenizer_name', 'tokenizer_kwargs', 'tokenizer_mode', 'hf_pooler_type'],
  ],
  preprocess_cfg: ['mean', 'std', 'interpolation', 'resize_mode'],
};

/** Values that open_clip knows, which would rarely come about by mistake. */
const WORDS: readonly unknown[] = [
  ...'tok avg none last first eos argmax token map linear mlp clips bilinear squash longest RGB mean_pooler cls_pooler sin_cos_2d'.split(
    ' ',
  ),
  ...'vit_base_patch16_siglip_224 eva02_base_patch16_clip_224 fastvit_mci3 convnext_base'.split(' '),
  ...[{ approximate: 'tanh' }, { eps: 0.01 }, { clean: 'whitespace' }, { strip_sep_token: true }, [0.1, 0.2, 0.3], 12, 32, 224, 256, 0.5],
];

const objectOf = (config: Json, part: Part): Json => {
  const model = config.model_cfg as Json;
  if (part === 'vision_cfg' || part === 'text_cfg') return model[part] as Json;
  return config[part] as Json;
};

function mutate(config: Json, random: (below: number) => number): { part: Part; field: string; changed: Json; isNew: boolean } {
  const changed = structuredClone(config);
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  const part = pick(PARTS);
  const object = objectOf(changed, part);
  const isNew = random(8) === 0;
  const field = isNew ? `new_field_${random(1000)}` : pick(random(2) === 0 ? Object.keys(object) : KNOWN[part]);
  changeField(object, field, { random, values: random(2) === 0 ? ODD_VALUES : WORDS });
  return { part, field, changed, isNew: isNew && object[field] !== null };
}

describe.each(CHECKPOINTS)('1,000 mutated configurations of %s', (folder) => {
  test('each is an error, or gives the same towers, or changes a field that tensors do not show', async () => {
    const at = `${PARITY}/${folder}/`;
    const config = readJson<Json>(`${at}open_clip_config.json`);
    const weights = await readWeights(at, [FILE]);
    const write = (changed: Json) =>
      orRefusal(async () => {
        const { preprocessor, family, config: facts } = openClipConfig(changed);
        const transform = parseImageTransform(preprocessor, 'open_clip_config.json');
        return JSON.stringify([transform, family, facts, await graphsAsText('open_clip', changed, weights)]);
      });
    const original = await write(config);
    expect(original).toBeTypeOf('string');
    const random = randomFrom(22);
    const outcomes = { error: 0, same: 0, understood: 0 };
    const silent: string[] = [];
    for (let i = 0; i < 1000; i++) {
      const { part, field, changed, isNew } = mutate(config, random);
      const result = await write(changed);
      const what = `${part}.${field} = ${JSON.stringify(objectOf(changed, part)?.[field])}`;
      if (result instanceof LabelwiseError) outcomes.error++;
      else if (isNew) silent.push(what);
      else if (result === original) outcomes.same++;
      else if (MEANINGFUL[part].includes(field)) outcomes.understood++;
      else silent.push(what);
    }
    expect([...new Set(silent)]).toEqual([]);
    expect(outcomes.error).toBeGreaterThan(200);
    expect(outcomes.same).toBeGreaterThan(50);
  });
});
