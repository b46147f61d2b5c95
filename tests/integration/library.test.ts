import { readFileSync } from 'node:fs';
import { createClassifier, LabelwiseError, loadEncoder } from 'labelwise';
import { describe, expect, test } from 'vitest';
import { classifyPhotos } from '../../examples/classify-photos.js';
import { searchLabels } from '../../examples/search-labels.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { IMAGES } from '../fixtures/paths.js';

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

test('a closed encoder says so', async () => {
  const encoder = await loadEncoder();
  await encoder.encodeTexts(['cat']);
  await encoder.close();
  await expect(encoder.encodeTexts(['dog'])).rejects.toMatchObject({ code: 'ABORTED' });
});
