import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readWeights, type Weights } from '../checkpoints/safetensors/read-weights.js';
import { writeFamily } from './write-graphs.js';

const FOLDER = new URL('../../tests/parity/clip-tiny/', import.meta.url).pathname;
const config = JSON.parse(readFileSync(`${FOLDER}config.json`, 'utf8'));
const weights = await readWeights(FOLDER, ['model.safetensors']);
const write = (changed: Weights, changedConfig: unknown = config) =>
  writeFamily({ name: 'tiny', modelType: 'clip', config: changedConfig }, changed);
const without = (name: string): Weights => new Map([...weights].filter(([key]) => key !== name));
const firstOf = (all: Weights) => [...all][0]?.[1] as Parameters<Map<string, NonNullable<ReturnType<Weights['get']>>>['set']>[1];

test('the graphs are small: the weights stay in their file', async () => {
  const { image, text } = await write(weights);
  expect(image.length + text.length).toBeLessThan(40_000);
});

test('tensors that are missing, left over or of another shape are all named', async () => {
  const name = 'vision_model.post_layernorm.weight';
  await expect(write(without(name))).rejects.toMatchObject({
    code: 'CHECKPOINT_UNSUPPORTED',
    message: expect.stringContaining(`missing: ${name}`),
  });
  const more = new Map([...weights, ['vision_model.adapter.weight', firstOf(weights)]]);
  await expect(write(more)).rejects.toMatchObject({ message: expect.stringMatching(/left over: vision_model\.adapter\.weight\./) });
  const wide = new Map([...weights, [name, { ...firstOf(weights), shape: [33] }]]);
  await expect(write(wide)).rejects.toMatchObject({
    message: expect.stringContaining(`of another shape: ${name} is F32 [33] and should be [32]`),
  });
});

test('what no tower computes with may be there', async () => {
  const aside = ['logit_scale', 'text_model.embeddings.position_ids', 'vision_model.embeddings.position_ids'];
  await write(new Map([...weights, ...aside.map((name): [string, ReturnType<typeof firstOf>] => [name, firstOf(weights)])]));
});

test.each([
  ['heads that do not divide the width', { vision_config: { ...config.vision_config, num_attention_heads: 5 } }, /32 .*5 heads/],
  [
    'an activation that is not known',
    { vision_config: { ...config.vision_config, hidden_act: 'mish' } },
    /activation of .*quick_gelu.*got "mish"/,
  ],
  ['a width that is no number', { text_config: { ...config.text_config, hidden_size: 'wide' } }, /hidden_size/],
  ['a thousand layers', { text_config: { ...config.text_config, num_hidden_layers: 1000 } }, /num_hidden_layers/],
])('a configuration with %s is refused', async (_what, change, message) => {
  await expect(write(weights, { ...config, ...change })).rejects.toMatchObject({
    code: 'CHECKPOINT_UNSUPPORTED',
    message: expect.stringMatching(message),
  });
});
