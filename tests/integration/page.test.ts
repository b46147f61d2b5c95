import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../dist/server/create-app.js';
import { newKey } from '../../dist/server/keys.js';
import { createService, type Service } from '../../dist/server/service.js';
import { openWorkspace } from '../../dist/tasks/workspace.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const workspace = openWorkspace({
  db: temporaryFolder(),
  cache: undefined,
  cwd: ROOT,
  home: temporaryFolder(),
  hub: { endpoint: '', offline: true },
} as never);
let service: Service;
let app: ReturnType<typeof createApp>;
let page: string;
/** What the browser loads before it shows anything: the page, and what it names. */
let first: Map<string, string>;

beforeAll(async () => {
  service = createService(workspace, { keys: [newKey('test', 'read').kept] }); // the page is open all the same
  app = createApp(service);
  page = await (await app.request('/')).text();
  const names = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name as string);
  first = new Map([['/', page]]);
  for (const name of names) first.set(name, await (await app.request(name)).text());
});

afterAll(async () => {
  await service.close();
  await workspace.close();
});

describe('the page', () => {
  test('needs less than 60 kB, compressed, to begin', () => {
    const sizes = [...first.values()].map((text) => gzipSync(text, { level: 9 }).length);
    expect(first.size).toBeGreaterThanOrEqual(4); // itself, a script, a style sheet, an icon
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(60_000);
  });

  test('has no script and no style of its own in the page, and names nothing outside', () => {
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=/);
    const addresses = [...first.values()].flatMap((text) => text.match(/\b(?:https?:)?\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)+[^"'`\s)]*/gi) ?? []);
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]); // names of XML, which nobody fetches
  });

  test("may load from its own service alone, and keeps the service's other headers", async () => {
    const { headers } = await app.request('/');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('permissions-policy')).toContain('camera=(self)');
    expect((await app.request('/docs')).headers.get('content-security-policy')).not.toContain('script-src');
  });

  test('is checked again each time, and its files are kept for ever under names with a hash', async () => {
    expect((await app.request('/')).headers.get('cache-control')).toBe('no-cache');
    const script = [...first.keys()].find((name) => name.endsWith('.js')) as string;
    expect(script).toMatch(/^\/assets\/[\w-]+-[\w-]{8}\.js$/);
    const { headers } = await app.request(script);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const again = await app.request(script, { headers: { 'if-none-match': headers.get('etag') as string } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  test('is compressed for browsers that say they read it', async () => {
    const plain = await app.request('/');
    const packed = await app.request('/', { headers: { 'accept-encoding': 'gzip, br' } });
    expect([plain.headers.get('content-encoding'), packed.headers.get('content-encoding')]).toEqual([null, 'gzip']);
    expect(gunzipSync(Buffer.from(await packed.arrayBuffer())).toString()).toBe(page);
  });

  test.each(['/assets/nothing.js', '/assets/..%2f..%2fpackage.json', '/assets/../../package.json', '/index.html'])(
    'sends no other file: %s',
    async (path) => {
      const { status, headers } = await app.request(path);
      expect([401, 404]).toContain(status);
      expect(headers.get('content-type')).toBe('application/problem+json');
    },
  );

  test('tells nothing of the library without a key', async () => {
    expect((await app.request('/v1/models')).status).toBe(401);
  });

  test('names the licence of what is built into it', async () => {
    expect(await (await app.request('/LICENSES.txt')).text()).toContain('preact');
  });
});

describe('ranking labels for a picture that is embedded already', () => {
  const open = async () => {
    const free = createService(workspace);
    return { free, ask: createApp(free) };
  };
  const post = (target: typeof app, path: string, body: unknown) =>
    target.request(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  const cat = readFileSync(join(ROOT, 'demo/photos/cat.jpg')).toString('base64');
  const choice = { labels: ['cat', 'dog', 'rocket'], none: true, topK: 3 };

  test('has the answers of classify, without the picture', async () => {
    const { free, ask } = await open();
    const { data } = (await (await post(ask, '/v1/embeddings', { input: cat, modality: 'image', encoding_format: 'base64' })).json()) as {
      data: { embedding: string }[];
    };
    const { data: models } = (await (await ask.request('/v1/models')).json()) as { data: { fingerprint: string }[] };
    const embeddings = data.map(({ embedding }) => embedding);
    const fingerprint = models[0]?.fingerprint;
    const ranked = (await (await post(ask, '/v1/rank', { ...choice, embeddings, fingerprint })).json()) as { results: object[] };
    const { results } = (await (await post(ask, '/v1/classify', { ...choice, images: [cat] })).json()) as { results: object[] };
    expect(ranked.results).toHaveLength(1);
    expect({ image: 'image 1', ...ranked.results[0] }).toEqual(results[0]);

    const other = await post(ask, '/v1/rank', { ...choice, embeddings, fingerprint: 'other' });
    expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([409, 'EMBEDDING_MISMATCH']);
    for (const embedding of ['AAAA', Buffer.alloc(4 * 512).toString('base64'), 'no base64!'])
      expect((await post(ask, '/v1/rank', { ...choice, embeddings: [embedding], fingerprint })).status).toBe(409);
    await free.close();
  });
});
