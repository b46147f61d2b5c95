import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli } from '../fixtures/cli.js';
import { copyWithout, temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { CAT, write } from '../fixtures/pictures.js';
import { readSafetensors, writeSafetensors } from '../fixtures/safetensors.js';

const WEIGHTS = 'model.safetensors';
const VISION = 'onnx/vision_model.onnx';
const TEXT = 'onnx/text_model.onnx';

async function failureOf(model: string, ...flags: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli([
    'classify',
    CAT,
    '--labels',
    'cat, dog',
    '--model',
    model,
    '--db',
    temporaryFolder(),
    '--json',
    ...flags,
  ]);
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
  expect(stderr).toMatch(/^error: /m);
  expect(stderr).toMatch(/^hint: \S/m);
  expect(stderr).not.toContain('bug:');
  return stderr;
}

/** A copy of clip-tiny with one file changed. */
function copyWith(file: string, change: (path: string) => void): string {
  const folder = copyWithout(CLIP_TINY);
  change(join(folder, file));
  return folder;
}

const replaceText = (from: string, to: string) => (path: string) =>
  writeFileSync(path, Buffer.from(readFileSync(path).toString('latin1').replaceAll(from, to), 'latin1'));

describe('a checkpoint that cannot be used exits with 4 and says what is wrong', () => {
  test.each(['tokenizer.json', 'config.json', 'preprocessor_config.json'])('it lacks %s', async (file) => {
    const model = copyWithout(CLIP_TINY, file);
    expect(await failureOf(model)).toContain(`${model} lacks ${file}.`);
  });

  test('it lacks one tower', async () => {
    expect(await failureOf(copyWithout(CLIP_TINY, WEIGHTS, TEXT, 'onnx/model.onnx'))).toMatch(
      /lacks the ONNX file of the other tower \(there is onnx\/vision_model\.onnx alone\)/,
    );
  });

  test('its weights are of a family that is not known here, and it has no ONNX export', async () => {
    const model = copyWithout(CLIP_TINY, VISION, TEXT, 'onnx/model.onnx');
    replaceText('"model_type": "clip"', '"model_type": "wav2vec"')(join(model, 'config.json'));
    expect(await failureOf(model)).toMatch(
      /lacks model\.safetensors of a family that labelwise knows[\s\S]*Its weights are of the family "wav2vec"/,
    );
  });

  test('it has its weights as a pickle alone', async () => {
    const model = copyWithout(CLIP_TINY, WEIGHTS, VISION, TEXT, 'onnx/model.onnx');
    write(model, 'pytorch_model.bin', 'PK');
    expect(await failureOf(model)).toMatch(/pytorch_model\.bin alone: pickle files can run code[\s\S]*refs\/pr\/NUMBER/);
  });

  test.each([0, 7, 500, 50_000])('its weights are cut after %d bytes', async (bytes) => {
    expect(await failureOf(copyWith(WEIGHTS, (path) => truncateSync(path, bytes)))).toMatch(
      /model\.safetensors cannot be read: [\s\S]*download it again/,
    );
  });

  test.each([
    ['visual_projection.weight', Number.NaN, 'The model gave image_embeds without a direction: NaN, infinity or zeros alone.'],
    ['text_projection.weight', Number.NaN, 'The model gave text_embeds without a direction'],
    ['text_projection.weight', 0, 'The model gave text_embeds without a direction'],
    ['logit_scale', Number.NaN, 'got NaN and no bias from its weights'],
    ['logit_scale', 800, 'got Infinity and no bias from its weights'],
  ])('its %s is filled with %d', async (tensor, value, message) => {
    const fill = (path: string): void => {
      const tensors = readSafetensors(path);
      const data = Buffer.from(tensors.get(tensor)?.data ?? []);
      for (let i = 0; i < data.length; i += 4) data.writeFloatLE(value, i);
      writeSafetensors(path, tensors.set(tensor, { dtype: 'F32', shape: tensors.get(tensor)?.shape ?? [], data }));
    };
    expect(await failureOf(copyWith(WEIGHTS, fill))).toContain(message);
  });

  test('its weights are those of another model than its configuration says', async () => {
    const error = await failureOf(copyWith('config.json', replaceText('"num_hidden_layers": 2', '"num_hidden_layers": 3')));
    expect(error).toMatch(/missing: vision_model\.encoder\.layers\.2\.layer_norm1\.weight.*and \d+ more/);
  });

  test.each([VISION, TEXT])('%s is cut short', async (file) => {
    const error = await failureOf(
      copyWith(file, (path) => truncateSync(path, 5000)),
      '--onnx',
    );
    expect(error).toContain(`${file} cannot be loaded`);
    expect(error).toMatch(/hint: The file is cut short/);
  });

  test.each([VISION, TEXT])('%s is empty', async (file) => {
    expect(
      await failureOf(
        copyWith(file, (path) => truncateSync(path, 0)),
        '--onnx',
      ),
    ).toContain(file);
  });

  test.each(['tokenizer.json', 'config.json', 'preprocessor_config.json'])('%s is cut short', async (file) => {
    expect(await failureOf(copyWith(file, (path) => truncateSync(path, 100)))).toContain(`${file} is not JSON: it is cut short or broken`);
  });

  test.each(['null', '[]', '{}', '{"model":{}}', '3', '{"model":{"type":"BPE","vocab":null,"merges":[3]},"decoder":null}'])(
    'tokenizer.json is JSON and no tokenizer: %s',
    async (content) => {
      const error = await failureOf(copyWith('tokenizer.json', (path) => writeFileSync(path, content)));
      expect(error).toMatch(/tokenizer\.json cannot be used: (?:it is not a JSON object|it has no "model"|its model has no vocabulary)\./);
    },
  );

  test('tokenizer.json has tokens without ids', async () => {
    const spoil = (path: string): void => {
      const tokenizer = JSON.parse(readFileSync(path, 'utf8')) as { model: { vocab: Record<string, unknown> } };
      for (const token of Object.keys(tokenizer.model.vocab)) tokenizer.model.vocab[token] = 'none';
      writeFileSync(path, JSON.stringify(tokenizer));
    };
    expect(await failureOf(copyWith('tokenizer.json', spoil))).toContain('its vocabulary has an entry that is not a token with a number');
  });

  test.each([
    ['tokenizer_config.json', '[]'],
    ['tokenizer_config.json', '3'],
    ['config.json', 'null'],
    ['config.json', '{"text_config":3}'],
    ['preprocessor_config.json', '[]'],
  ])('%s is JSON, and not what it should be: %s', async (file, content) => {
    expect(await failureOf(copyWith(file, (path) => writeFileSync(path, content)))).toContain(file);
  });

  test('preprocessor_config.json has a field that is not understood', async () => {
    const error = await failureOf(copyWith('preprocessor_config.json', (path) => writeFileSync(path, '{ "resample": "soft" }')));
    expect(error).toMatch(/preprocessor_config\.json: resample: /);
  });

  const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 3700000\n';
  test.each([
    [WEIGHTS, []],
    [VISION, ['--onnx']],
    ['tokenizer.json', []],
    ['config.json', []],
  ])('%s is a Git LFS pointer', async (file, flags) => {
    const error = await failureOf(
      copyWith(file, (path) => writeFileSync(path, POINTER)),
      ...flags,
    );
    expect(error).toMatch(new RegExp(`${file.replace('.', '\\.')} is a Git LFS pointer, not the file itself\\.\nhint: Run "git lfs pull"`));
  });

  test('image_std has a zero', async () => {
    const error = await failureOf(copyWith('preprocessor_config.json', (path) => writeFileSync(path, '{ "image_std": [0, 0, 0] }')));
    expect(error).toContain('preprocessor_config.json: image_std.0: it divides, and cannot be 0');
  });

  test('its configuration has a field that may change the embeddings', async () => {
    const spoil = (path: string): void =>
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), text_config_dict: { rope_theta: 10_000 } }));
    expect(await failureOf(copyWith('config.json', spoil))).toContain(
      'config.json: text_config: labelwise does not support "rope_theta" (10000).',
    );
  });

  test('its image tower has an input of another name', async () => {
    const error = await failureOf(copyWith(VISION, replaceText('pixel_values', 'pixel_valuez')), '--onnx');
    expect(error).toMatch(/Expected onnx\/vision_model\.onnx to take pixel_values .* got inputs \[pixel_valuez\] and outputs \[/);
  });

  test('its text tower has an input of another name', async () => {
    const error = await failureOf(copyWith(TEXT, replaceText('input_ids', 'input_idz')), '--onnx');
    expect(error).toMatch(/Expected onnx\/text_model\.onnx to take input_ids .* got inputs \[input_idz.*\]/);
  });

  test('it has no files of the dtype that was asked for', async () => {
    expect(await failureOf(CLIP_TINY, '--dtype', 'q4')).toMatch(
      /has no ONNX files of dtype q4, only fp32, fp32 from its weights, int8 after/,
    );
    expect(await failureOf(CLIP_TINY, '--dtype', 'q4', '--onnx')).toMatch(
      /of dtype q4, only fp32\.\nhint: Set --dtype to one of them, for example fp32/,
    );
    expect(await failureOf(CLIP_TINY, '--dtype', 'int8')).toMatch(/has no int8 copy yet\.\nhint: Make one: labelwise models quantize/);
  });

  test.each(['nonsense', './nowhere', '/nowhere/at/all', 'a/b/c', 'owner/name@../x'])('there is no model %j', async (name) => {
    expect(await failureOf(name)).toMatch(new RegExp(`There is no model "${name.replaceAll('.', '\\.')}"[\\s\\S]*pocket`));
  });

  test('a folder that is no checkpoint is told so', async () => {
    const folder = temporaryFolder();
    write(folder, 'readme.txt', 'hello');
    expect(await failureOf(folder)).toMatch(/lacks config\.json/);
  });

  test('a model of the hub that is not on disk cannot be had offline', async () => {
    expect(await failureOf('acme/none')).toMatch(/acme\/none/);
  });
});

test('a logit scale that would make probabilities of NaN is refused', async () => {
  const { code, stderr } = await cli(['classify', CAT, '--labels', 'cat, dog', '--model', CLIP_TINY, '--logit-scale', '1e308']);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/^error: Expected --logit-scale to be above 0 and at most 10000, got 1e\+308\./),
  ]);
});

test('a damaged note of hashes in the home is made anew', async () => {
  const home = process.env.LABELWISE_HOME as string;
  mkdirSync(home, { recursive: true });
  for (const content of ['3', '"x"', '[]', '{"a":3}']) {
    write(home, 'file-hashes.json', content);
    const result = await cli(['classify', CAT, '--labels', 'cat, dog', '--model', CLIP_TINY, '--no-cache']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
  }
});

test('an export whose model type is not known runs as CLIP does, with a warning that names it', async () => {
  const model = copyWith('config.json', replaceText('"model_type": "clip"', '"model_type": "other_clip"'));
  const { code, stdout, stderr } = await cli(['classify', CAT, '--labels', 'cat, dog', '--model', model, '--onnx', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toHaveLength(1);
  expect(stderr).toMatch(/^warning: labelwise does not know the model type "other_clip" of .* and runs it as CLIP/);
});

test('a config.json with a byte order mark is read', async () => {
  const addMark = (path: string): void => writeFileSync(path, `\uFEFF${readFileSync(path, 'utf8')}`);
  const model = copyWith('config.json', addMark);
  const result = await cli(['classify', CAT, '--labels', 'cat, dog', '--model', model, '--no-cache']);
  expect(result).toMatchObject({ code: 0, stderr: '' });
});

describe('a device that is not there', () => {
  test('is refused also where all embeddings are cached', async () => {
    const args = ['classify', CAT, '--labels', 'cat, dog', '--model', CLIP_TINY];
    await cli(args);
    const { code, stderr } = await cli([...args, '--device', 'dml']);
    expect([code, stderr]).toEqual([4, expect.stringMatching(/^error: The device dml cannot be used: /)]);
  });

  test.each(['cuda', 'coreml', 'dml'])('%s is refused, and the hint says what to do', async (device) => {
    const { code, stderr } = await cli(['classify', CAT, '--labels', 'cat, dog', '--model', CLIP_TINY, '--device', device]);
    if (code === 0) return; // it is there
    expect(code).toBe(4);
    expect(stderr).toMatch(new RegExp(`The device ${device} cannot be used: [\\s\\S]*hint: Set --device to auto or cpu`));
  });

  test('auto falls back to the processor, and --explain says why', async () => {
    const { code, stdout } = await cli(['classify', CAT, '--labels', 'cat, dog', '--model', CLIP_TINY, '--explain']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/runs on (?:cpu: .*cpu always works|\w+: .*works)/);
  });
});
