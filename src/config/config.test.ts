import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
  ['a flag', { topK: '0' }, {}, '{}', 'INVALID_ARGUMENT', '`topK` has a value that cannot be used'],
  ['a variable', {}, { LABELWISE_TOP_K: 'many' }, '{}', 'CONFIG_INVALID', 'LABELWISE_TOP_K'],
  ['a key of the file', {}, {}, '{ "topk": 3 }', 'CONFIG_INVALID', 'labelwise.config.json: topk'],
  ['a value of the file', {}, {}, '{ "device": "tpu" }', 'CONFIG_INVALID', 'labelwise.config.json: device'],
  [
    'null in the file',
    {},
    {},
    '{ "topK": null }',
    'CONFIG_INVALID',
    'topK has a value that cannot be used (null): Invalid input: expected number',
  ],
  [
    'null for a number that may be 0',
    {},
    {},
    '{ "logitBias": null }',
    'CONFIG_INVALID',
    'logitBias has a value that cannot be used (null)',
  ],
  ['true for a number', {}, {}, '{ "topK": true }', 'CONFIG_INVALID', 'topK has a value that cannot be used (true)'],
  ['a list for a number', {}, {}, '{ "threads": [3] }', 'CONFIG_INVALID', 'threads has a value that cannot be used ([3])'],
  ['an empty number', {}, {}, '{ "logitScale": "" }', 'CONFIG_INVALID', 'logitScale has a value that cannot be used ("")'],
  ['the form of the file', {}, {}, '{', 'CONFIG_INVALID', 'labelwise.config.json cannot be read'],
  ['a file of null', {}, {}, 'null', 'CONFIG_INVALID', 'labelwise.config.json cannot be read: it holds null'],
  ['a file of a list', {}, {}, '[]', 'CONFIG_INVALID', 'labelwise.config.json cannot be read: it holds a list'],
])('%s that cannot be used is named', (_what, flags, env, file, code, message) => {
  expect(() => loadConfig(flags, env, folderWith(file))).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

test('a byte order mark, as Windows writes it, is no fault of the file', () => {
  expect(loadConfig({}, {}, folderWith('\uFEFF{ "topK": 3 }')).topK).toBe(3);
});

test.skipIf(process.platform === 'win32')('a pipe in the place of the file is refused, and not waited for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'labelwise-'));
  execFileSync('mkfifo', [join(folder, CONFIG_FILE)]);
  expect(() => loadConfig({}, {}, folder)).toThrow(/it is a pipe, not a file/);
});
