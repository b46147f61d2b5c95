import { cpSync, lstatSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { loadEncoder } from 'labelwise/encoders';
import { expect, test } from 'vitest';
import { expectParity } from '../fixtures/expect-parity.js';
import { copyWithout, type Golden, readJson, temporaryFolder } from '../fixtures/parity.js';
import { CHINESE_CLIP_TINY, CLIP_TINY, OPENCLIP_TINY, PARITY, XLM_ROBERTA_TINY } from '../fixtures/paths.js';
import { lowerWeights, shardWeights } from '../fixtures/safetensors.js';

const golden = readJson<Golden>(`${PARITY}/golden.json`);
const ONNX = ['onnx/model.onnx', 'onnx/vision_model.onnx', 'onnx/text_model.onnx'];
const bareTiny = (): string => copyWithout(CLIP_TINY, ...ONNX);

test("OpenCLIP's own layout gives open_clip's embeddings and scale", async () => {
  const model = copyWithout(OPENCLIP_TINY);
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) cpSync(`${CLIP_TINY}/${file}`, `${model}/${file}`);
  await using encoder = await loadEncoder({ model });
  const expected = readJson<Golden>(`${OPENCLIP_TINY}/golden.json`);
  expect(encoder.manifest.modelType).toBe('open_clip');
  expect(encoder.info.logitScale).toBeCloseTo(expected.logit_scale, 3);
  await expectParity(encoder, expected);
});

test('Chinese-CLIP, whose text tower is BERT, gives the tokens and embeddings of transformers', async () => {
  await using encoder = await loadEncoder({ model: CHINESE_CLIP_TINY });
  const expected = readJson<Golden>(`${CHINESE_CLIP_TINY}/golden.json`);
  const { tokenize } = await encoder.tokenizer();
  for (const { text, input_ids } of expected.texts) expect(tokenize(text).ids, text).toEqual(input_ids);
  await expectParity(encoder, expected);
});

test("OpenCLIP's multilingual layout, whose text tower is XLM-R, gives the tokens and embeddings of Python", async () => {
  await using encoder = await loadEncoder({ model: XLM_ROBERTA_TINY });
  const expected = readJson<Golden>(`${XLM_ROBERTA_TINY}/golden.json`);
  const { tokenize } = await encoder.tokenizer();
  for (const { text, input_ids } of expected.texts) expect(tokenize(text).ids, text).toEqual(input_ids);
  expect(encoder.info.logitScale).toBeCloseTo(expected.logit_scale, 3);
  await expectParity(encoder, expected);
});

test.each([
  ['F16', 0.999],
  ['BF16', 0.999],
] as const)('weights of %s are run in float32', async (dtype, least) => {
  const model = bareTiny();
  lowerWeights(`${model}/model.safetensors`, dtype);
  await using encoder = await loadEncoder({ model });
  expect(encoder.info.logitScale).toBeCloseTo(golden.logit_scale, dtype === 'F16' ? 0 : -1);
  await expectParity(encoder, golden, least);
});

test('sharded weights give the same, and a shard that is missing or of another version is named', async () => {
  const model = bareTiny();
  shardWeights(`${model}/model.safetensors`);
  {
    await using encoder = await loadEncoder({ model });
    expect(encoder.logitSource).toBe('weights');
    await expectParity(encoder, golden);
  }
  const index = `${model}/model.safetensors.index.json`;
  const { weight_map: map } = JSON.parse(readFileSync(index, 'utf8'));
  writeFileSync(index, JSON.stringify({ weight_map: { ...map, 'vision_model.adapter': 'model-00002-of-00002.safetensors' } }));
  await using broken = await loadEncoder({ model });
  await expect(broken.device()).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED', message: expect.stringContaining('vision_model.adapter') });
});

test('graphs are kept, and written anew where they cannot be', async () => {
  const model = bareTiny();
  for (const home of [`${model}/home`, `${model}/config.json/no-folder`]) {
    for (const _run of ['first', 'second']) {
      await using encoder = await loadEncoder({ model, home });
      await expectParity(encoder, { texts: golden.texts.slice(0, 2), images: golden.images.slice(0, 1) });
    }
  }
});

test('weights behind a symbolic link, as in the hub cache, are read where they lie: nothing is linked or copied', async () => {
  const model = bareTiny();
  const [link, blobs, home] = [`${model}/model.safetensors`, temporaryFolder(), `${model}/home`];
  renameSync(link, `${blobs}/0123abcd`);
  symlinkSync(`${blobs}/0123abcd`, link);
  await using encoder = await loadEncoder({ model, home });
  await expectParity(encoder, { texts: golden.texts.slice(0, 4), images: golden.images.slice(0, 2) });
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readdirSync(blobs)).toEqual(['0123abcd']);
  expect(statSync(`${blobs}/0123abcd`).nlink).toBe(1);
  const kept = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(`${home}/${path}`).isFile());
  expect(kept.filter((path) => path.endsWith('.onnx'))).toHaveLength(2);
  for (const path of kept) expect(statSync(`${home}/${path}`).size, path).toBeLessThan(40_000); // graphs and notes; the weights have 3.7 MB
});
