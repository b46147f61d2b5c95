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

describe('labels of a call', () => {
  test('one classifier ranks other labels at each call, and embeds them once', async () => {
    await using encoder = await loadEncoder();
    await using classifier = await createClassifier({ encoder });
    const ask = async (names: string[]) => (await classifier.classify(CAT, { labels: names, topK: 1 }))[0]?.predictions[0]?.label;
    expect([await ask(labels), await ask(['car', 'airplane']), await ask(['rocket', 'tabby cat'])]).toEqual([
      'cat',
      'airplane',
      'tabby cat',
    ]);
    await using own = await createClassifier({ encoder, labels });
    const [[called], [made]] = [await classifier.classify(CAT, { labels }), await own.classify(CAT)];
    expect(called).toEqual(made);
    expect((await own.classify(CAT, { labels: ['boat', 'car'], topK: 1 }))[0]?.predictions[0]?.label).toBe('boat');
  });

  test('a shared encoder outlives the classifiers that use it', async () => {
    await using encoder = await loadEncoder();
    const first = await createClassifier({ encoder, labels });
    await first.close();
    await using second = await createClassifier({ encoder, labels });
    expect((await second.classify(CAT))[0]?.predictions[0]?.label).toBe('cat');
  });
});

describe('what is not understood is refused', () => {
  test('a misspelt option of a call, or of loadEncoder', async () => {
    await using classifier = await createClassifier({ labels });
    const options = { topk: 1 } as object;
    await expect(classifier.classify(CAT, options)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      hint: expect.stringContaining('topK'),
    });
    await expect(loadEncoder({ modle: 'pocket' } as object)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  const options = (given: object) => given as Parameters<typeof createClassifier>[0];

  test.each([
    ['labels in one text', { labels: 'cat, dog' }, 'Expected `labels` to be an array of labels or a label set, got "cat, dog".'],
    [
      'a label that is a number',
      { labels: ['cat', 7] },
      'Expected a label at entry 2 to be a text or { label, promptName, synonyms, parent }, got 7.',
    ],
    ['an unknown scoring', { labels, scoring: 'max' }, 'Expected `scoring` to be "softmax" or "sigmoid", got "max".'],
    ['templates in one text', { labels, templates: 'a {}' }, 'Expected `templates` to be an array of texts, got "a {}".'],
    ['a misspelt option', { label: labels }, 'Expected only options that createClassifier takes, got "label".'],
    ['options that are no object', 'cat', 'Expected an object of options for createClassifier, got "cat".'],
  ])('%s', async (_what, given, message) => {
    await expect(createClassifier(options(given as object))).rejects.toMatchObject({ name: 'LabelwiseError', message });
  });

  test('no labels, a topK of 0 and no image', async () => {
    await using classifier = await createClassifier({});
    await expect(classifier.classify(CAT)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('`labels`'),
    });
    for (const topK of [0, -1, 1.5, Number.NaN, '3' as never])
      await expect(classifier.classify(CAT, { labels, topK })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    for (const image of [undefined, null, 7, '', [], {}] as never[])
      await expect(classifier.classify([image], { labels })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(classifier.classify(undefined as never, { labels })).rejects.toThrow(
      'Expected an image as a path, a URL, bytes or a Blob',
    );
  });
});

test('bytesOnly takes bytes and blobs, and refuses paths and URLs without opening them', async () => {
  await using classifier = await createClassifier({ labels, bytesOnly: true });
  const bytes = readFileSync(CAT);
  expect((await classifier.classify([bytes, new Blob([bytes])])).map(({ predictions }) => predictions[0]?.label)).toEqual(['cat', 'cat']);
  for (const named of [CAT, new URL(`file://${CAT}`), `data:image/png;base64,${bytes.toString('base64')}`])
    await expect(classifier.classify(named)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('bytesOnly'),
    });
  const items = [];
  for await (const item of classifier.classifyEach([CAT, bytes]))
    items.push('error' in item ? item.error.code : item.predictions[0]?.label);
  expect(items).toEqual(['INVALID_ARGUMENT', 'cat']);
});

test('results name their image in a few words, never by its bytes', async () => {
  await using classifier = await createClassifier({ labels });
  const bytes = readFileSync(CAT);
  const items = [];
  for await (const item of classifier.classifyEach([CAT, bytes, new Blob([bytes]), 'nowhere.jpg'])) items.push(item);
  expect(items.map(({ source }) => source)).toEqual([CAT, `${bytes.length} bytes`, `a blob of ${bytes.length} bytes`, 'nowhere.jpg']);
  const last = items.at(-1);
  expect(last && 'error' in last && last.error).toBeInstanceOf(LabelwiseError);
  expect(JSON.stringify(await classifier.classify(bytes)).length).toBeLessThan(1000);
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
    expect([first.isFromCache, second.isFromCache]).toEqual([false, true]);
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
  await encoder.encodeTexts(texts);
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(10); // none at all while a forward pass would block it, and how many depends on the machine
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
