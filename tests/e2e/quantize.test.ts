import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEncoder } from 'labelwise/encoders';
import { beforeAll, describe, expect, test } from 'vitest';
import { quantizeCheckpoint } from '../../dist/encoders/quantize/quantize-checkpoint.js';
import { readHubSettings } from '../../dist/hub/hub-settings.js';
import { cli } from '../fixtures/cli.js';
import { copyWithout, cosine, type Golden, readJson, temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES, PARITY, SIGLIP_TINY } from '../fixtures/paths.js';

const golden = readJson<Golden>(`${PARITY}/golden.json`);
const home = temporaryFolder();
const model = copyWithout(CLIP_TINY, 'onnx/model.onnx', 'onnx/vision_model.onnx', 'onnx/text_model.onnx');
const quantize = (...flags: string[]) =>
  cli(['models', 'quantize', model, '--photos', IMAGES, '--json', ...flags], { env: { LABELWISE_HOME: home } });
let made: Awaited<ReturnType<typeof quantize>>;
beforeAll(async () => {
  process.env.LABELWISE_HOME = home;
  made = await quantize('--force');
});

test('an int8 copy is made, checked and reported', async () => {
  expect(made, made.stderr).toMatchObject({ code: 0 });
  const report = JSON.parse(made.stdout);
  expect(report).toMatchObject({ photos: 31, prompts: 100 });
  expect(report.imageCosine.lowest).toBeGreaterThan(0.99);
  expect(report.textCosine.lowest).toBeGreaterThan(0.99);
  expect(report.bytes / report.sourceBytes).toBeLessThan(0.45); // a tiny model is half biases and graphs
  expect((await cli(['models', 'show', model])).stdout).toMatch(/^int8 copy +[\d.]+ MB, .* of the weights; cosine 0\.99/m);
  expect((await cli(['models', 'show', model, '--dtype', 'int8'])).stdout).toMatch(/^runs +the int8 copy/m);
});

test('its embeddings are those of the weights to a cosine of 0.99, and its fingerprint another', async () => {
  await using exact = await loadEncoder({ model });
  await using int8 = await loadEncoder({ model, dtype: 'int8' });
  expect(int8.info.fingerprint).not.toBe(exact.info.fingerprint);
  expect(int8.info.logitScale).toBe(exact.info.logitScale);
  const texts = await int8.encodeTexts(golden.texts.map(({ text }) => text));
  for (const [i, { text, text_embeds }] of golden.texts.entries())
    expect(cosine(texts[i] as Float32Array, text_embeds), text).toBeGreaterThan(0.99);
});

test('an embedding does not depend on what else is in its batch', async () => {
  const texts = golden.texts.map(({ text }) => text);
  const paths = golden.images.map(({ file }) => `${IMAGES}/${file}`);
  await using encoder = await loadEncoder({ model, dtype: 'int8' });
  const together = await encoder.encodeTexts(texts);
  for (const i of [0, 7, 50])
    expect(cosine((await encoder.encodeTexts([texts[i] as string]))[0] as Float32Array, together[i] as Float32Array)).toBeGreaterThan(
      0.999999,
    );
  const batched: Float32Array[] = [];
  for await (const outcome of encoder.encodeImages(paths)) if ('embedding' in outcome) batched.push(outcome.embedding);
  await using single = await loadEncoder({ model, dtype: 'int8', batchSize: 1 });
  for await (const outcome of single.encodeImages(paths)) {
    if ('embedding' in outcome) expect(cosine(outcome.embedding, batched[outcome.index] as Float32Array)).toBeGreaterThan(0.999999);
  }
});

test('a copy is checked by itself, not by the embeddings that the image cache holds of an earlier one', async () => {
  const opened: string[] = [];
  const openImageCache = async ({ fingerprint }: { fingerprint: string }) => void opened.push(fingerprint);
  const source = { model, home: temporaryFolder(), hub: readHubSettings({}), force: true, openImageCache };
  await quantizeCheckpoint({ ...source, photos: [`${IMAGES}/chelsea.png`], prompts: ['a cat'] });
  expect(opened).toEqual([]);
});

test('an index remembers the precision that it was made with, and refuses another', async () => {
  const db = temporaryFolder();
  const run = (...args: string[]) => cli([...args, '--db', db, '--json']);
  const indexed = await run('index', IMAGES, '--model', model, '--precision', 'int8');
  expect(indexed, indexed.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(join(db, 'labelwise-index.json'), 'utf8'))).toMatchObject({ precision: 'int8', model });
  const remembered = await run('search', 'a cat', '--top-k', '3');
  const named = await run('search', 'a cat', '--top-k', '3', '--model', model, '--precision', 'int8');
  expect(remembered, remembered.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(remembered.stdout)).toEqual(JSON.parse(named.stdout));
  expect(JSON.parse((await run('index')).stdout)).toMatchObject([{ encoded: 0 }]);
  const other = await run('search', 'a cat', '--precision', 'fp32');
  expect(other.code).not.toBe(0);
  expect(other.stderr).toMatch(/^error: The images were indexed with .* and cannot be compared with/);
  expect(other.stderr).toContain('Give --dtype, --precision and --onnx as when the images were indexed');
});

test('a copy that fails its check is not kept, and nothing is left of it', async () => {
  const fresh = temporaryFolder(); // the labels of a model of random weights are almost tied: int8 turns one photo in six
  const result = await cli(['models', 'quantize', SIGLIP_TINY, '--photos', IMAGES], { env: { LABELWISE_HOME: fresh } });
  expect(result.code).toBe(4);
  expect(result.stderr).toMatch(
    /is too far from its weights, and was not kept: cosine [\d.]+ on 31 photos .* the same first label on \d\d\.\d %/,
  );
  expect(readdirSync(fresh).filter((name) => /int8/.test(name))).toEqual([]);
});

test('ONNX files are not quantised, and that is said', async () => {
  const { code, stderr } = await cli(['models', 'quantize', 'pocket']);
  expect(code).toBe(4);
  expect(stderr).toMatch(/pocket is run from ONNX files, which are not quantised here/);
});

describe('what is kept in the home and damaged there', () => {
  const classify = (...flags: string[]) =>
    cli(['classify', `${IMAGES}/chelsea.png`, '--labels', 'cat, dog', '--model', model, '--no-cache', '--json', ...flags]);
  const folderIn = (kind: string): string => join(home, kind, readdirSync(join(home, kind))[0] as string);

  test.each(['image.onnx', 'text.onnx', 'weights.bin'])(
    '%s of an int8 copy is made again, as it was, and that is said once',
    async (file) => {
      const before = await classify('--dtype', 'int8');
      const path = join(folderIn('int8'), file);
      const bytes = readFileSync(path);
      for (const damaged of [bytes.subarray(0, 50), Buffer.alloc(bytes.length, 1)]) {
        writeFileSync(path, damaged);
        const after = await classify('--dtype', 'int8');
        expect(after).toMatchObject({ code: 0, stdout: before.stdout });
        expect(after.stderr).toMatch(/^warning: The int8 copy of .* is damaged, and is made again\.\n$/);
        expect(readFileSync(path).equals(bytes)).toBe(true);
      }
      expect(await classify('--dtype', 'int8')).toEqual(before);
      expect((await cli(['models', 'show', model])).stdout).toMatch(/^int8 copy +[\d.]+ MB/m);
    },
  );

  test('models show does not deny a copy whose report is damaged', async () => {
    const path = join(folderIn('int8'), 'report.json');
    const report = readFileSync(path);
    writeFileSync(path, '{');
    expect((await cli(['models', 'show', model])).stdout).toMatch(
      /^int8 copy +there is one \(--dtype int8\), but its report is damaged: labelwise models quantize/m,
    );
    writeFileSync(path, report);
  });

  test.each(['image.onnx', 'text.onnx', 'sha256.json'])(
    '%s of the graphs of its weights is written anew, and that is said once',
    async (file) => {
      rmSync(join(home, 'graphs'), { recursive: true, force: true }); // those of the other tests' models
      const before = await classify();
      const path = join(folderIn('graphs'), file);
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.subarray(0, 50));
      const after = await classify();
      expect(after).toMatchObject({ code: 0, stdout: before.stdout });
      expect(after.stderr).toMatch(/^warning: The graphs of .* were damaged: they were written again\.\n$/);
      expect(readFileSync(path).equals(bytes)).toBe(true);
      expect(await classify()).toEqual(before);
    },
  );

  test('a damaged report costs the copy nothing', async () => {
    writeFileSync(join(folderIn('int8'), 'report.json'), '{');
    expect(await classify('--dtype', 'int8')).toMatchObject({ code: 0, stderr: '' });
    expect(await cli(['models', 'show', model])).toMatchObject({ code: 0 });
  });
});
