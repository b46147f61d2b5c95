import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../dist/server/create-app.js';
import { openLog } from '../../dist/server/create-log.js';
import { newKey } from '../../dist/server/keys.js';
import { createService, type ServiceSettings } from '../../dist/server/service.js';
import { type RunningServer, startServer } from '../../dist/server/start-server.js';
import { openWorkspace } from '../../dist/tasks/workspace.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const photo = readFileSync(join(ROOT, 'demo/photos/rocket.jpg'));
const workspace = openWorkspace({
  db: join(temporaryFolder(), 'db'),
  cache: undefined,
  cwd: ROOT,
  home: temporaryFolder(),
  hub: { endpoint: '', offline: true },
} as never);
const appWith = (settings: ServiceSettings) => createApp(createService(workspace, settings));
const body = JSON.stringify({ images: [photo.toString('base64')], labels: ['cat', 'rocket'] });
const classify = (app: ReturnType<typeof createApp>, headers: Record<string, string> = {}) =>
  app.request('/v1/classify', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

afterAll(() => workspace.close());

describe('pages of other sites', () => {
  const closed = appWith({});
  const open = appWith({ corsOrigins: ['https://photos.example'] });

  test('are not answered, and a browser is told of no permission', async () => {
    for (const [app, origin] of [
      [closed, 'https://photos.example'],
      [open, 'https://evil.example'],
    ] as const) {
      const preflight = await app.request('/v1/classify', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
      expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
      const answer = await classify(app, { origin, host: 'localhost:8080' });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    }
  });

  test('are answered where their origin is named', async () => {
    const origin = 'https://photos.example';
    const preflight = await open.request('/v1/classify', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
    const answer = await classify(open, { origin, 'sec-fetch-site': 'cross-site' });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
  });

  test.each([
    ['a page of this service', { origin: 'http://localhost:8080', host: 'localhost:8080' }, 200],
    ['the same, as a browser says it', { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }, 200],
    ['a page behind a proxy', { origin: 'https://photos.example', host: '127.0.0.1:8080', 'x-forwarded-host': 'photos.example' }, 200],
    ['a program', { host: 'localhost:8080' }, 200],
    ['another port of this machine', { origin: 'http://localhost:3000', host: 'localhost:8080' }, 403],
    ['another site, as a browser says it', { 'sec-fetch-site': 'cross-site', host: 'localhost:8080' }, 403],
    ['a neighbouring site', { 'sec-fetch-site': 'same-site', host: 'localhost:8080' }, 403],
    ['a file or a sandbox', { origin: 'null', host: 'localhost:8080' }, 403],
  ])('%s is told apart', async (_, headers, status) => {
    expect((await classify(closed, headers as never)).status).toBe(status);
  });

  test.each([
    ['localhost:8080', 200],
    ['127.0.0.1:8080', 200],
    ['[::1]:8080', 200],
    ['app.localhost', 200],
    ['rebound.example:8080', 421],
    ['localhost.example', 421],
  ])('a service on loopback answers to the name %s with %i', async (host, status) => {
    expect((await appWith({ isLocal: true }).request('/v1/models', { headers: { host } })).status).toBe(status);
  });
});

describe('keys', () => {
  const { key, kept } = newKey('phone', 'read');
  const app = appWith({ keys: [newKey('page', 'read').kept, kept] });
  test.each([
    ['no key', {}, 401, 'KEY_MISSING'],
    ['an empty key', { authorization: 'Bearer ' }, 401, 'KEY_MISSING'],
    ['another scheme', { authorization: `Basic ${key}` }, 401, 'KEY_MISSING'],
    ['the key without a scheme', { authorization: key }, 401, 'KEY_MISSING'],
    ['the key in a cookie', { cookie: `key=${key}` }, 401, 'KEY_MISSING'],
    ['an unknown key', { authorization: 'Bearer lw_unknown' }, 401, 'KEY_UNKNOWN'],
    ['the beginning of a key', { authorization: `Bearer ${key.slice(0, -1)}` }, 401, 'KEY_UNKNOWN'],
    ['the key with more behind it', { authorization: `Bearer ${key}x` }, 401, 'KEY_UNKNOWN'],
    ['the key in capitals', { 'x-api-key': key.toUpperCase() }, 401, 'KEY_UNKNOWN'],
    ['the hash that is kept', { 'x-api-key': kept.sha256 }, 401, 'KEY_UNKNOWN'],
    ['a wrong key beside the right one', { authorization: 'Bearer lw_unknown', 'x-api-key': key }, 401, 'KEY_UNKNOWN'],
    ['the key as a bearer', { authorization: `Bearer ${key}` }, 200, undefined],
    ['the key as a bearer in small letters', { authorization: `bearer ${key}` }, 200, undefined],
    ['the key in its own header', { 'x-api-key': key }, 200, undefined],
  ])('%s', async (_, headers, status, code) => {
    const answer = await app.request('/v1/models', { headers: headers as Record<string, string> });
    expect(answer.status).toBe(status);
    if (code !== undefined) expect(await answer.json()).toMatchObject({ code });
    expect(answer.headers.has('www-authenticate')).toBe(status === 401);
  });

  test.each(['/v1/classify', '/v1/embeddings', '/embeddings', '/v2/embed', '/predict', '/hf/zero-shot-image-classification', '/v1/search'])(
    '%s needs a key before it reads anything',
    async (route) => {
      const answer = await app.request(route, { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } });
      expect(answer.status).toBe(401);
    },
  );
});

describe('limits', () => {
  const app = appWith({ maxBodyBytes: 2 ** 20, maxItems: 3 });
  const image = photo.toString('base64');
  const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
  test.each([
    ['a body above the limit', '/v1/classify', { images: ['A'.repeat(2 ** 20)], labels: ['a', 'b'] }, 413],
    ['more images than allowed', '/v1/classify', { images: many(4, () => image), labels: ['a', 'b'] }, 413],
    ['more images to embed than allowed', '/v1/embeddings', { input: many(4, () => ({ image })) }, 413],
    ['more images in the form of Cohere', '/v2/embed', { images: many(4, () => image) }, 413],
    ['more than 10,000 labels', '/v1/classify', { images: [image], labels: many(10_001, String) }, 400],
    ['a label of more than 1,000 characters', '/v1/classify', { images: [image], labels: ['a'.repeat(1001), 'b'] }, 400],
    ['more than 200 templates', '/v1/classify', { images: [image], labels: ['a', 'b'], templates: many(201, (i) => `${i} {}`) }, 400],
    [
      'a template of more than 1,000 characters',
      '/v1/classify',
      { images: [image], labels: ['a', 'b'], templates: [`${'a'.repeat(1000)}{}`] },
      400,
    ],
    ['a topK of 0', '/v1/classify', { images: [image], labels: ['a', 'b'], topK: 0 }, 400],
    ['more than 2,048 texts', '/v1/embeddings', { input: many(2049, String) }, 400],
    [
      'more than 10,000 labels in the form of Hugging Face',
      '/hf/zero-shot-image-classification',
      { inputs: image, parameters: { candidate_labels: many(10_001, String) } },
      400,
    ],
    ['a query of more than 2,000 characters', '/v1/search', { query: 'a'.repeat(2001) }, 400],
    ['more than 1,000 results', '/v1/search', { query: 'a', topK: 1001 }, 400],
    ['an offset above a million', '/v1/search', { query: 'a', offset: 1_000_001 }, 400],
  ])('%s', async (_, route, request, status) => {
    const answer = await app.request(route, {
      method: 'POST',
      body: JSON.stringify(request),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(status);
  });

  test.each([
    ['a PNG that is called a JPEG', 'photo.jpg', 'image/jpeg', readFileSync(join(ROOT, 'tests/parity/images/exact-224.png')), undefined],
    ['a JPEG that is called a text', 'notes.txt', 'text/plain', photo, undefined],
    ['a page that is called a JPEG', 'photo.jpg', 'image/jpeg', Buffer.from('<!doctype html><p>no'), 'IMAGE_UNSUPPORTED'],
    [
      'an SVG that is called a PNG',
      'photo.png',
      'image/png',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      'IMAGE_UNSUPPORTED',
    ],
    ['a PDF', 'photo.png', 'image/png', Buffer.from('%PDF-1.7\n'), 'IMAGE_UNSUPPORTED'],
    ['a picture of too many pixels, by its header', 'photo.png', 'image/png', hugePng(), 'IMAGE_TOO_LARGE'],
  ])('the first bytes decide: %s', async (_, name, type, bytes, code) => {
    const form = new FormData();
    form.append('image', new File([new Uint8Array(bytes)], name, { type }));
    form.append('labels', 'cat, rocket');
    const answer = await app.request('/v1/classify', { method: 'POST', body: form });
    expect(await answer.json()).toMatchObject({ results: [code === undefined ? { predictions: [{}, {}] } : { error: { code } }] });
  });
});

/** The head of a PNG of 100,000 x 100,000 pixels. */
function hugePng(): Buffer {
  const head = Buffer.from(readFileSync(join(ROOT, 'tests/parity/images/exact-224.png')));
  head.writeUInt32BE(100_000, 16);
  head.writeUInt32BE(100_000, 20);
  return head;
}

describe('rates', () => {
  test('each key has its own, and the answer says when to come again', async () => {
    const [phone, page] = [newKey('phone', 'read'), newKey('page', 'read')];
    const app = appWith({ keys: [phone.kept, page.kept], ratePerMinute: 2 });
    const ask = (key: string) => app.request('/v1/models', { headers: { authorization: `Bearer ${key}` } });
    expect([(await ask(phone.key)).status, (await ask(phone.key)).status]).toEqual([200, 200]);
    const refused = await ask(phone.key);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
    expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED', title: 'Too many requests' });
    expect((await ask(page.key)).status).toBe(200);
    expect((await app.request('/healthz')).status).toBe(200);
  });

  test('whoever tries keys out is held up', async () => {
    const app = appWith({ keys: [newKey('phone', 'read').kept], ratePerMinute: 3 });
    const tries = [];
    for (let i = 0; i < 5; i++) tries.push((await app.request('/v1/models', { headers: { 'x-api-key': `lw_${i}` } })).status);
    expect(tries).toEqual([401, 401, 401, 429, 429]);
  });
});

describe('the log', () => {
  test('holds no image, key or query text unless it is told to', async () => {
    const { key, kept } = newKey('phone', 'read');
    const secrets = [key, photo.toString('base64').slice(0, 40), 'rocket', 'zanzibar', 'quetzal', 'secret-name.jpg'];
    const texts: string[] = [];
    for (const hasLogTexts of [false, true]) {
      const path = join(temporaryFolder(), 'log');
      const log = await openLog(path);
      const app = appWith({ keys: [kept], log, hasLogTexts });
      const send = (route: string, init: RequestInit) =>
        app.request(route, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } });
      const json = { 'content-type': 'application/json' };
      await send('/v1/classify', { method: 'POST', body, headers: json });
      const form = new FormData();
      form.append('image', new File([photo], 'secret-name.jpg'));
      form.append('labels', 'quetzal, rocket');
      await send('/v1/classify', { method: 'POST', body: form });
      await send('/v1/search', { method: 'POST', body: JSON.stringify({ query: 'zanzibar' }), headers: json });
      await send('/v1/classify', { method: 'POST', body: '{"labels": ["quetzal"]', headers: json });
      await send('/v1/images/abcdef?quetzal=1', {});
      await app.request('/v1/models', { headers: { 'x-api-key': 'lw_wrong-zanzibar' } });
      await log[Symbol.asyncDispose]();
      texts.push(readFileSync(path, 'utf8'));
    }
    const [quiet, told] = texts as [string, string];
    for (const secret of secrets) expect(quiet, secret).not.toContain(secret);
    const lines = quiet
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(
      lines.filter(({ msg }) => msg === 'request').map(({ method, route, status, key: by, code }) => [method, route, status, by, code]),
    ).toEqual([
      ['POST', '/v1/classify', 200, 'phone', undefined],
      ['POST', '/v1/classify', 200, 'phone', undefined],
      ['POST', '/v1/search', 404, 'phone', 'INDEX_NOT_FOUND'],
      ['POST', '/v1/classify', 400, 'phone', 'REQUEST_INVALID'],
      ['GET', '/v1/images/:id', 404, 'phone', 'INDEX_NOT_FOUND'],
      ['GET', '/v1/models', 401, undefined, 'KEY_UNKNOWN'],
    ]);
    expect(told).toContain('zanzibar');
    expect(told).toContain('rocket');
    for (const secret of [key, photo.toString('base64').slice(0, 40), 'lw_wrong']) expect(told, secret).not.toContain(secret);
  });

  test('a failure is in the log with its code and where it happened, without its message', async () => {
    const lines: object[] = [];
    const log = { info: () => {}, error: (line: object) => lines.push(line) };
    const service = createService(workspace, { log });
    const broken = createApp({
      ...service,
      bind: () => Promise.reject(new TypeError('about zanzibar', { cause: Object.assign(new Error('zanzibar'), { code: 'ENOSPC' }) })),
    });
    expect((await classify(broken)).status).toBe(500);
    expect(lines).toMatchObject([{ name: 'TypeError', cause: { code: 'ENOSPC' } }]);
    expect(JSON.stringify(lines)).toContain('server-access.test');
    expect(JSON.stringify(lines)).not.toContain('zanzibar');
  });
});

describe('over a socket', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer(workspace, { port: 0, ratePerMinute: 100 });
  });
  afterAll(() => server.close());

  test('a client counts by its address, and a header that names another is not believed', async () => {
    const limited = await startServer(workspace, { port: 0, ratePerMinute: 2 });
    const statuses = [];
    for (const forged of ['1.1.1.1', '2.2.2.2', '3.3.3.3'])
      statuses.push((await fetch(`${limited.address}/v1/models`, { headers: { 'x-forwarded-for': forged } })).status);
    expect(statuses).toEqual([200, 200, 429]);
    await limited.close();
  });

  test('a client that goes away frees its place', async () => {
    const service = createService(workspace, { maxWaiting: 1 });
    let release = (): void => {};
    const held = new Promise<void>((go) => {
      release = go;
    });
    const app = createApp({ ...service, encode: () => held as never });
    const { serve } = await import('@hono/node-server');
    let node: ReturnType<typeof serve> | undefined;
    const port = await new Promise<number>((ready) => {
      node = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) => ready(info.port));
    });
    const send = () => {
      const sent = request({
        port,
        host: '127.0.0.1',
        path: '/v1/classify',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      });
      sent.on('error', () => {});
      sent.end(body);
      return sent;
    };
    const until = async (isDone: () => boolean) => {
      while (!isDone()) await new Promise((next) => setImmediate(next));
    };
    const clients = Array.from({ length: 65 }, send);
    await until(() => service.queue.running === 64 && service.queue.waiting === 1);
    for (const client of clients) client.destroy(); // the one that waits leaves at once, the others when their work ends
    await until(() => service.queue.waiting === 0);
    expect(service.queue.running).toBe(64);
    release();
    await until(() => service.queue.running === 0);
    node?.close();
  });
});
