import { readFileSync, writeFileSync } from 'node:fs';
import { loadEncoder } from 'labelwise/encoders';
import { describe, expect, test } from 'vitest';
import { readWeights } from '../../dist/checkpoints/safetensors/read-weights.js';
import { LabelwiseError } from '../../dist/errors.js';
import { ALIGN_SCHEMAS } from '../../dist/graphs/families/align.js';
import { ALTCLIP_SCHEMAS } from '../../dist/graphs/families/altclip.js';
import { CHINESE_CLIP_TEXT } from '../../dist/graphs/families/chinese-clip.js';
import { CLIP_SCHEMAS } from '../../dist/graphs/families/hf-clip.js';
import { SIGLIP_SCHEMAS } from '../../dist/graphs/families/siglip.js';
import { changeField, graphsAsText, ODD_VALUES, orRefusal, randomFrom } from '../fixtures/mutations.js';
import { copyWithout, cosine, readJson } from '../fixtures/parity.js';
import { IMAGES, PARITY } from '../fixtures/paths.js';

type Config = Record<string, unknown>;
type Part = 'model' | 'text_config' | 'vision_config';
const keys = (schema: { shape: object }): string[] => Object.keys(schema.shape);
const reads = (model: { shape: object }, text: { shape: object }, vision: { shape: object }) => ({
  model: keys(model),
  text_config: keys(text),
  vision_config: keys(vision),
});
const { model, text, vision } = CLIP_SCHEMAS;

/** Checkpoints that transformers saved, and the fields that their graphs are made from. */
const FAMILIES: [string, string, Record<Part, string[]>][] = [
  ['layouts/transformers5', 'clip', reads(model, text, vision)],
  ['families/metaclip2', 'metaclip_2', reads(model, text, vision)],
  ['families/clipseg', 'clipseg', reads(model, text, vision)],
  ['layouts/siglip-spiece', 'siglip', reads(SIGLIP_SCHEMAS.model, SIGLIP_SCHEMAS.text, SIGLIP_SCHEMAS.vision)],
  ['families/naflex', 'siglip2', reads(SIGLIP_SCHEMAS.model, SIGLIP_SCHEMAS.text, SIGLIP_SCHEMAS.naflex)],
  ['layouts/bert-vocab', 'chinese_clip', reads(model, CHINESE_CLIP_TEXT, vision)],
  ['families/altclip', 'altclip', reads(ALTCLIP_SCHEMAS.model, ALTCLIP_SCHEMAS.text, vision)],
  ['families/align', 'align', reads(ALIGN_SCHEMAS.model, ALIGN_SCHEMAS.text, ALIGN_SCHEMAS.vision)],
];

interface Mutation {
  readonly part: Part;
  readonly field: string;
  readonly config: Config;
}

function mutate(config: Config, random: (below: number) => number): Mutation {
  const copy = structuredClone(config);
  const part = (['model', 'text_config', 'vision_config'] as const)[random(3)] as Part;
  const object = (part === 'model' ? copy : copy[part]) as Config;
  const fields = Object.keys(object);
  const isNew = random(5) === 0;
  const field = isNew ? `new_field_${random(1000)}` : (fields[random(fields.length)] as string);
  changeField(object, field, { random, values: isNew ? ODD_VALUES.slice(0, 8) : ODD_VALUES });
  return { part, field, config: copy };
}

describe.each(FAMILIES)('1,000 mutated configurations of %s (%s)', (folder, modelType, read) => {
  test('each is an error, or gives the same graphs, or changes a field that the graphs are made from', async () => {
    const at = `${PARITY}/${folder}/`;
    const config = JSON.parse(readFileSync(`${at}config.json`, 'utf8')) as Config;
    const weights = await readWeights(at, ['model.safetensors']);
    const write = (changed: Config) => orRefusal(() => graphsAsText(modelType, changed, weights));
    const original = await write(config);
    expect(original).toBeTypeOf('string');
    const random = randomFrom(22);
    const outcomes = { error: 0, same: 0, understood: 0 };
    for (let i = 0; i < 1000; i++) {
      const { part, field, config: changed } = mutate(config, random);
      const result = await write(changed);
      const what = `${part}.${field} = ${JSON.stringify(((part === 'model' ? changed : changed[part]) as Config)[field])}`;
      if (result instanceof LabelwiseError) outcomes.error++;
      else if (result === original) outcomes.same++;
      else {
        expect(read[part], what).toContain(field);
        outcomes.understood++;
      }
      const isNothing = ((part === 'model' ? changed : changed[part]) as Config)[field] == null; // null is Python's default
      if (field.startsWith('new_field') && !isNothing) expect(result, what).toBeInstanceOf(LabelwiseError);
    }
    expect(outcomes.error).toBeGreaterThan(200);
  });
});

interface Sample {
  readonly text: string;
  readonly plain: Embedded;
  readonly rows: readonly { part: Part; field: string; value: unknown; dropped: boolean; python: 'error' | 'same' | Embedded }[];
}
interface Embedded {
  readonly text: number[];
  readonly image: number[];
}

/** What transformers made of 100 mutations each (tests/parity/build/mutations.py). */
const samples = Object.entries(readJson<Record<string, Sample>>(`${PARITY}/mutations.json`));

test.each(samples)(
  '100 mutated configurations of %s are errors, or give what transformers gives',
  async (folder, { text: words, plain, rows }) => {
    const at = copyWithout(`${PARITY}/${folder}`);
    const config = readJson<Config>(`${at}/config.json`);
    for (const { part, field, value, dropped, python } of rows) {
      const changed = structuredClone(config);
      const object = (part === 'model' ? changed : changed[part]) as Config;
      if (dropped) delete object[field];
      else object[field] = value;
      writeFileSync(`${at}/config.json`, JSON.stringify(changed));
      const own = await embedOne(at, words);
      if (own instanceof LabelwiseError) continue;
      if (python === 'error' && field.endsWith('_eps') && Number.isInteger(value)) continue; // Python wants 1.0, and JSON has 1 alone
      if (python === 'error' && field === 'num_attention_heads' && value === 8) continue; // Python refuses 8.0, and JSON has 8 alone
      const expected = python === 'same' || python === 'error' ? plain : python; // where Python fails, nothing may have changed
      const what = `${part}.${field} = ${dropped ? 'dropped' : JSON.stringify(value)}, Python: ${typeof python === 'string' ? python : 'other values'}`;
      expect(cosine(own.text, expected.text), what).toBeGreaterThan(0.9999);
      expect(cosine(own.image, expected.image), what).toBeGreaterThan(0.9999);
    }
  },
);

async function embedOne(model: string, words: string): Promise<{ text: Float32Array; image: Float32Array } | LabelwiseError> {
  try {
    await using encoder = await loadEncoder({ model, onWarning: () => {} });
    const [text] = await encoder.encodeTexts([words]);
    for await (const outcome of encoder.encodeImages([`${IMAGES}/chelsea.png`])) {
      if ('error' in outcome) throw outcome.error;
      return { text: text as Float32Array, image: outcome.embedding };
    }
    throw new Error('no image came back');
  } catch (error) {
    if (error instanceof LabelwiseError) return error;
    throw error;
  }
}
