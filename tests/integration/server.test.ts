import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { openWorkspace } from 'labelwise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../dist/server/create-app.js';
import { newKey, readKeys } from '../../dist/server/keys.js';
import { createService, type Service } from '../../dist/server/service.js';
import { startServer } from '../../dist/server/start-server.js';
import { WorkQueue } from '../../dist/server/work-queue.js';
import { openWorkspace as openTaskWorkspace } from '../../dist/tasks/workspace.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const photo = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(ROOT, 'demo/photos', name)));
const base64 = (name: string): string => Buffer.from(photo(name)).toString('base64');
const db = temporaryFolder();
const workspace = openTaskWorkspace({
  db,
  cache: undefined,
  cwd: ROOT,
  home: temporaryFolder(),
  hub: { endpoint: '', offline: true },
} as never);
let service: Service;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  service = createService(workspace, { maxBodyBytes: 2 ** 20, maxItems: 4 });
  app = createApp(service);
  await using library = openWorkspace({ db });
  await library.index({ folders: [join(ROOT, 'demo/photos')] });
}, 120_000);

afterAll(async () => {
  await service.close();
  await workspace.close();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  Promise.resolve(
    app.request(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }),
  );

function formOf(names: readonly string[], fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  for (const name of names) form.append('image', new File([photo(name)], name));
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

describe('classify', () => {
  test('a form and JSON have the answers of the library', async () => {
    await using library = openWorkspace({ db });
    const [expected] = await library.classify(photo('rocket.jpg'), { labels: ['cat', 'rocket'], topK: 2 });
    const form = await app.request('/v1/classify', { method: 'POST', body: formOf(['rocket.jpg'], { labels: 'cat, rocket', topK: '2' }) });
    const json = await post('/v1/classify', { images: [base64('rocket.jpg')], labels: ['cat', 'rocket'], topK: 2 });
    for (const response of [form, json]) {
      expect(response.status).toBe(200);
      const { model, results } = (await response.json()) as { model: string; results: { predictions: unknown }[] };
      expect(model).toBe('pocket');
      expect(results[0]?.predictions).toEqual(expected?.predictions);
    }
  });

  test('a bad image has its error, and the others their answers', async () => {
    const response = await post('/v1/classify', {
      images: [Buffer.from('no image').toString('base64'), base64('rocket.jpg')],
      labels: ['cat', 'rocket'],
    });
    const { results } = (await response.json()) as { results: Record<string, unknown>[] };
    expect(results[0]).toMatchObject({ image: 'image 1', error: { code: 'IMAGE_UNSUPPORTED' } });
    expect(results[1]).toMatchObject({ predictions: [{ label: 'rocket' }, { label: 'cat' }] });
  });

  test('requests at the same time share batches and get their own answers', async () => {
    const names = ['rocket.jpg', 'coffee.jpg', 'chelsea.jpg', 'astronaut.jpg'].filter((name) => {
      try {
        return photo(name).length > 0;
      } catch {
        return false;
      }
    });
    const ask = async (name: string): Promise<unknown> =>
      (
        (await (await post('/v1/classify', { images: [base64(name)], labels: ['rocket', 'cup', 'cat', 'person'] })).json()) as {
          results: unknown[];
        }
      ).results[0];
    const alone = [];
    for (const name of names) alone.push(await ask(name));
    expect(await Promise.all(names.map(ask))).toEqual(alone);
  });
});

test.each([
  ['no labels', '/v1/classify', { images: ['aGk='] }, 400, 'INVALID_ARGUMENT'],
  ['one label', '/v1/classify', { images: ['aGk='], labels: ['cat'] }, 422, 'LABEL_SET_INVALID'],
  ['an unknown field', '/v1/classify', { images: ['aGk='], labels: ['cat', 'dog'], topk: 3 }, 400, 'REQUEST_INVALID'],
  ['no image', '/v1/classify', { images: [], labels: ['cat', 'dog'] }, 400, 'REQUEST_INVALID'],
  ['an address', '/v1/classify', { images: ['http://localhost/x.jpg'], labels: ['cat', 'dog'] }, 400, 'URL_REFUSED'],
  ['a path', '/v1/classify', { images: ['/etc/hostname'], labels: ['cat', 'dog'] }, 400, 'BASE64_INVALID'],
  ['text that is not base64', '/v1/classify', { images: ['{}'], labels: ['cat', 'dog'] }, 400, 'BASE64_INVALID'],
  ['too many images', '/v1/classify', { images: Array(5).fill('aGk='), labels: ['cat', 'dog'] }, 413, 'TOO_MANY_IMAGES'],
  ['an unknown label table', '/v1/classify', { images: ['aGk='], labelTable: 'nothing' }, 404, 'LABEL_TABLE_NOT_FOUND'],
  ['labels beside a label table', '/v1/classify', { images: ['aGk='], labelTable: 'x', labels: ['cat', 'dog'] }, 400, 'INVALID_ARGUMENT'],
  ['templates beside a label table', '/v1/classify', { images: ['aGk='], labelTable: 'x', templates: ['a {}'] }, 400, 'INVALID_ARGUMENT'],
  ['a tag set, which a search does not take', '/v1/search', { query: 'tag:dog', tags: 'pets' }, 400, 'REQUEST_INVALID'],
  [
    'an unknown parameter of zero-shot classification',
    '/hf/zero-shot-image-classification',
    { inputs: 'aGk=', parameters: { candidate_labels: ['cat', 'dog'], multi_label: true } },
    400,
    'REQUEST_INVALID',
  ],
  ['other dimensions', '/v1/embeddings', { input: 'a dog', dimensions: 3 }, 400, 'DIMENSIONS_UNAVAILABLE'],
  ['nothing to search for', '/v1/search', {}, 400, 'INVALID_ARGUMENT'],
  ['an unknown field of a search', '/v1/search', { query: 'dog', where: '1 = 1' }, 400, 'REQUEST_INVALID'],
  ['an unknown id', '/v1/search', { similarTo: ['abcdef'] }, 404, 'INPUT_NOT_FOUND'],
  ['an id that is a path', '/v1/search', { similarTo: ['../../etc'] }, 400, 'REQUEST_INVALID'],
])('%s is answered with a problem', async (_, path, body, status, code) => {
  const response = await post(path, body);
  expect(response.status).toBe(status);
  const text = await response.text();
  expect(text).toContain(code);
  expect(text).not.toContain(ROOT.slice(0, -1)); // no folder of the server
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = JSON.parse(text) as Record<string, unknown>;
  expect(problem).toMatchObject({ status, code });
  expect(problem.requestId).toBe(response.headers.get('x-request-id'));
});

test('what is not JSON, not a form, too large or nowhere is a problem', async () => {
  const send = (path: string, init: RequestInit) => app.request(path, { method: 'POST', ...init });
  const headers = { 'content-type': 'application/json' };
  expect((await send('/v1/classify', { body: '{', headers })).status).toBe(400);
  expect((await send('/v1/classify', { body: 'x', headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  expect(
    (await send('/v1/classify', { body: JSON.stringify({ images: ['A'.repeat(2 ** 20)], labels: ['a', 'b'] }), headers })).status,
  ).toBe(413);
  expect((await app.request('/v1/classify')).status).toBe(405);
  expect((await app.request('/v2')).status).toBe(404);
  expect((await app.request('/v1/images/abcdef')).status).toBe(404);
});

test("embeddings are the encoder's, as numbers and as base64 of little-endian float32", async () => {
  const encoder = await workspace.encoder();
  const [expected] = await encoder.encodeTexts(['a dog']);
  const floats = (await (await post('/v1/embeddings', { input: ['a dog'], model: 'any', encoding_format: 'float' })).json()) as {
    data: { embedding: number[] }[];
  };
  expect(Float32Array.from(floats.data[0]?.embedding ?? [])).toEqual(expected);
  const packed = (await (await post('/v1/embeddings', { input: 'a dog', encoding_format: 'base64' })).json()) as {
    data: { embedding: string }[];
  };
  const bytes = Buffer.from(packed.data[0]?.embedding ?? '', 'base64');
  expect(Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4))).toEqual(expected);
  const images = (await (await post('/v1/embeddings', { input: base64('rocket.jpg'), modality: 'image' })).json()) as {
    data: { embedding: number[] }[];
  };
  expect(images.data[0]?.embedding).toHaveLength(expected?.length ?? 0);
});

test('a search has pages, names without folders, thumbnails and facts', async () => {
  const first = (await (await post('/v1/search', { query: 'a rocket', topK: 2 })).json()) as {
    images: { id: string; name: string }[];
    nextOffset: number;
  };
  expect(first.images[0]?.name).toBe('rocket.jpg');
  expect(first.nextOffset).toBe(2);
  const second = (await (await post('/v1/search', { query: 'a rocket', topK: 2, offset: 2 })).json()) as typeof first;
  expect(new Set([...first.images, ...second.images].map(({ id }) => id)).size).toBe(first.images.length + second.images.length);
  const id = first.images[0]?.id as string;
  expect(id).toBe(createHash('sha256').update(photo('rocket.jpg')).digest('hex'));
  expect(await (await app.request(`/v1/images/${id}`)).json()).toMatchObject({ id, name: 'rocket.jpg', format: 'jpeg' });
  const picture = await app.request(`/v1/images/${id}/thumbnail?side=64`);
  expect(picture.headers.get('content-type')).toBe('image/jpeg');
  expect([...new Uint8Array(await picture.arrayBuffer()).subarray(0, 2)]).toEqual([0xff, 0xd8]);
});

test("Hugging Face's zero-shot image classification is answered in its own form", async () => {
  const parameters = { candidate_labels: ['rocket', 'cat'], hypothesis_template: 'a photo of a {}' };
  for (const inputs of [{ image: base64('rocket.jpg') }, base64('rocket.jpg')]) {
    const answer = (await (await post('/hf/zero-shot-image-classification', { inputs, parameters })).json()) as {
      label: string;
      score: number;
    }[];
    expect(answer.map(({ label }) => label)).toEqual(['rocket', 'cat']);
    expect(answer.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
  }
});

test('keys: none, unknown and known ones; open routes need none', async () => {
  const { key, kept } = newKey('page', 'read');
  const path = join(temporaryFolder(), 'keys.json');
  writeFileSync(path, JSON.stringify([kept]));
  const locked = createApp(createService(workspace, { keys: await readKeys(path) }));
  const status = async (headers: Record<string, string>, route = '/v1/models') => (await locked.request(route, { headers })).status;
  expect(await status({})).toBe(401);
  expect(await status({ authorization: 'Bearer lw_wrong' })).toBe(401);
  expect(await status({ authorization: `Bearer ${key}` })).toBe(200);
  expect(await status({ 'x-api-key': key })).toBe(200);
  expect(await status({}, '/metrics')).toBe(401);
  expect(await status({}, '/healthz')).toBe(200);
  writeFileSync(path, '[{"name": "x"}]');
  await expect(readKeys(path)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

test('the OpenAPI document names every route, and the reference page loads nothing', async () => {
  const document = (await (await app.request('/openapi.json')).json()) as { openapi: string; paths: Record<string, unknown> };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['/v1/classify', '/v1/embeddings', '/v1/search', '/v1/images/{id}', '/v1/models', '/v1/label-tables']),
  );
  const page = await (await app.request('/docs')).text();
  expect(page).toContain('/v1/classify');
  expect(page).not.toMatch(/<(?:script|link|img|iframe)\b|src=/i);
  expect((await app.request('/metrics')).status).toBe(200);
});

test('a full line turns requests away, and a client that leaves frees its place', async () => {
  const queue = new WorkQueue({ running: 1, waiting: 1 });
  let finish = (): void => {};
  const first = queue.run(
    () =>
      new Promise<void>((done) => {
        finish = done;
      }),
    new AbortController().signal,
  );
  const leaving = new AbortController();
  const second = queue.run(async () => 'second', leaving.signal);
  await expect(queue.run(async () => 'third', new AbortController().signal)).rejects.toMatchObject({ status: 503 });
  leaving.abort(new Error('gone'));
  await expect(second).rejects.toThrow('gone');
  const fourth = queue.run(async () => 'fourth', new AbortController().signal);
  finish();
  await first;
  expect(await fourth).toBe('fourth');
  expect([queue.running, queue.waiting]).toEqual([0, 0]);
});

test('a service listens on loopback, needs keys elsewhere, and answers what is in flight before it ends', async () => {
  await expect(startServer(workspace, { host: '0.0.0.0', port: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  const server = await startServer(workspace, { port: 0 });
  expect(server.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const { port } = new URL(server.address);
  await expect(startServer(workspace, { port: Number(port) })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  const asked = fetch(`${server.address}/v1/classify`, { method: 'POST', body: formOf(['rocket.jpg'], { labels: 'cat, rocket' }) });
  await new Promise<void>((opened) => connect(Number(port), '127.0.0.1', opened)); // an idle connection does not hold it up
  const answer = await asked.then((response) => response.json());
  await server.close();
  expect(answer).toMatchObject({ model: 'pocket' });
  await expect(fetch(`${server.address}/healthz`)).rejects.toThrow();
});
