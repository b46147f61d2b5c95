import { expect, test } from 'vitest';
import { chooseFiles, isRunnable } from './choose-files.js';
import { availableDtypes } from './choose-onnx.js';
import { modelTypeOf } from './families.js';
import { allPaths } from './model-files.js';

const JSON_ONLY = ['config.json', 'preprocessor_config.json', 'tokenizer_config.json'];
const TOKENIZER = ['tokenizer.json'];
const JSON_FILES = [...JSON_ONLY, ...TOKENIZER];
const SPLIT = ['onnx/vision_model.onnx', 'onnx/text_model.onnx'];
const CLIP = { modelType: 'clip' };
const split = { kind: 'split', image: SPLIT[0], text: SPLIT[1] };

test('weights that can be run go before an export, unless the export or its dtype is asked for', () => {
  const listing = [...JSON_FILES, ...SPLIT, 'onnx/model_q4.onnx', 'model.safetensors'];
  const weights = { kind: 'safetensors', config: 'config.json', weights: ['model.safetensors'] };
  expect(chooseFiles('m', listing, CLIP)).toEqual({ dtype: 'fp32', model: weights, companions: [], json: JSON_ONLY, tokenizer: TOKENIZER });
  expect(chooseFiles('m', listing, { ...CLIP, dtype: 'int8' })).toMatchObject({ dtype: 'int8', model: weights });
  expect(chooseFiles('m', listing, { ...CLIP, onnx: true }).model).toEqual(split);
  expect(chooseFiles('m', listing, { ...CLIP, dtype: 'q4' }).model).toEqual({ kind: 'joint', model: 'onnx/model_q4.onnx' });
  expect(chooseFiles('m', listing, { modelType: 'mobileclip' }).model).toEqual(split);
  expect(isRunnable(['config.json', 'model.safetensors'], { modelType: 'mobileclip' })).toBe(false);
});

test('sharded weights bring their index, and OpenCLIP its own configuration', () => {
  const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
  const sharded = chooseFiles('m', [...JSON_FILES, ...shards, 'model.safetensors.index.json'], CLIP);
  expect(sharded).toMatchObject({ model: { weights: shards }, companions: ['model.safetensors.index.json'] });
  const openClip = chooseFiles('m', ['open_clip_config.json', 'open_clip_model.safetensors', 'tokenizer.json'], { modelType: undefined });
  expect(openClip).toMatchObject({ model: { config: 'open_clip_config.json' }, json: ['open_clip_config.json'], tokenizer: TOKENIZER });
});

test('split towers are preferred to the joint model', () => {
  expect(chooseFiles('m', [...JSON_FILES, ...SPLIT, 'onnx/model.onnx'], CLIP).model).toEqual(split);
  expect(chooseFiles('m', [...JSON_FILES, 'model.onnx'], CLIP).model).toEqual({ kind: 'joint', model: 'model.onnx' });
});

test('each dtype finds its names, and the first that is there is the default', () => {
  const quantized = ['onnx/vision_model_quantized.onnx', 'onnx/text_model_quantized.onnx'];
  const listing = [...JSON_FILES, 'onnx/model_fp16.onnx', ...quantized, 'onnx/model_q4f16.onnx'];
  expect(availableDtypes(listing)).toEqual(['fp16', 'int8', 'q8', 'q4f16']);
  expect(chooseFiles('m', listing, CLIP).dtype).toBe('fp16');
  expect(chooseFiles('m', listing, { ...CLIP, dtype: 'int8' }).model).toEqual({ kind: 'split', image: quantized[0], text: quantized[1] });
  expect(() => chooseFiles('m', listing, { ...CLIP, dtype: 'fp32' })).toThrow(
    expect.objectContaining({ code: 'DTYPE_UNAVAILABLE', message: expect.stringContaining('fp16, int8, q8, q4f16') }),
  );
});

test('external data goes with its graph and is fetched before it', () => {
  const data = ['onnx/model.onnx_data', 'onnx/model.onnx_data_1'];
  const files = chooseFiles('m', [...JSON_FILES, 'onnx/model.onnx', ...data, 'onnx/model_fp16.onnx_data', 'README.md'], CLIP);
  expect(allPaths(files)).toEqual([...data, 'onnx/model.onnx', ...TOKENIZER, ...JSON_ONLY.toReversed()]);
});

test.each([
  ['a JSON file', [...JSON_FILES.slice(1), ...SPLIT], /lacks config\.json/],
  ['a tower', [...JSON_FILES, SPLIT[0] as string], /the other tower/],
  ['anything to run', JSON_FILES, /lacks model\.safetensors of a family .* or ONNX files/],
  ['weights of a family that is known', [...JSON_FILES, 'model.safetensors'], /of a family that labelwise knows/],
])('a checkpoint without %s is refused with what it lacks', (_what, listing, message) => {
  expect(() => chooseFiles('m', listing, { modelType: 'wav2vec' })).toThrow(
    expect.objectContaining({ code: 'CHECKPOINT_INCOMPLETE', message: expect.stringMatching(message) }),
  );
});

test.each([
  ['jina_clip', /No published package holds the code of jina-clip/],
  ['nomic_bert', /two repositories with a tower each/],
  ['blip', /BLIP scores an image and a text together/],
  ['dinov2', /embeds images alone/],
  ['something', /of the family "something", which labelwise does not know/],
])('weights of the model type %s are refused with the reason', (modelType, hint) => {
  expect(() => chooseFiles('m', [...JSON_FILES, 'model.safetensors'], { modelType })).toThrow(
    expect.objectContaining({ code: 'CHECKPOINT_INCOMPLETE', hint: expect.stringMatching(hint) }),
  );
});

test.each([
  ['PubMedCLIP', [...JSON_FILES, 'pytorch_model.bin']],
  ['RemoteCLIP', ['README.md', 'RemoteCLIP-ViT-B-32.pt']],
  ['GeoRSCLIP', ['README.md', 'ckpt/RS5M_ViT-B-32.pt']],
  ['BiomedCLIP', ['open_clip_config.json', 'open_clip_pytorch_model.bin', 'tokenizer.json']],
])('the pickle of %s is named and not read', (name, listing) => {
  const pickle = listing.find((path) => /[.](?:bin|pt)$/.test(path)) as string;
  expect(() => chooseFiles(name, listing, CLIP)).toThrow(
    expect.objectContaining({
      code: 'CHECKPOINT_UNSUPPORTED',
      message: expect.stringContaining(`${pickle} alone`),
      hint: expect.stringContaining('model.safetensors'),
    }),
  );
});

test('GGUF files are refused by that name', () => {
  expect(() => chooseFiles('m', [...JSON_FILES, 'clip-vit-base-patch32_ggml-model-f16.gguf'], CLIP)).toThrow(
    expect.objectContaining({ code: 'CHECKPOINT_INCOMPLETE', hint: expect.stringContaining('does not read GGUF') }),
  );
});

test('a file of the embedded model that is gone is a fault of the installation', () => {
  expect(() => chooseFiles('pocket', JSON_FILES, { modelType: 'pocket' })).toThrow(
    expect.objectContaining({ code: 'PACKAGE_INCOMPLETE', hint: expect.stringContaining('Install the whole package again') }),
  );
});

test("timm's config.json is not taken for CLIP's, and processor_config.json stands for preprocessor_config.json", () => {
  expect(modelTypeOf({ architecture: 'vit_tiny_patch16_clip_96', pretrained_cfg: {} })).toBeUndefined();
  expect(modelTypeOf({ projection_dim: 512 })).toBe('clip');
  const json = ['config.json', 'processor_config.json'];
  expect(chooseFiles('m', [...json, ...TOKENIZER, 'model.safetensors'], CLIP).json).toEqual(json);
});

test.each([[['vocab.json', 'merges.txt']], [['spiece.model']], [['sentencepiece.bpe.model']], [['vocab.txt']]])(
  '%j stand for tokenizer.json, which is preferred',
  (tokenizer) => {
    const listing = [...JSON_ONLY, ...tokenizer, 'model.safetensors'];
    expect(chooseFiles('m', listing, CLIP).tokenizer).toEqual(tokenizer);
    expect(chooseFiles('m', [...listing, ...TOKENIZER], CLIP).tokenizer).toEqual(TOKENIZER);
    expect(() => chooseFiles('m', [...JSON_ONLY, 'vocab.json', 'model.safetensors'], CLIP)).toThrow('lacks tokenizer.json');
  },
);

test("Immich's export has OpenCLIP's configuration in three places", () => {
  const towers = ['visual/model.onnx', 'textual/model.onnx'];
  const json = ['config.json', 'visual/preprocess_cfg.json', 'textual/tokenizer_config.json'];
  expect(chooseFiles('m', [...towers, ...json, 'textual/tokenizer.json'], CLIP)).toEqual({
    dtype: 'fp32',
    model: { kind: 'split', image: towers[0], text: towers[1] },
    companions: [],
    json,
    tokenizer: ['textual/tokenizer.json'],
  });
});
