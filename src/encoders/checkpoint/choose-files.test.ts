import { expect, test } from 'vitest';
import { allPaths, availableDtypes, chooseFiles } from './choose-files.js';

const JSON_FILES = ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];
const SPLIT = ['onnx/vision_model.onnx', 'onnx/text_model.onnx'];

test('split towers are preferred to the joint model', () => {
  const files = chooseFiles('m', [...JSON_FILES, ...SPLIT, 'onnx/model.onnx', 'model.safetensors'], undefined);
  expect(files).toEqual({ dtype: 'fp32', onnx: { kind: 'split', image: SPLIT[0], text: SPLIT[1] }, externalData: [] });
  expect(chooseFiles('m', [...JSON_FILES, 'model.onnx'], undefined).onnx).toEqual({ kind: 'joint', model: 'model.onnx' });
});

test('each dtype finds its names, and the first that is there is the default', () => {
  const listing = [
    ...JSON_FILES,
    'onnx/model_fp16.onnx',
    'onnx/vision_model_quantized.onnx',
    'onnx/text_model_quantized.onnx',
    'onnx/model_q4f16.onnx',
  ];
  expect(availableDtypes(listing)).toEqual(['fp16', 'int8', 'q8', 'q4f16']);
  expect(chooseFiles('m', listing, undefined).dtype).toBe('fp16');
  expect(chooseFiles('m', listing, 'int8').onnx).toEqual({
    kind: 'split',
    image: 'onnx/vision_model_quantized.onnx',
    text: 'onnx/text_model_quantized.onnx',
  });
  expect(() => chooseFiles('m', listing, 'fp32')).toThrow(
    expect.objectContaining({ code: 'DTYPE_UNAVAILABLE', message: expect.stringContaining('fp16, int8, q8, q4f16') }),
  );
});

test('external data goes with its graph and is fetched before it', () => {
  const listing = [
    ...JSON_FILES,
    'onnx/model.onnx',
    'onnx/model.onnx_data',
    'onnx/model.onnx_data_1',
    'onnx/model_fp16.onnx_data',
    'README.md',
  ];
  const files = chooseFiles('m', listing, 'fp32');
  expect(allPaths(files, listing)).toEqual([
    'onnx/model.onnx_data',
    'onnx/model.onnx_data_1',
    'onnx/model.onnx',
    'tokenizer_config.json',
    'tokenizer.json',
    'preprocessor_config.json',
    'config.json',
  ]);
});

test.each([
  ['a JSON file', [...JSON_FILES.slice(1), ...SPLIT], /lacks config\.json/],
  ['a tower', [...JSON_FILES, SPLIT[0] as string], /the other tower/],
  ['any ONNX file', [...JSON_FILES, 'model.safetensors'], /ONNX files/],
])('a checkpoint without %s is refused with what it lacks', (_what, listing, message) => {
  expect(() => chooseFiles('m', listing, undefined)).toThrow(
    expect.objectContaining({ code: 'CHECKPOINT_INCOMPLETE', message: expect.stringMatching(message) }),
  );
});
