import { mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTextRules } from '../checkpoints/text-rules.js';
import { hashFiles } from '../hub/file-hashes.js';
import { readHubSettings } from '../hub/hub-settings.js';
import { availableThreads, chooseThreads } from './onnx/available-threads.js';
import { paddedLength, padTokens } from './text/pad-tokens.js';

test('more threads than cores are as many as cores', () => {
  expect(chooseThreads(9999)).toBe(cpus().length);
  expect(chooseThreads(1)).toBe(1);
  expect(chooseThreads(undefined)).toBe(availableThreads());
});

test('threads are those that the control group allows', () => {
  const withFiles = (files: Record<string, string>) => availableThreads((path) => files[path]);
  const all = withFiles({});
  expect(withFiles({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' })).toBe(all);
  expect(withFiles({ '/sys/fs/cgroup/cpu.max': '50000 100000\n' })).toBe(1);
  expect(withFiles({ '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '100000', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' })).toBe(1);
  expect(withFiles({ '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' })).toBe(all);
});

test("the hub's settings come from the variables that Python reads", () => {
  const read = (env: Record<string, string>) => readHubSettings({ HF_TOKEN_PATH: '/nowhere', ...env });
  expect(read({ HF_HOME: '/h', HF_ENDPOINT: 'http://mirror/', HF_TOKEN: ' t ' })).toEqual({
    endpoint: 'http://mirror',
    cacheDir: '/h/hub',
    token: 't',
    isOffline: false,
  });
  expect(read({ HF_HUB_CACHE: '/c', HF_HUB_OFFLINE: 'ON' })).toMatchObject({ cacheDir: '/c', isOffline: true, token: undefined });
  expect(read({ XDG_CACHE_HOME: '/x', HF_HUB_OFFLINE: '0' })).toMatchObject({ cacheDir: '/x/huggingface/hub', isOffline: false });
});

test('a hash is kept until the file changes', async () => {
  const home = mkdtempSync(join(tmpdir(), 'labelwise-'));
  const path = join(home, 'weights.onnx');
  writeFileSync(path, 'one');
  const [first] = await hashFiles([path], home);
  expect(await hashFiles([path], home)).toEqual([first]);
  writeFileSync(path, 'two');
  expect(await hashFiles([path], home)).not.toEqual([first]);
});

test('of the lengths that the files name the shortest holds, and RoBERTa loses its first positions', () => {
  const rules = (tokenizerConfig: object, textConfig: object, maxLength?: number) =>
    readTextRules({
      tokenizer: {},
      tokenizerConfig,
      textConfig,
      family: { padding: 'longest', ...(maxLength ? { maxLength } : {}) },
      tokenToId: (token) => (token === '<pad>' ? 5 : undefined),
    });
  expect(rules({ model_max_length: 77, pad_token: { content: '<pad>' } }, { max_position_embeddings: 512 })).toEqual({
    maxLength: 77,
    padding: 'longest',
    padTokenId: 5,
    paddingSide: 'right',
    isLowercase: false,
  });
  expect(rules({ model_max_length: 1e30 }, { model_type: 'xlm-roberta', max_position_embeddings: 514, pad_token_id: 1 })).toMatchObject({
    maxLength: 512,
    padTokenId: 1,
  });
  expect(rules({}, {}, 64).maxLength).toBe(64);
  expect(rules({}, {})).toMatchObject({ maxLength: 77, padding: 'longest', padTokenId: 0 });
});

test('texts are padded on the side that the tokenizer names', () => {
  const rules = { maxLength: 6, padding: 'max', padTokenId: 9, isLowercase: false } as const;
  expect(padTokens([1, 2], paddedLength([[1, 2]], { ...rules, paddingSide: 'right' }), { ...rules, paddingSide: 'right' })).toEqual({
    inputIds: [1, 2, 9, 9, 9, 9],
    attentionMask: [1, 1, 0, 0, 0, 0],
  });
  expect(padTokens([1, 2], 4, { ...rules, paddingSide: 'left' })).toEqual({ inputIds: [9, 9, 1, 2], attentionMask: [0, 0, 1, 1] });
});
