import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerExplainer } from '../../dist/tasks/explain-answers.js';
import { openZeroShot } from '../../dist/tasks/open-zero-shot.js';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, ROOT } from '../fixtures/paths.js';
import { openTestService, photo, type TestService } from '../fixtures/service.js';

const base64 = (name: string): string => Buffer.from(photo(name)).toString('base64');
interface Result {
  predictions: { label: string; probability: number; similarity: number }[];
  shown?: string[];
  none?: { probability: number; isNone: boolean };
  explanation?: { label: string; runnerUp?: object; nearestLabels: object[]; byTemplate: object[]; heatMap?: { cells: number[] } };
}
interface Classified {
  results: Result[];
  warnings: string[];
}

let own: TestService;
beforeAll(() => {
  own = openTestService();
});
afterAll(() => own[Symbol.asyncDispose]());

const classify = async (body: object, names = ['rocket.jpg']): Promise<Result[]> => {
  const answer = await own.ask<Classified>('POST', '/v1/classify', { images: names.map(base64), ...body });
  expect(answer).toMatchObject({ status: 200 });
  return answer.body.results;
};

describe('classify', () => {
  test('allows the answer "none of these", as the task does', async () => {
    const labels = ['cat', 'dog'];
    const [result] = await classify({ labels, none: true });
    const { encoder, zeroShot } = await openZeroShot(own.workspace, { labels, none: true });
    for await (const outcome of encoder.encodeImages([photo('rocket.jpg')])) {
      if ('error' in outcome) throw outcome.error;
      expect(result).toMatchObject(JSON.parse(JSON.stringify(zeroShot.answer(outcome.embedding))));
    }
    expect(result?.none?.isNone).toBe(true);
    expect((await classify({ labels: ['rocket', 'dog'], none: true }))[0]?.none?.isNone).toBe(false);
  });

  test('decides each label by itself, and shows none, one or several', async () => {
    const [rocket, cat] = await classify({ labels: ['rocket', 'cat', 'a cup of coffee'], multiple: true }, ['rocket.jpg', 'cat.jpg']);
    expect(rocket?.shown).toEqual(['rocket']);
    expect(cat?.shown).toEqual(['cat']);
    expect((await classify({ labels: ['horse', 'harbour'], multiple: true }))[0]?.shown).toEqual([]);
    const [all] = await classify({ labels: ['rocket', 'horse'], multiple: true, minProbability: 0 });
    expect(all?.shown).toEqual(all?.predictions.map(({ label }) => label));
    expect((await classify({ labels: ['rocket'], multiple: true }))[0]?.shown).toEqual(['rocket']);
  });

  test('says what speaks for the answer, with a heat map where it is asked for', async () => {
    const [plain] = await classify({ labels: ['rocket', 'cat', 'dog'], explain: true });
    expect(plain?.explanation).toMatchObject({ label: 'rocket', runnerUp: { label: expect.any(String) } });
    expect(plain?.explanation?.heatMap).toBeUndefined();
    const [mapped] = await classify({ labels: ['rocket', 'cat', 'dog'], explain: true, heatMap: true });
    expect(mapped?.explanation?.heatMap?.cells).toHaveLength(49);
    const opened = await openZeroShot(own.workspace, { labels: ['rocket', 'cat', 'dog'] });
    for await (const outcome of opened.encoder.encodeImages([photo('rocket.jpg')])) {
      if ('error' in outcome) throw outcome.error;
      const expected = await (await answerExplainer(opened))(photo('rocket.jpg'), outcome.embedding, { hasHeatMap: true });
      expect(mapped?.explanation).toEqual(JSON.parse(JSON.stringify(expected)));
    }
  });

  test('takes the same fields in a form', async () => {
    const fields = { labels: 'rocket, cat', multiple: 'true', minProbability: '0.5', topK: '1' };
    const { body } = await own.send<Classified>('/v1/classify', { 'rocket.jpg': photo('rocket.jpg') }, fields);
    expect(body.results[0]).toMatchObject({ shown: ['rocket'], predictions: [{ label: 'rocket' }] });
  });

  test('warns of words that the model does not know', async () => {
    const { body } = await own.ask<Classified>('POST', '/v1/classify', {
      images: [base64('cat.jpg')],
      labels: ['happy', 'sitting', 'cup'],
    });
    expect(body.warnings.join()).toContain('happy');
  });

  test('warns of a label that is cut because it is too long, each time', async () => {
    for (let i = 0; i < 2; i++) {
      const labels = ['cat', 'a dog on a mat '.repeat(60)];
      const { body } = await own.ask<Classified>('POST', '/v1/classify', { images: [base64('cat.jpg')], labels });
      expect(body.warnings.join()).toMatch(/longer than the \d+ tokens/);
    }
  });

  test.each([
    ['none beside several labels', { none: true, multiple: true }],
    ['scoring beside several labels', { scoring: 'softmax', multiple: true }],
    ['a least probability without several labels', { minProbability: 0.5 }],
    ['a heat map without an explanation', { heatMap: true }],
    ['a rate without none', { noneRate: 0.5 }],
    ['a version without a label set', { labelSetVersion: 1 }],
    ['labels beside a label set', { labelSet: 'cifar10' }],
    ['a file as template set', { templateSet: '/etc/templates.json' }],
  ])('refuses %s', async (_, body) => {
    const answer = await own.ask<{ code: string }>('POST', '/v1/classify', {
      images: [base64('cat.jpg')],
      labels: ['cat', 'dog'],
      ...body,
    });
    expect(answer.status).toBe(400);
    expect(['INVALID_ARGUMENT', 'REQUEST_INVALID']).toContain(answer.body.code);
  });

  test('asks for the label set of the service where a request names no labels', async () => {
    await using service = openTestService({ labelSet: 'cifar10' });
    const { body } = await service.ask<Classified>('POST', '/v1/classify', { images: [base64('cat.jpg')] });
    expect(body.results[0]?.predictions[0]?.label).toBe('cat');
  });
});

describe('the model', () => {
  test('is loaded once by a service that classifies, indexes and searches', async () => {
    await using service = openTestService({}, { model: CLIP_TINY });
    const first = await service.workspace.encoder();
    await service.send('/v1/images', { 'cat.jpg': photo('cat.jpg') });
    await service.ask('POST', '/v1/search', { query: 'a cat' });
    await service.ask('POST', '/v1/classify', { images: [base64('cat.jpg')], labels: ['cat', 'dog'] });
    const { openIndexEncoder, readIndexFacts } = await import('../../dist/tasks/open-index.js');
    const ofIndex = await openIndexEncoder(service.workspace, await readIndexFacts(service.workspace), {});
    expect(ofIndex.encodeTexts).toBe(first.encodeTexts);
    await first.close();
    await expect(ofIndex.encodeTexts(['a'])).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('is opened again from its files, while requests in flight end on the old one', async () => {
    const folder = join(temporaryFolder(), 'model');
    cpSync(CLIP_TINY, folder, { recursive: true });
    await using service = openTestService({}, { model: folder });
    const ask = () =>
      service.ask<Classified & { model: string }>('POST', '/v1/classify', { images: [base64('cat.jpg')], labels: ['cat', 'dog'] });
    const before = await ask();
    const old = await service.workspace.encoder();
    const leave = service.service.enter(); // a request that is in flight
    const fingerprint = async () => (await service.ask<{ data: { fingerprint: string }[] }>('GET', '/v1/models')).body.data[0]?.fingerprint;
    const [reloaded, ...others] = await Promise.all([
      service.ask<{ fingerprint: string }>('POST', '/v1/models/reload'),
      ask(),
      ask(),
      ask(),
    ]);
    expect(reloaded).toMatchObject({ status: 200, body: { fingerprint: await fingerprint() } });
    for (const other of others) expect(other.body.results).toEqual(before.body.results);
    expect(await service.workspace.encoder()).not.toBe(old);
    expect(await old.encodeTexts(['still open'])).toHaveLength(1);
    leave();
    await expect
      .poll(() =>
        old.encodeTexts(['closed']).then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed');
    expect((await ask()).body.results).toEqual(before.body.results);
  });

  test('is reloaded under its own name alone: no request chooses what is read from the disk', async () => {
    await using service = openTestService();
    const reload = (body: object) => service.ask('POST', '/v1/models/reload', body);
    expect(await reload({ model: 'pocket' })).toMatchObject({ status: 200, body: { model: 'pocket' } });
    expect(await reload({ model: '/etc' })).toMatchObject({ status: 422, body: { code: 'MODEL_OTHER' } });
    expect(await reload({ name: 'pocket' })).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
  });

  test('stays as it is where the new one cannot be opened', async () => {
    const folder = join(temporaryFolder(), 'model');
    cpSync(CLIP_TINY, folder, { recursive: true });
    await using service = openTestService({}, { model: folder });
    const ask = () => service.ask('POST', '/v1/classify', { images: [base64('cat.jpg')], labels: ['cat', 'dog'] });
    expect((await ask()).status).toBe(200);
    writeFileSync(join(folder, 'config.json'), '{');
    expect(await service.ask('POST', '/v1/models/reload')).toMatchObject({ status: 500 });
    expect((await ask()).status).toBe(200);
  });
});

test('a label set that another model embedded is embedded again, and its examples are left out with a warning', async () => {
  await using tiny = openTestService({}, { model: CLIP_TINY });
  await tiny.ask('PUT', '/v1/label-sets/things', { labels: ['rocket', 'cat'], templates: ['a picture of a {}'] });
  expect((await tiny.send('/v1/label-sets/things/examples', { 'cat.jpg': photo('cat.jpg') }, { label: 'cat' })).status).toBe(200);
  await using pocket = openTestService({}, { db: tiny.db });
  const ask = (body: object) => pocket.ask<Classified>('POST', '/v1/classify', { images: [base64('rocket.jpg')], ...body });
  const named = await ask({ labelSet: 'things' });
  const plain = await ask({ labels: ['rocket', 'cat'], templates: ['a picture of a {}'] });
  expect(named.body.results).toEqual(plain.body.results);
  expect(named.body.warnings.join()).toContain('are not used');
});

test('a new key may read, or write too', async () => {
  const read = await cli(['serve', '--new-key', 'page']);
  const write = await cli(['serve', '--new-key', 'admin', '--write']);
  expect(JSON.parse(read.stdout)).toMatchObject({ name: 'page', scope: 'read' });
  expect(JSON.parse(write.stdout)).toMatchObject({ name: 'admin', scope: 'write' });
  const folder = await cli(['serve', '--folder', ROOT]);
  expect([folder.code, folder.stderr]).toEqual([2, expect.stringContaining('NAME=DIR')]);
});
