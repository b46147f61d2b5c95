import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createClassifier, LabelwiseError, loadEncoder } from 'labelwise';
import { describe, expect, test } from 'vitest';
import { classifyPhotos } from '../../examples/classify-photos.js';
import { searchLabels } from '../../examples/search-labels.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { IMAGES, ROOT } from '../fixtures/paths.js';

const CAT = `${IMAGES}/chelsea.png`;
const ROCKET = `${IMAGES}/rocket-q90-444.jpg`;
const labels = ['rocket', 'cat', 'dog'];

test('the example classifies photos and goes on after a bad one', async () => {
  expect(await classifyPhotos([CAT, 'nowhere.jpg', ROCKET], labels)).toEqual([
    `${CAT}: cat`,
    'nowhere.jpg: INPUT_NOT_FOUND',
    `${ROCKET}: rocket`,
  ]);
});

test('the example keeps labels in LanceDB and finds the nearest, the second time from the table', async () => {
  const folder = temporaryFolder();
  const first = await searchLabels(folder, ROCKET, labels);
  expect(first.map((match) => match.label)[0]).toBe('rocket');
  expect(await searchLabels(folder, ROCKET, labels)).toEqual(first);
});

describe('createClassifier', () => {
  test('takes paths, URLs, bytes, array buffers, blobs and data: URLs, with one answer', async () => {
    await using classifier = await createClassifier({ labels });
    const bytes = readFileSync(CAT);
    const sources = [
      CAT,
      new URL(`file://${CAT}`),
      bytes,
      new Uint8Array(bytes).buffer,
      new Blob([bytes]),
      `data:image/png;base64,${bytes.toString('base64')}`,
    ];
    const results = await classifier.classify(sources, { topK: 3 });
    for (const { predictions } of results) {
      expect(predictions[0]?.label).toBe('cat');
      expect(predictions[0]?.probability).toBeCloseTo(results[0]?.predictions[0]?.probability as number, 5);
      expect(predictions.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    }
  });

  test('encodes no text the second time when a database is given', async () => {
    const db = temporaryFolder();
    await using first = await createClassifier({ labels, cache: db });
    await using second = await createClassifier({ labels, cache: db });
    expect([first.isFromStore, second.isFromStore]).toEqual([false, true]);
    expect((await second.classify(CAT))[0]?.predictions).toEqual((await first.classify(CAT))[0]?.predictions);
  });

  test('gives a label the same similarity whatever other labels stand beside it', async () => {
    await using few = await createClassifier({ labels: ['cat', 'dog'] });
    await using many = await createClassifier({ labels: ['a very long label with many words in it', 'cat', 'dog', 'sports car', 'x'] });
    const similarity = async (classifier: typeof few) =>
      (await classifier.classify(CAT, { topK: 9 }))[0]?.predictions.find((p) => p.label === 'cat')?.similarity;
    expect(await similarity(many)).toBe(await similarity(few));
  });

  test('stops with ABORTED when its signal says so', async () => {
    await using classifier = await createClassifier({ labels });
    const stop = new AbortController();
    const results = classifier.classifyEach(Array(200).fill(CAT), { signal: stop.signal });
    await results.next();
    stop.abort();
    await expect(async () => {
      for await (const _ of results);
    }).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('rejects with a typed error and leaves the process able to end', async () => {
    await expect(createClassifier({ labels: [] })).rejects.toBeInstanceOf(LabelwiseError);
    await expect(createClassifier({ labels: ['cat'] })).rejects.toMatchObject({ code: 'LABEL_SET_INVALID' });
    await expect(createClassifier({ labels, model: 'no-such-model' })).rejects.toMatchObject({ code: 'CHECKPOINT_NOT_FOUND' });
  });
});

test('the event loop stays free while the encoder works', async () => {
  await using encoder = await loadEncoder({ batchSize: 32 });
  await encoder.device();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  const texts = Array.from({ length: 60 }, (_, i) => `a photo of thing number ${i}`);
  const started = performance.now();
  await encoder.encodeTexts(texts);
  clearInterval(timer);
  expect(ticks).toBeGreaterThan((performance.now() - started) / 5 / 4);
});

describe('after close()', () => {
  test('every method of an encoder fails with CLOSED', async () => {
    const encoder = await loadEncoder();
    await encoder.encodeTexts(['cat']);
    await encoder.close();
    await encoder.close();
    const images = encoder.encodeImages([CAT])[Symbol.asyncIterator]();
    const calls = [encoder.encodeTexts(['dog']), images.next(), encoder.device(), encoder.tokenizer()];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('every method of a classifier fails with CLOSED, and so does a stream in the midst of its images', async () => {
    const classifier = await createClassifier({ labels });
    const stream = classifier.classifyEach(Array(200).fill(CAT));
    await stream.next();
    const closing = classifier.close();
    const rest = async () => {
      for await (const item of stream) if ('error' in item) throw new Error('an image is not at fault', { cause: item.error });
    };
    await expect(rest()).rejects.toMatchObject({ code: 'CLOSED' });
    await closing;
    await expect(classifier.classify(CAT)).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(classifier.classifyEach([CAT]).next()).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

test.each([
  [{ threads: -1 }, 'threads'],
  [{ threads: 1.5 }, 'threads'],
  [{ batchSize: 0 }, 'batchSize'],
  [{ batchSize: Number.NaN }, 'batchSize'],
  [{ limits: { maxImageBytes: Number.NaN } }, 'limits.maxImageBytes'],
  [{ limits: { maxImageMegapixels: 0 } }, 'limits.maxImageMegapixels'],
])('loadEncoder(%o) says what it expects of %s', async (options, name) => {
  await expect(loadEncoder(options)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(`Expected ${name} to be`),
  });
});

test.each([[undefined], [null], [7], [{}], [[CAT]]])('classifyEach names an image that is %o, and goes on', async (bad) => {
  await using classifier = await createClassifier({ labels });
  const items = [];
  for await (const item of classifier.classifyEach([bad as never, CAT])) items.push(item);
  expect(items).toMatchObject([
    { error: { name: 'LabelwiseError', code: 'INVALID_ARGUMENT' } },
    { predictions: [{ label: 'cat' }, {}, {}] },
  ]);
});

test("the host's settings stay as they are: sharp's cache and threads, and the environment", async () => {
  const script = `
    import sharp from 'sharp';
    import { createClassifier } from 'labelwise';
    sharp.cache({ items: 7 });
    sharp.concurrency(3);
    const settings = () => JSON.stringify([sharp.cache().items.max, sharp.concurrency(), process.env]);
    const before = settings();
    const classifier = await createClassifier({ labels: ['cat', 'dog'], cache: ${JSON.stringify(temporaryFolder())} });
    await classifier.classify(${JSON.stringify(CAT)});
    await classifier.close();
    console.log(settings() === before);`;
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, encoding: 'utf8' })).toBe('true\n');
});
