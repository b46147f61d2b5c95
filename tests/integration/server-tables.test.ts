import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../dist/server/create-app.js';
import { newKey } from '../../dist/server/keys.js';
import { openTestService, photo, type TestService } from '../fixtures/service.js';

const KEYS = { read: newKey('reader', 'read'), write: newKey('writer', 'write') };
const OPEN = ['/healthz', '/readyz', '/health', '/v1/health', '/ping', '/openapi.json', '/docs', '/', '/LICENSES.txt', '/assets/:name'];
/** Every route that changes something. */
const WRITING = [
  'POST /v1/images',
  'DELETE /v1/images/:id',
  'PATCH /v1/images/:id/tags',
  'PUT /v1/images/:id/tags',
  'DELETE /v1/images/:id/corrections/:correction',
  'PUT /v1/label-sets/:name',
  'DELETE /v1/label-sets/:name',
  'POST /v1/label-sets/:name/examples',
  'DELETE /v1/label-sets/:name/examples',
  'POST /v1/jobs',
  'DELETE /v1/jobs/:id',
  'POST /v1/models/reload',
];

let own: TestService;
let routes: { method: string; path: string }[];
beforeAll(() => {
  own = openTestService(
    { keys: [KEYS.read.kept, KEYS.write.kept], maxBodyBytes: 100_000, maxItems: 4 },
    { limits: { maxImageMegapixels: 0.1 } },
  );
  routes = createApp(own.service).routes.filter(({ method }) => method !== 'ALL');
});
afterAll(() => own[Symbol.asyncDispose]());

/** The address of a route with made-up parameters. */
const addressOf = (path: string): string => path.replace(/:id(?:\{[^}]*\})?/, 'f'.repeat(64)).replace(/:[a-z]+(?:\{[^}]*\})?/gi, 'x');

const statusOf = async (method: string, path: string, key: string | undefined): Promise<number> => {
  const response = await own.request(addressOf(path), { method, headers: key === undefined ? {} : { 'x-api-key': key } });
  await response.body?.cancel();
  return response.status;
};

describe('the auth table', () => {
  test('knows every route that writes', () => {
    const paths = new Set(routes.map(({ method, path }) => `${method} ${path}`));
    expect(WRITING.filter((route) => ![...paths].some((one) => one.replace(/\{[^}]*\}/g, '') === route))).toEqual([]);
  });

  test('holds for every route: no key, an unknown one, one that reads, one that writes', async () => {
    const rows: string[] = [];
    const expected: string[] = [];
    for (const { method, path } of routes) {
      const isOpen = OPEN.includes(path);
      const isWriting = WRITING.includes(`${method} ${path.replace(/\{[^}]*\}/g, '')}`);
      for (const [name, key, refused] of [
        ['no key', undefined, isOpen ? undefined : 401],
        ['an unknown key', 'lw_unknown', isOpen ? undefined : 401],
        ['a read key', KEYS.read.key, isWriting ? 403 : undefined],
        ['a write key', KEYS.write.key, undefined],
      ] as const) {
        const status = await statusOf(method, path, key);
        rows.push(`${method} ${path}, ${name}: ${status === 401 || status === 403 ? status : 'let in'}`);
        expected.push(`${method} ${path}, ${name}: ${refused ?? 'let in'}`);
      }
    }
    expect(rows).toEqual(expected);
    expect(rows.length).toBeGreaterThan(120);
  });
});

describe('the limits table', () => {
  const headers = { 'x-api-key': KEYS.write.key, 'content-type': 'application/json' };
  const ask = async (method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> => {
    const response = await own.request(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return { status: response.status, text: await response.text() };
  };
  const image = 'aGk=';
  const many = <T>(count: number, item: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => item(i));
  const id = 'f'.repeat(64);

  test.each([
    ['a body', 'POST', '/v1/classify', { images: ['A'.repeat(100_000)], labels: ['a', 'b'] }, 413],
    ['images of one request', 'POST', '/v1/classify', { images: many(5, () => image), labels: ['a', 'b'] }, 413],
    [
      'heat maps of one request',
      'POST',
      '/v1/classify',
      { images: many(5, () => image), labels: ['a', 'b'], explain: true, heatMap: true },
      413,
    ],
    ['labels', 'POST', '/v1/classify', { images: [image], labels: many(10_001, String) }, 400],
    ['the length of a label', 'POST', '/v1/classify', { images: [image], labels: ['a'.repeat(1001), 'b'] }, 400],
    ['templates', 'POST', '/v1/classify', { images: [image], labels: ['a', 'b'], templates: many(201, (i) => `${i} {}`) }, 400],
    ['topK', 'POST', '/v1/classify', { images: [image], labels: ['a', 'b'], topK: 10_001 }, 400],
    ['topK, below', 'POST', '/v1/classify', { images: [image], labels: ['a', 'b'], topK: 0 }, 400],
    ['a probability', 'POST', '/v1/classify', { images: [image], labels: ['a', 'b'], noneRate: 1.1 }, 400],
    ['texts to embed', 'POST', '/v1/embeddings', { input: many(2049, String) }, 400],
    ['images to embed', 'POST', '/v1/embeddings', { input: many(5, () => image), modality: 'image' }, 413],
    ['topK of a search', 'POST', '/v1/search', { query: 'a', topK: 1001 }, 400],
    ['offset', 'POST', '/v1/search', { query: 'a', offset: 1_000_001 }, 400],
    ['the length of a query', 'POST', '/v1/search', { query: 'a'.repeat(2001) }, 400],
    ['what a search leads away from', 'POST', '/v1/search', { query: 'a', without: many(21, String) }, 400],
    ['ids of a search', 'POST', '/v1/search', { similarTo: many(21, () => id) }, 400],
    ['images of a search', 'POST', '/v1/search', { images: many(5, () => image) }, 400],
    ['the length of a cursor', 'POST', '/v1/search', { cursor: 'a'.repeat(100_001) }, 413],
    ['topK of the gallery', 'GET', '/v1/images?topK=1001', undefined, 400],
    ['tags of the gallery', 'GET', `/v1/images?${many(11, (i) => `tag=${i}`).join('&')}`, undefined, 400],
    ['the length of a tag of the gallery', 'GET', `/v1/images?tag=${'a'.repeat(201)}`, undefined, 400],
    ['the length of a cursor of the gallery', 'GET', `/v1/images?cursor=${'a'.repeat(12_001)}`, undefined, 400],
    ['the side of a thumbnail', 'GET', `/v1/images/${id}/thumbnail?side=2049`, undefined, 400],
    ['the side of a thumbnail, below', 'GET', `/v1/images/${id}/thumbnail?side=15`, undefined, 400],
    ['the beginning of an id', 'GET', '/v1/images/abcde', undefined, 400],
    ['the beginning of an id that is deleted', 'DELETE', '/v1/images/abcdef', undefined, 400],
    ['tags of a correction', 'PATCH', `/v1/images/${id}/tags`, { add: many(101, String) }, 400],
    ['the length of a tag', 'PATCH', `/v1/images/${id}/tags`, { add: ['a'.repeat(1001)] }, 400],
    ['labels of a label set', 'PUT', '/v1/label-sets/x', { labels: many(10_001, String) }, 400],
    ['the name of a label set', 'PUT', `/v1/label-sets/${'x'.repeat(129)}`, { labels: ['a', 'b'] }, 400],
    ['examples', 'POST', '/v1/label-sets/cifar10/examples', { examples: many(5, () => ({ label: 'cat', image })) }, 413],
    ['folders of a job', 'POST', '/v1/jobs', { kind: 'index', folders: many(101, String) }, 400],
  ])('%s: beyond it is refused', async (_, method, path, body, status) => {
    const answer = await ask(method, path, body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({
      status,
      code: expect.stringMatching(/^(?:REQUEST_INVALID|BODY_TOO_LARGE|TOO_MANY_IMAGES)$/),
    });
  });

  test.each([
    ['labels', { labels: many(3000, String) }],
    ['the length of a label', { labels: ['a'.repeat(1000), 'b'] }],
    ['templates', { labels: ['a', 'b'], templates: many(200, (i) => `${i} {}`) }],
    ['topK', { labels: ['a', 'b'], topK: 10_000 }],
    ['images of one request', { labels: ['a', 'b'], images: many(4, () => image) }],
  ])('%s: up to it is answered', async (_, body) => {
    expect((await ask('POST', '/v1/classify', { images: [image], ...body })).status).toBe(200);
  });

  test('an image of too many pixels has its error, sent to be classified or to be added', async () => {
    const form = new FormData();
    form.append('image', new File([photo('cat.jpg')], 'cat.jpg'));
    const key = { 'x-api-key': KEYS.write.key };
    const added = await own.request('/v1/images', { method: 'POST', headers: key, body: form });
    expect(await added.json()).toMatchObject({ results: [{ error: { code: 'IMAGE_TOO_LARGE' } }] });
    form.append('labels', 'a, b');
    const classified = await own.request('/v1/classify', { method: 'POST', headers: key, body: form });
    expect(await classified.json()).toMatchObject({ results: [{ error: { code: 'IMAGE_TOO_LARGE' } }] });
  });

  test('jobs that wait, and streams of events', async () => {
    await using service = openTestService({ folders: new Map([['none', '/nonexistent']]) });
    const start = () => service.ask<{ id: string }>('POST', '/v1/jobs', { kind: 'index' });
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) statuses.push((await start()).status);
    expect(statuses.filter((status) => status === 202).length).toBeGreaterThanOrEqual(17);
    expect(statuses).toContain(503);
  });
});
