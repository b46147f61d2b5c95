import { readFileSync } from 'node:fs';
import { loadEncoder } from 'labelwise/encoders';
import { describe, expect, test } from 'vitest';
import { cli, rowsOf } from '../fixtures/cli.js';
import { copyWithout, cosine, readJson, temporaryFolder } from '../fixtures/parity.js';
import { PARITY } from '../fixtures/paths.js';

/** Layouts of other people's checkpoints, rebuilt with random weights, and what Python gave for them. */
const CASES = `${PARITY}/cases`;
const PHOTO = `${CASES}/coffee.jpg`;
const TEMPLATE = ['--template', 'a photo of a {}.'];

interface CaseGolden {
  texts: string[];
  te: number[][];
  ie: number[][];
  ids: number[][];
  scale: number;
  bias: number;
}

describe.each([
  ['clipa', 'OpenCLIP with average pooling, a text tower without a causal mask, and no separator'],
  ['openclip-scaled', 'OpenCLIP with layer scale, a biased projection, its own epsilon and the end token by id'],
  ['openclip-first', 'OpenCLIP with the first token, no text projection and a logit bias'],
  ['openclip-clips', 'OpenCLIP with CLIPS texts, whose last token is a class token after the padding'],
  ['timm-dual', "OpenCLIP's weights beside timm's"],
  ['squash-conflict', 'a preprocessor_config.json that says something else than open_clip_config.json'],
  ['siglip2-lowercase', 'SigLIP 2 of fixed size, whose tokenizer class lower-cases'],
])('%s: %s', (name) => {
  const golden = readJson<CaseGolden>(`${CASES}/${name}/golden.json`);

  test('token ids, embeddings, scale and bias are those of Python', async () => {
    await using encoder = await loadEncoder({ model: `${CASES}/${name}` });
    const { tokenize, rules } = await encoder.tokenizer();
    for (const [i, text] of golden.texts.entries()) {
      const { ids } = tokenize(text);
      const expected = golden.ids[i] as number[];
      expect([...ids, ...Array(Math.max(0, expected.length - ids.length)).fill(rules.padTokenId)], text).toEqual(expected);
    }
    const texts = await encoder.encodeTexts(golden.texts);
    for (const [i, text] of golden.texts.entries())
      expect(cosine(texts[i] as Float32Array, golden.te[i] as number[]), text).toBeGreaterThan(0.99999);
    for await (const outcome of encoder.encodeImages([PHOTO])) {
      if ('error' in outcome) throw outcome.error;
      expect(cosine(outcome.embedding, golden.ie[0] as number[])).toBeGreaterThan(0.99999);
    }
    expect(encoder.info.logitScale).toBeCloseTo(golden.scale, 2);
    expect(encoder.info.logitBias).toBeCloseTo(golden.bias, 4);
  });
});

async function classifyCase(name: string, labels: string, ...flags: string[]) {
  const args = ['classify', PHOTO, '--labels', labels, '--model', name.startsWith('/') ? name : `${CASES}/${name}`, ...TEMPLATE];
  return cli([...args, '--no-cache', '--json', ...flags]);
}

const predictionsOf = (result: Awaited<ReturnType<typeof classifyCase>>) => rowsOf(result)[0]?.predictions ?? [];

test('a SigLIP export without safetensors takes scale and bias from the constants of its joint model', async () => {
  const result = await classifyCase('siglip-onnx', 'dog, beach, water');
  expect(result.stderr).toBe('');
  for (const { probability } of predictionsOf(result)) expect(probability).toBeLessThan(5e-9);
  await using encoder = await loadEncoder({ model: `${CASES}/siglip-onnx` });
  expect([encoder.info.logitScale, encoder.info.logitBias]).toEqual([expect.closeTo(112.66, 1), expect.closeTo(-16.77, 1)]);
});

test('without scale and bias a sigmoid model shows similarities and no probabilities', async () => {
  const model = copyWithout(`${CASES}/siglip-onnx`, 'onnx/model.onnx');
  const result = await classifyCase(model, 'dog, beach, water');
  expect(result.stderr).toMatch(/states no logit scale, so its probabilities are unknown.*--logit-scale and --logit-bias/);
  expect(predictionsOf(result).map(({ label, logit, probability }) => [label, logit, probability])).toEqual([
    ['water', null, null],
    ['dog', null, null],
    ['beach', null, null],
  ]);
  expect((await classifyCase(model, 'dog, beach', '--logit-scale', '100')).stderr).toMatch(/states no logit bias/);
  const given = await classifyCase(model, 'dog, beach', '--logit-scale', '112.66', '--logit-bias', '-16.77');
  expect(given.stderr).toBe('');
  for (const { probability } of predictionsOf(given)) expect(probability).toBeLessThan(5e-9);
  const people = await cli(['classify', PHOTO, '--labels', 'dog, beach', '--model', model, '--no-cache']);
  expect(people.stdout).toContain('unknown');
  expect(people.stdout).not.toContain('%');
});

test('tags, which are given by probability, are refused where there is none', async () => {
  const model = copyWithout(`${CASES}/siglip-onnx`, 'onnx/model.onnx');
  const common = ['--model', model, '--db', temporaryFolder()];
  expect((await cli(['index', CASES, ...common])).code).toBe(0);
  const tag = ['tag', '--labels', 'dog, beach', '--name', 'x', ...common];
  const { code, stderr } = await cli(tag);
  expect([code, stderr]).toEqual([4, expect.stringMatching(/states no logit scale and bias, so it gives no probabilities\.\nhint: Give both with --logit-scale/)]);
  expect((await cli([...tag, '--logit-scale', '112', '--logit-bias', '-16'])).code).toBe(0);
});

test('a checkpoint saved by transformers 5, with processor_config.json alone, loads', async () => {
  const [first, second] = predictionsOf(await classifyCase('transformers5-save', 'cat, dog'));
  expect([first?.label, first?.probability, second?.label]).toEqual(['dog', expect.closeTo(1, 6), 'cat']);
  expect((second?.probability ?? 1) / 4.3e-9).toBeCloseTo(1, 1);
});

test('an OpenCLIP repository of pickle files alone is told so', async () => {
  const { code, stderr } = await classifyCase('openclip-pickle-only', 'cat, dog');
  expect([code, stderr]).toEqual([4, expect.stringMatching(/open_clip_pytorch_model\.bin alone: pickle files can run code/)]);
});

test('models show says that a tokenizer lower-cases', async () => {
  const { stdout } = await cli(['models', 'show', `${CASES}/siglip2-lowercase`]);
  expect(stdout).toMatch(/texts +at most 64 tokens, in lower case/);
  expect(readFileSync(`${CASES}/siglip2-lowercase/config.json`, 'utf8')).toContain('"model_type": "siglip"');
});
