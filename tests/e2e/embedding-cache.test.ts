import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createClassifier, loadEncoder } from 'labelwise';
import { normalize } from 'labelwise/core';
import { expect, test } from 'vitest';
import { cli, rowsOf, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES } from '../fixtures/paths.js';

const pictures = readdirSync(IMAGES).slice(0, 10);

/** A model that is run from its weights: sessions then leave their graphs in the home. */
function borrowedModel() {
  const folder = join(temporaryFolder(), 'model');
  mkdirSync(folder);
  for (const file of ['config.json', 'model.safetensors', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'])
    copyFileSync(join(CLIP_TINY, file), join(folder, file));
  return folder;
}

const facts = async (folder: string) =>
  rowsOf<{ kind: string; embeddings: number }>(await cli(['cache', 'show', '--json', '--cache-folder', folder])).map(
    ({ kind, embeddings }) => [kind, embeddings],
  );

test('pictures and labels that were embedded once need no forward pass, in any mixture, and give the same answers', async () => {
  const cache = temporaryFolder();
  const options = { model: borrowedModel(), cache };
  const all = pictures.map((name) => join(IMAGES, name));
  await using first = await createClassifier({ ...options, labels: ['cat', 'dog', 'rocket'] });
  const before = await first.classify(all.slice(0, 6));
  await first.close();
  await using second = await createClassifier({ ...options, labels: ['rocket', 'cat', 'dog'] });
  expect(second.isFromCache).toBe(true);
  const after = await second.classify(all);
  expect(after.slice(0, 6).map(({ predictions }) => predictions)).toEqual(before.map(({ predictions }) => predictions));
  await second.close();
  expect(await facts(cache)).toEqual([
    ['images', 10],
    ['labels', 3],
  ]);
});

test('a second run over the same pictures opens no session at all', async () => {
  const [cache, model] = [temporaryFolder(), borrowedModel()];
  const run = async (labels: string[], folder: string | undefined) => {
    await using classifier = await createClassifier({ labels, model, cache: folder });
    const results = await classifier.classify(pictures.map((name) => join(IMAGES, name)));
    return results.map(({ predictions }) => predictions.toSorted((a, b) => (a.label < b.label ? -1 : 1)));
  };
  const first = await run(['cat', 'dog'], cache);
  const graphs = join(process.env.LABELWISE_HOME as string, 'graphs'); // written whenever a session is opened
  rmSync(graphs, { recursive: true });
  expect(await run(['dog', 'cat'], cache)).toEqual(first);
  expect(existsSync(graphs)).toBe(false);
  expect(await run(['dog', 'cat'], undefined)).toEqual(first);
  expect(existsSync(graphs)).toBe(true);
});

test('a picture under another name, and the same bytes in memory, are known; a changed one is not', async () => {
  const cache = temporaryFolder();
  const opened: string[] = [];
  await using encoder = await loadEncoder({
    model: CLIP_TINY,
    openImageCache: async () => {
      const { openEmbeddingCache } = await import('labelwise/store');
      const { info } = encoder;
      const store = await openEmbeddingCache(cache, { kind: 'images', encoder: info, maxBytes: 1e9 });
      const keep: typeof store.keep = (entries) => {
        opened.push(...entries.keys());
        return store.keep(entries);
      };
      return { ...store, keep };
    },
  });
  const embed = async (name: string) => {
    for await (const outcome of encoder.encodeImages([join(IMAGES, name)])) return outcome;
    throw new Error('no outcome');
  };
  const folder = temporaryFolder();
  copyFileSync(join(IMAGES, 'chelsea.png'), join(folder, 'other.png'));
  await embed('chelsea.png');
  await embed('chelsea.png');
  for await (const outcome of encoder.encodeImages([join(folder, 'other.png')])) expect(outcome).toHaveProperty('embedding');
  expect(opened).toHaveLength(1);
  await embed('coffee.png');
  expect(opened).toHaveLength(2);
});

test('two processes share a cache: both answer, and what they made is there', async () => {
  const cache = temporaryFolder();
  const run = (labels: string) =>
    spawnCli(['classify', IMAGES, '--labels', labels, '--model', CLIP_TINY, '--cache-folder', cache, '--json', '-q'], {
      env: { ...process.env, LABELWISE_HOME: temporaryFolder() },
    });
  const [a, b] = await Promise.all([run('cat, dog'), run('cat, dog')]);
  expect([a.code, b.code], a.stderr + b.stderr).toEqual([0, 0]);
  expect(a.stdout).toBe(b.stdout);
  expect((await run('cat, dog')).stdout).toBe(a.stdout);
});

test('the cache keeps to its size: those of other models go first, then the oldest', async () => {
  const { openEmbeddingCache, listEmbeddingCache } = await import('labelwise/store');
  const folder = temporaryFolder();
  const encoder = { name: 'made up', fingerprint: 'f' };
  const entry = (i: number) => ({
    embedding: normalize(Float32Array.from({ length: 256 }, (_, j) => Math.sin(i * 256 + j))),
    width: 1,
    height: 1,
  });
  const other = { name: 'another', fingerprint: 'e' };
  const keepOne = await openEmbeddingCache(folder, { kind: 'images', encoder: other, maxBytes: 1_500_000 });
  await keepOne.keep(new Map([['0', entry(0)]]));
  await keepOne.close();
  expect(await listEmbeddingCache(folder)).toMatchObject([{ encoder: other, embeddings: 1 }]);
  for (let run = 0; run < 6; run++) {
    const cache = await openEmbeddingCache(folder, { kind: 'images', encoder, maxBytes: 1_500_000 });
    await cache.keep(new Map(Array.from({ length: 512 }, (_, i) => [`${run}-${i}`, entry(run * 512 + i)])));
    await cache.close();
  }
  expect(await listEmbeddingCache(folder)).toMatchObject([{ encoder, embeddings: 2 * 512 }]);
  const cache = await openEmbeddingCache(folder, { kind: 'images', encoder, maxBytes: 1_500_000 });
  expect([cache.has('0-0'), cache.has('5-511')]).toEqual([false, true]);
  expect((await cache.load(['5-7'])).get('5-7')).toEqual(entry(5 * 512 + 7));
  await cache.close();
});

test('clear empties it, by kind or whole', async () => {
  const cache = temporaryFolder();
  await cli(['classify', join(IMAGES, 'chelsea.png'), '--labels', 'cat, dog', '--model', CLIP_TINY, '--cache-folder', cache]);
  expect(await facts(cache)).toHaveLength(2);
  expect((await cli(['cache', 'clear', '--kind', 'labels', '--cache-folder', cache])).code).toBe(0);
  expect(await facts(cache)).toEqual([['images', 1]]);
  const { stderr } = await cli(['cache', 'clear', '--cache-folder', cache]);
  expect(stderr).toMatch(/^\d+ B freed/);
  expect(await facts(cache)).toEqual([]);
});

const filesOf = (cache: string, kind: string) =>
  readdirSync(cache, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.startsWith(kind) && file.endsWith('.pack'))
    .map((file) => join(cache, file));

/** Changes the first bit of a byte, counted from the end where `offset` is negative. */
function flipByte(path: string, offset: number) {
  const bytes = readFileSync(path);
  const place = offset < 0 ? bytes.length + offset : offset;
  bytes[place] = (bytes[place] as number) ^ 0x80;
  writeFileSync(path, bytes);
}

test.each([
  ['that are cut in half', (path: string) => truncateSync(path, statSync(path).size >> 1)],
  ['that are empty', (path: string) => truncateSync(path, 0)],
  ['of zeros', (path: string) => writeFileSync(path, Buffer.alloc(statSync(path).size))],
  ['with a wrong byte in the index', (path: string) => flipByte(path, 150)],
  ['in which the sign of one number is wrong', (path: string) => flipByte(path, -1)],
])('of packs %s, nothing is believed: embeddings are made again, and kept again', async (_name, damage) => {
  const cache = temporaryFolder();
  const args = ['classify', join(IMAGES, 'chelsea.png'), '--labels', 'cat, dog', '--model', CLIP_TINY, '--cache-folder', cache, '--json'];
  const { stdout } = await cli(args);
  for (const file of [...filesOf(cache, 'images'), ...filesOf(cache, 'labels')]) damage(file);
  expect(await cli(args)).toMatchObject({ code: 0, stdout, stderr: '' });
  const kept = [...filesOf(cache, 'images'), ...filesOf(cache, 'labels')];
  expect(await cli(args)).toMatchObject({ code: 0, stdout, stderr: '' });
  expect([...filesOf(cache, 'images'), ...filesOf(cache, 'labels')]).toEqual(kept); // nothing had to be made
});

test('a pack that was put into the folder of another model is not read', async () => {
  const { openEmbeddingCache } = await import('labelwise/store');
  const folder = temporaryFolder();
  const options = (fingerprint: string) => ({ kind: 'images' as const, encoder: { name: 'made up', fingerprint }, maxBytes: 1e9 });
  const one = await openEmbeddingCache(folder, options('a'));
  await one.keep(new Map([['key', { embedding: Float32Array.of(0, 1), width: 1, height: 1 }]]));
  await one.close();
  cpSync(join(folder, 'images-a.packs'), join(folder, 'images-b.packs'), { recursive: true });
  const other = await openEmbeddingCache(folder, options('b'));
  expect(other.has('key')).toBe(false);
});

test('many small runs leave few files, and lose nothing', async () => {
  const { openEmbeddingCache, listEmbeddingCache } = await import('labelwise/store');
  const folder = temporaryFolder();
  const options = { kind: 'images' as const, encoder: { name: 'made up', fingerprint: 'f' }, maxBytes: 1e9 };
  const entryOf = (i: number) => ({ embedding: normalize(Float32Array.of(i + 1, 1, -1)), width: i, height: 2 });
  for (let i = 0; i < 60; i++) {
    const cache = await openEmbeddingCache(folder, options);
    await cache.keep(
      new Map([
        [`key ${i}`, entryOf(i)],
        ['key 0', entryOf(0)],
      ]),
    ); // the second is there already
    await cache.close();
  }
  expect(filesOf(folder, 'images').length).toBeLessThanOrEqual(9);
  const cache = await openEmbeddingCache(folder, options);
  const keys = Array.from({ length: 60 }, (_, i) => `key ${i}`);
  expect(await cache.load(keys)).toEqual(new Map(keys.map((key, i) => [key, entryOf(i)])));
  expect(cache.has('key 60')).toBe(false);
  await cache.close();
  expect((await listEmbeddingCache(folder))[0]?.embeddings).toBeLessThan(60 + 9); // of a key that several packs have, joining keeps one row
});

test('a table of an earlier labelwise that is damaged is told, costs a warning, and can be cleared', async () => {
  const cache = temporaryFolder();
  const args = ['classify', join(IMAGES, 'chelsea.png'), '--labels', 'cat, dog', '--model', CLIP_TINY, '--cache-folder', cache, '--json'];
  mkdirSync(join(cache, 'images-0123456789abcdef.lance/_versions'), { recursive: true });
  expect(await cli(['cache', 'show', '--cache-folder', cache])).toMatchObject({
    code: 5,
    stderr: expect.stringMatching(
      /^error: The cache .* cannot be used and may be damaged: .*\nhint: If it is damaged, empty it with "labelwise cache clear"/,
    ),
  });
  const { code, stderr } = await cli(args);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^warning: Embeddings are not kept for the next run: .* "labelwise cache clear": .*\n$/);
  expect((await cli(['cache', 'clear', '--kind', 'images', '--cache-folder', cache])).code).toBe(0);
  expect(await cli(args)).toMatchObject({ code: 0, stderr: '' });
});

test.skipIf(process.platform === 'win32')('a cache that cannot be read is an error, not an empty one', async () => {
  const loop = join(temporaryFolder(), 'cache');
  symlinkSync(loop, loop);
  expect(await cli(['cache', 'show', '--cache-folder', loop])).toMatchObject({
    code: 5,
    stdout: '',
    stderr: expect.stringMatching(
      /^error: The cache \S+ cannot be used: ELOOP.*\nhint: Check the folder, or choose another with --cache-folder/,
    ),
  });
});

test('clear takes nothing of others: a folder with other files keeps them, and a file is no cache', async () => {
  const cache = temporaryFolder();
  await cli(['classify', join(IMAGES, 'chelsea.png'), '--labels', 'cat, dog', '--model', CLIP_TINY, '--cache-folder', cache]);
  writeFileSync(join(cache, 'photo.jpg'), 'mine');
  expect((await cli(['cache', 'clear', '--cache-folder', cache])).code).toBe(0);
  expect(readdirSync(cache)).toEqual(['photo.jpg']);
  expect((await cli(['cache', 'clear', '--cache-folder', join(cache, 'photo.jpg')])).code).toBe(3);
  expect(existsSync(join(cache, 'photo.jpg'))).toBe(true);
});
