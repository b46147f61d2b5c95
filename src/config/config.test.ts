import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LabelwiseError } from '../errors.js';
import { CONFIG_FILE, loadConfig } from './config.js';

const folderWith = (content: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'labelwise-'));
  writeFileSync(join(folder, CONFIG_FILE), content);
  return folder;
};

test('flags win over the environment, that over the file, that over the defaults', () => {
  const folder = folderWith('{ "topK": 3, "device": "cpu", "model": "a/b" }');
  const config = loadConfig({ topK: '7' }, { LABELWISE_DEVICE: 'cuda', LABELWISE_TOP_K: '5', LABELWISE_HOME: '/home/x' }, folder);
  expect(config).toMatchObject({ topK: 7, device: 'cuda', model: 'a/b', db: join('/home/x', 'db') });
  expect(loadConfig({}, {}, '/')).toMatchObject({ topK: 5, device: 'auto', model: 'pocket' });
});

test.each([
  ['a flag', { topK: '0' }, {}, '{}', 'INVALID_ARGUMENT', 'Expected `topK` to be a whole number from 1, got "0".'],
  [
    'a variable',
    {},
    { LABELWISE_TOP_K: 'many' },
    '{}',
    'CONFIG_INVALID',
    'Expected LABELWISE_TOP_K to be a whole number from 1, got "many".',
  ],
  ['a key of the file', {}, {}, '{ "topk": 3 }', 'CONFIG_INVALID', 'labelwise.config.json has the setting "topk", which does not exist.'],
  [
    'a choice',
    {},
    {},
    '{ "device": "tpu" }',
    'CONFIG_INVALID',
    'to be one of auto, cpu, cuda, coreml, dml, webgpu, intel-gpu, intel-npu, got "tpu".',
  ],
  ['null', {}, {}, '{ "topK": null }', 'CONFIG_INVALID', 'Expected topK in labelwise.config.json to be a whole number from 1, got null.'],
  ['null for a number that may be 0', {}, {}, '{ "logitBias": null }', 'CONFIG_INVALID', 'to be a number, got null.'],
  ['true for a number', {}, {}, '{ "topK": true }', 'CONFIG_INVALID', 'to be a whole number from 1, got true.'],
  ['a list for a number', {}, {}, '{ "threads": [3] }', 'CONFIG_INVALID', 'to be a whole number from 1, got [3].'],
  ['an empty number', {}, {}, '{ "logitScale": "" }', 'CONFIG_INVALID', 'to be a number above 0, got "".'],
  ['too large a batch', {}, {}, '{ "batchSize": 2000 }', 'CONFIG_INVALID', 'to be a whole number from 1 to 1024, got 2000.'],
  [
    'a word for true or false',
    {},
    { LABELWISE_ONNX: 'maybe' },
    '{}',
    'CONFIG_INVALID',
    'Expected LABELWISE_ONNX to be true or false, got "maybe".',
  ],
  ['a text for a list', {}, {}, '{ "template": "a {}" }', 'CONFIG_INVALID', 'to be a list of texts, got "a {}".'],
  ['a number in a list', {}, {}, '{ "exclude": ["a", 3] }', 'CONFIG_INVALID', 'to be a list of texts, got ["a",3].'],
  ['an empty text', {}, {}, '{ "model": "" }', 'CONFIG_INVALID', 'to be a text that is not empty, got "".'],
  ['a number for a text', {}, {}, '{ "db": 3 }', 'CONFIG_INVALID', 'to be a text, got 3.'],
  ['the form of the file', {}, {}, '{', 'CONFIG_INVALID', 'labelwise.config.json cannot be read'],
  ['a file of null', {}, {}, 'null', 'CONFIG_INVALID', 'labelwise.config.json cannot be read: it holds null'],
  ['a file of a list', {}, {}, '[]', 'CONFIG_INVALID', 'labelwise.config.json cannot be read: it holds a list'],
])('%s that cannot be used is named, with what is expected', (_what, flags, env, file, code, message) => {
  expect(() => loadConfig(flags, env, folderWith(file))).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

test.each([
  [{ LABELWISE_STORAGE_OPTIONS: '{"secretAccessKey": "secret", bad}' }, '{}', 'Expected LABELWISE_STORAGE_OPTIONS to be a JSON object.'],
  [
    { LABELWISE_STORAGE_OPTIONS: '{"secretAccessKey": ["secret"]}' },
    '{}',
    'Expected "secretAccessKey" in LABELWISE_STORAGE_OPTIONS to be a text that is not empty.',
  ],
  [
    { LABELWISE_STORAGE_OPTIONS: '{"secretAccesKey": "secret"}' },
    '{}',
    'LABELWISE_STORAGE_OPTIONS has the option "secretAccesKey", which does not exist.',
  ],
  [
    {},
    '{ "storageOptions": { "pathStyle": "secret" } }',
    'Expected "pathStyle" in storageOptions in labelwise.config.json to be true or false.',
  ],
  [{}, '{ "storageOptions": { "secretAccessKey": secret } }', 'in JSON'],
  [{}, '{ "db": "s3://key:secret@bucket/path" }', 'got "s3://...@bucket/path"'],
])('what holds keys of a store is refused without showing them: %j %s', (env, file, message) => {
  let error = new LabelwiseError('UNEXPECTED', 'It was not refused.');
  try {
    loadConfig({}, env, folderWith(file));
  } catch (thrown) {
    error = thrown as LabelwiseError;
  }
  expect([error.message, error.cause]).toEqual([expect.stringContaining(message), undefined]);
  expect(error.message).not.toMatch(/: *.?"secret"|secret}|:secret/);
});

test.each([
  ['topk', 'Did you mean "topK"?'],
  ['cache-folder', 'Did you mean "cacheFolder"?'],
  ['batchSzie', 'Did you mean "batchSize"?'],
  ['temperature', expect.stringMatching(/^The settings are model, dtype, /)],
])('the setting "%s" of the file has a hint', (key, hint) => {
  expect(() => loadConfig({}, {}, folderWith(JSON.stringify({ [key]: 1 })))).toThrow(expect.objectContaining({ hint }));
});

test('a byte order mark, as Windows writes it, is no fault of the file', () => {
  expect(loadConfig({}, {}, folderWith('\uFEFF{ "topK": 3 }')).topK).toBe(3);
});

test.skipIf(process.platform === 'win32')('a pipe in the place of the file is refused, and not waited for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'labelwise-'));
  execFileSync('mkfifo', [join(folder, CONFIG_FILE)]);
  expect(() => loadConfig({}, {}, folder)).toThrow(/it is a pipe, not a file/);
});
