import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { loadEncoder, openManifest } from 'labelwise/encoders';
import { expect, test } from 'vitest';
import { TINY, useHub } from '../fixtures/hub-case.js';
import { COMMIT, gitSha1 } from '../fixtures/hub-server.js';
import { cosine, type Golden, readJson } from '../fixtures/parity.js';
import { PARITY } from '../fixtures/paths.js';

const hub = useHub();
const golden = readJson<Golden>(`${PARITY}/golden.json`);
const fetched = (): string[] =>
  hub.server.requests
    .filter(({ range, sentBytes }) => range === undefined && sentBytes > 0)
    .map(({ path }) => path.split(`${COMMIT}/`)[1] as string);

async function expectRight(model: string, options: { onnx?: boolean } = {}): Promise<void> {
  await using encoder = await loadEncoder({ model, ...options });
  expect(encoder.info).toMatchObject({ name: model });
  expect(encoder.logitSource).toBe('weights');
  expect(encoder.info.logitScale).toBeCloseTo(100.003, 2);
  const { text, text_embeds } = golden.texts[5] as Golden['texts'][number];
  const [embedding] = await encoder.encodeTexts([text]);
  expect(cosine(embedding as Float32Array, text_embeds)).toBeGreaterThan(0.99999);
}

test('a first load fetches the files that are needed and no others, into the cache layout of Python', async () => {
  await expectRight('maker/tiny');
  expect(fetched()).toEqual(['model.safetensors', 'tokenizer.json', 'tokenizer_config.json', 'preprocessor_config.json', 'config.json']);
  expect(hub.server.requests.some(({ path }) => /README|onnx/.test(path))).toBe(false);
  const repo = join(hub.cache, 'models--maker--tiny');
  expect(readFileSync(join(repo, 'refs/main'), 'utf8')).toBe(COMMIT);
  const link = join(repo, 'snapshots', COMMIT, 'model.safetensors');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readlinkSync(link)).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
  const config = TINY.get('config.json') as Buffer;
  expect(readlinkSync(join(repo, 'snapshots', COMMIT, 'config.json'))).toBe(`../../blobs/${gitSha1(config)}`);
  expect(readdirSync(join(repo, 'blobs')).filter((name) => name.includes('incomplete'))).toEqual([]);
});

test('for an export, the trained scale is read by byte ranges: the weights themselves are not fetched', async () => {
  await expectRight('maker/tiny', { onnx: true });
  expect(fetched().slice(0, 2)).toEqual(['onnx/vision_model.onnx', 'onnx/text_model.onnx']);
  const weights = hub.server.requests.filter(({ path }) => path.endsWith('model.safetensors'));
  expect(weights.length).toBeGreaterThan(0);
  expect(weights.every(({ range }) => range !== undefined)).toBe(true);
  expect(weights.reduce((sum, { sentBytes }) => sum + sentBytes, 0)).toBeLessThan((TINY.get('model.safetensors') as Buffer).length / 100);
});

test('a second load asks the hub for nothing, and works offline', async () => {
  await expectRight('maker/tiny');
  const before = hub.server.requests.length;
  await expectRight('maker/tiny');
  process.env.HF_HUB_OFFLINE = '1';
  await expectRight('maker/tiny');
  expect(hub.server.requests.length).toBe(before);
});

test('a revision picks a branch or a commit', async () => {
  const other = 'beef'.padEnd(40, '1');
  hub.server.addRepo('maker/tiny', TINY, { main: COMMIT, 'refs/pr/4': other });
  expect((await openManifest({ model: 'maker/tiny@refs/pr/4' })).revision).toBe(other);
  expect((await openManifest({ model: `maker/tiny@${COMMIT}` })).revision).toBe(COMMIT);
});

test("OpenAI's repositories, which hold no ONNX, have a known export, which takes the scale of their own weights", async () => {
  const [original, onnx] = ['openai/clip-vit-base-patch32', 'Xenova/clip-vit-base-patch32'];
  const pick = (...names: string[]) => new Map(names.map((name) => [name, TINY.get(name) as Buffer]));
  hub.server.addRepo(original, pick('config.json', 'preprocessor_config.json', 'tokenizer.json', 'model.safetensors'));
  hub.server.addRepo(onnx, new Map([...TINY].filter(([name]) => name !== 'model.safetensors')));
  await expectRight(original, { onnx: true });
  process.env.HF_HUB_OFFLINE = '1';
  await expectRight(original, { onnx: true });
});

test('an export alone takes the scale of the repository that it was made from', async () => {
  hub.server.addRepo('openai/clip-vit-base-patch16', new Map([['model.safetensors', TINY.get('model.safetensors') as Buffer]]));
  hub.server.addRepo('Xenova/clip-vit-base-patch16', new Map([...TINY].filter(([name]) => name !== 'model.safetensors')));
  await expectRight('Xenova/clip-vit-base-patch16');
});

test('a checkpoint without safetensors takes the scale from the constants of its joint model, which is not downloaded', async () => {
  hub.server.addRepo('maker/export', new Map([...TINY].filter(([name]) => name !== 'model.safetensors')));
  await using encoder = await loadEncoder({ model: 'maker/export' });
  expect([encoder.logitSource, encoder.info.logitScale, encoder.info.logitBias]).toEqual(['joint', expect.closeTo(100.003, 2), 0]);
  expect(existsSync(join(encoder.manifest.folder, 'onnx/model.onnx'))).toBe(false);
});

test('a checkpoint whose scale nobody knows says so in a warning', async () => {
  const absent = ['model.safetensors', 'onnx/model.onnx'];
  hub.server.addRepo('maker/bare', new Map([...TINY].filter(([name]) => !absent.includes(name))));
  const warnings: string[] = [];
  await using encoder = await loadEncoder({ model: 'maker/bare', onWarning: (message) => warnings.push(message) });
  expect(encoder.logitSource).toBe('assumed');
  expect(warnings.join()).toMatch(/logit scale of maker\/bare is unknown/);
  await using given = await loadEncoder({ model: 'maker/bare', logitScale: 42, onWarning: (message) => warnings.push(message) });
  expect([given.logitSource, given.info.logitScale, warnings.length]).toEqual(['given', 42, 1]);
});

test('pulling again finds a damaged file and mends it', async () => {
  const { folder } = await openManifest({ model: 'maker/tiny' });
  truncateSync(join(folder, 'model.safetensors'), 100_000);
  const encoder = await loadEncoder({ model: 'maker/tiny' });
  await expect(encoder.device()).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED', hint: expect.stringContaining('models pull') });
  await encoder.close();
  await openManifest({ model: 'maker/tiny', refresh: true });
  await expectRight('maker/tiny');
});

test('a path that leads out of the snapshot is not written', async () => {
  hub.server.addRepo('maker/evil', new Map([...TINY, ['onnx/../../../evil.json', Buffer.from('x')], ['../evil.json', Buffer.from('x')]]));
  await openManifest({ model: 'maker/evil' });
  expect(readdirSync(hub.cache, { recursive: true }).filter((name) => String(name).includes('evil.json'))).toEqual([]);
});
