import { execFileSync } from 'node:child_process';
import { createClassifier } from 'labelwise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IMAGES, ROOT } from '../fixtures/paths.js';

const CAT = `${IMAGES}/chelsea.png`;
const labels = ['cat', 'dog'];
const never = new Promise<never>(() => {});
type Classifier = Awaited<ReturnType<typeof createClassifier>>;

let classifier: Classifier;
beforeAll(async () => {
  classifier = await createClassifier({ labels, batchSize: 8 });
});
afterAll(() => classifier.close());

describe('a source that waits', () => {
  async function* waiting() {
    yield CAT;
    yield 'nowhere.jpg';
    yield CAT;
    await never;
  }

  test('holds back no results of the images it gave, fewer than a batch as they are', async () => {
    const results = classifier.classifyEach(waiting());
    const items = [await results.next(), await results.next(), await results.next()].map(({ value }) => value);
    expect(items).toMatchObject([{ predictions: [{ label: 'cat' }, {}] }, { error: { code: 'INPUT_NOT_FOUND' } }, { index: 2 }]);
  });

  test('is left at once by a break', async () => {
    for await (const _ of classifier.classifyEach(waiting())) break;
  });

  test('does not keep an abort from being heard', async () => {
    const stop = new AbortController();
    const results = classifier.classifyEach(waiting(), { signal: stop.signal });
    for (let i = 0; i < 3; i++) await results.next();
    const fourth = results.next();
    stop.abort(new Error('enough'));
    await expect(fourth).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
  });

  test('does not keep other calls waiting, however many there are', async () => {
    const streams = Array.from({ length: 12 }, () => classifier.classifyEach(waiting()));
    await Promise.all(streams.map((stream) => stream.next()));
    expect((await classifier.classify(CAT))[0]?.predictions[0]?.label).toBe('cat');
  });
});

test('a consumer that stops asking keeps no other call waiting', async () => {
  const streams = Array.from({ length: 12 }, () => classifier.classifyEach(Array(100).fill(CAT)));
  await Promise.all(streams.map((stream) => stream.next()));
  expect((await classifier.classify(CAT))[0]?.predictions[0]?.label).toBe('cat');
  await Promise.all(streams.map((stream) => stream.return(undefined)));
});

test("results come before the source's error, which comes as it is", async () => {
  const failure = new Error('the list broke off');
  async function* broken() {
    yield CAT;
    yield CAT;
    throw failure;
  }
  const seen: number[] = [];
  const read = async () => {
    for await (const { index } of classifier.classifyEach(broken())) seen.push(index);
  };
  await expect(read()).rejects.toBe(failure);
  expect(seen).toEqual([0, 1]);
});

test('calls at once give the same answers as one after the other', async () => {
  const photos = [CAT, `${IMAGES}/rocket-q90-444.jpg`];
  const alone = await Promise.all(photos.map((photo) => classifier.classify(photo)));
  const sources = Array.from({ length: 60 }, (_, i) => photos[i % 2] as string);
  const together = await Promise.all(sources.map((source) => classifier.classify(source)));
  for (const [i, result] of together.entries()) expect(result).toEqual(alone[i % 2]);
});

test('1,000 calls at once take little more memory than one', () => {
  const script = `
    import { createClassifier } from 'labelwise';
    const classifier = await createClassifier({ labels: ['cat', 'dog'] });
    const photo = ${JSON.stringify(CAT)};
    await classifier.classify(Array(40).fill(photo));
    const before = process.resourceUsage().maxRSS;
    await Promise.all(Array.from({ length: 1000 }, () => classifier.classify(photo)));
    console.log((process.resourceUsage().maxRSS - before) / 1024);
    await classifier.close();`;
  const grown = Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, encoding: 'utf8' }));
  expect(grown).toBeLessThan(200); // MB
});
