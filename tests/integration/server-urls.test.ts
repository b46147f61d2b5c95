import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../dist/server/create-app.js';
import { type FetchRules, fetchImage, PUBLIC_RULES } from '../../dist/server/fetch-image.js';
import { isPublicAddress } from '../../dist/server/public-address.js';
import { createService } from '../../dist/server/service.js';
import { openWorkspace } from '../../dist/tasks/workspace.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const photo = readFileSync(join(ROOT, 'demo/photos/rocket.jpg'));
/** In these tests 127.0.0.2 stands for the public internet, and 127.0.0.1 for what must not be reached. */
const PUBLIC = '127.0.0.2';
const SECRET = '127.0.0.1';
const hits = { [PUBLIC]: [] as string[], [SECRET]: [] as string[] };
const servers: Server[] = [];
let port = 0;

const listen = (host: string, at: number, answer: RequestListener): Promise<number> =>
  new Promise((ready) => {
    const server = createServer(answer).listen(at, host, () => ready((server.address() as { port: number }).port));
    servers.push(server);
  });

const redirect =
  (location: string): RequestListener =>
  (_, response) =>
    response.writeHead(302, { location }).end();
/** What the server that stands for the internet does, by path. */
const answers = (): Record<string, RequestListener> => ({
  '/photo.jpg': (_, response) => response.end(photo),
  '/moved': redirect('/photo.jpg'),
  '/loop': redirect('/loop'),
  '/to-secret': redirect(`http://${SECRET}:${port}/`),
  '/to-secret-by-name': redirect(`http://secret.test:${port}/`),
  '/to-odd-number': redirect(`http://2130706433:${port}/`),
  '/to-file': redirect('file:///etc/passwd'),
  '/to-gopher': redirect(`gopher://${SECRET}:${port}/`),
  '/to-data': redirect('data:image/png;base64,AAAA'),
  '/to-password': redirect(`http://a:b@${PUBLIC}:${port}/photo.jpg`),
  '/to-mapped': redirect(`http://[::ffff:127.0.0.1]:${port}/`),
  '/to-nowhere': redirect('http://'),
  '/missing': (_, response) => response.writeHead(404).end(),
  '/silent': () => {},
  '/slow': (_, response) => void response.write('x'),
  '/endless': (_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65536)));
    };
    response.on('drain', more);
    more();
  },
  '/declared': (_, response) => response.writeHead(200, { 'content-length': '999999999' }).write('x'),
  '/zipped': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1000))),
  '/broken': (_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('x');
    response.destroy();
  },
});

const names: Record<string, string[]> = {
  'photos.test': [PUBLIC],
  'secret.test': [SECRET],
  'mixed.test': [PUBLIC, SECRET],
  'metadata.test': ['169.254.169.254'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'empty.test': [],
};
const rules: FetchRules = {
  isAllowedAddress: (address) => address === PUBLIC,
  isAllowedPort: (at) => at === port,
  resolve: async (name) => {
    const found = names[name];
    if (!found) throw new Error(`no such name: ${name}`);
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  },
  maxRedirects: 3,
  timeoutMs: 30_000,
};
const get = (address: string, own: Partial<FetchRules> = {}): Promise<Uint8Array> =>
  fetchImage(address, { name: 'image 1', maxBytes: 2 ** 20, signal: new AbortController().signal, rules: { ...rules, ...own } });

beforeAll(async () => {
  port = await listen(SECRET, 0, (request, response) => {
    hits[SECRET].push(request.url ?? '');
    response.end('secret');
  });
  await listen(PUBLIC, port, (request, response) => {
    hits[PUBLIC].push(`${request.headers.host} ${request.url}`);
    answers()[request.url ?? '']?.(request, response);
  });
});

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

describe('the rules for the public internet refuse, before they connect', () => {
  // Every row names the server on loopback, in one of the ways that have fooled filters; it counts who comes.
  test.each([
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://LOCALHOST.:PORT/',
    'http://a.localhost:PORT/',
    'http://printer.local:PORT/',
    'http://metadata.google.internal:PORT/',
    'http://intranet:PORT/',
    'http://127.1:PORT/',
    'http://127.0.1:PORT/',
    'http://0:PORT/',
    'http://0.0.0.0:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f000001:PORT/',
    'http://0x7f.0x0.0x0.0x1:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://00000177.00000000.1:PORT/',
    'http://127.0.0.1.:PORT/',
    'http://%31%32%37.0.0.1:PORT/',
    'http://①②⑦.⓪.⓪.①:PORT/',
    'http://127。0。0。1:PORT/',
    'http://127.0.0.1\t:PORT/',
    'http:\\\\127.0.0.1:PORT\\',
    'http:127.0.0.1:PORT/',
    'http://[::1]:PORT/',
    'http://[::]:PORT/',
    'http://[0:0:0:0:0:0:0:1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[::127.0.0.1]:PORT/',
    'http://[64:ff9b::127.0.0.1]:PORT/',
    'http://[64:ff9b:1::7f00:1]:PORT/',
    'http://[2002:7f00:1::]:PORT/',
    'http://[2001:0:7f00:1::]:PORT/',
    'http://user@127.0.0.1:PORT/',
    'http://example.com@127.0.0.1:PORT/',
    'http://127.0.0.1#@example.com:PORT/',
    'http://127.0.0.1?@example.com:PORT/',
  ])('%s', async (address) => {
    const before = hits[SECRET].length;
    const refused = get(address.replace('PORT', String(port)), { ...PUBLIC_RULES, isAllowedPort: () => true });
    await expect(refused).rejects.toMatchObject({ status: 400, code: 'URL_REFUSED' });
    expect(hits[SECRET].length).toBe(before);
  });

  test.each([
    ['http://example.com:22/', 'another port'],
    ['http://example.com:6379/', 'another port'],
    ['https://example.com:8443/', 'another port'],
    ['http://user:password@example.com/', 'user name or password'],
    ['https://token@example.com/', 'user name or password'],
    ['file:///etc/passwd', 'another scheme'],
    ['ftp://example.com/x.jpg', 'another scheme'],
    ['gopher://example.com/', 'another scheme'],
    ['blob:http://example.com/1', 'another scheme'],
    ['javascript:alert(1)', 'another scheme'],
    ['http://', 'no address'],
    ['http://exa mple.com/', 'no address'],
    ['http://[fe80::1%25eth0]/', 'no address'],
    [`http://example.com/${'x'.repeat(2048)}`, 'more than 2048'],
  ])('%.60s', async (address, why) => {
    await expect(get(address, PUBLIC_RULES)).rejects.toMatchObject({ code: 'URL_REFUSED', message: expect.stringContaining(why) });
  });
});

test.each([
  ...['0.0.0.1', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.255.254', '169.254.169.254'],
  ...['172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1', '198.19.255.255'],
  ...['198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  ...[
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::8.8.8.8',
    '64:ff9b::808:808',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:808:808::1',
  ],
  ...['3fff::1', '5f00::1', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '4000::1', '', 'example.com'],
])('"%s" is not an address of the public internet', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450::1',
  '2400:cb00::1',
])('%s is', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

describe('a fetch', () => {
  test('takes a photo from a name, and after a redirect', async () => {
    expect(Buffer.from(await get(`http://photos.test:${port}/photo.jpg`)).equals(photo)).toBe(true);
    expect(Buffer.from(await get(`http://photos.test:${port}/moved`)).equals(photo)).toBe(true);
    expect(hits[PUBLIC].at(-1)).toBe(`photos.test:${port} /photo.jpg`);
  });

  test('goes to the address that was checked, though the name says another a moment later', async () => {
    let asked = 0;
    const resolve = async () => [{ address: asked++ === 0 ? PUBLIC : SECRET, family: 4 }];
    const before = hits[SECRET].length;
    expect(Buffer.from(await get(`http://rebind.test:${port}/photo.jpg`, { resolve })).equals(photo)).toBe(true);
    expect(asked).toBe(1);
    asked = 0;
    await expect(get(`http://rebind.test:${port}/moved`, { resolve })).rejects.toMatchObject({ code: 'URL_REFUSED' }); // the next hop is checked again
    expect(hits[SECRET].length).toBe(before);
  });

  test.each(['secret.test', 'mixed.test', 'metadata.test', 'mapped.test'])('refuses the name %s, which leads elsewhere', async (name) => {
    const before = hits[SECRET].length;
    await expect(get(`http://${name}:${port}/photo.jpg`)).rejects.toMatchObject({ code: 'URL_REFUSED' });
    expect(hits[SECRET].length).toBe(before);
  });

  test.each([
    '/to-secret',
    '/to-secret-by-name',
    '/to-odd-number',
    '/to-mapped',
    '/to-file',
    '/to-gopher',
    '/to-data',
    '/to-password',
    '/to-nowhere',
  ])('does not follow the redirect %s', async (path) => {
    const before = hits[SECRET].length;
    await expect(get(`http://photos.test:${port}${path}`)).rejects.toMatchObject({ status: 400, code: 'URL_REFUSED' });
    expect(hits[SECRET].length).toBe(before);
  });

  test.each([
    ['/loop', {}, 'INPUT_UNREADABLE', /redirects more than 3 times/],
    ['/missing', {}, 'INPUT_UNREADABLE', /answered 404/],
    ['/zipped', {}, 'INPUT_UNREADABLE', /compresses/],
    ['/broken', {}, 'INPUT_UNREADABLE', /connection failed/],
    ['/endless', {}, 'IMAGE_TOO_LARGE', /at most 1.0 MB/],
    ['/declared', {}, 'IMAGE_TOO_LARGE', /at most 1.0 MB/],
    ['/silent', { timeoutMs: 200 }, 'INPUT_UNREADABLE', /longer than 0.2 s/],
    ['/slow', { timeoutMs: 200 }, 'INPUT_UNREADABLE', /longer than 0.2 s/],
  ] as const)('gives up on %s', async (path, own, code, message) => {
    await expect(get(`http://photos.test:${port}${path}`, own)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('gives up on names that do not exist, have no address or never answer, without repeating them', async () => {
    const never = { resolve: () => new Promise<never>(() => {}), timeoutMs: 200 };
    for (const [address, own] of [
      ['nowhere.test', {}],
      ['empty.test', {}],
      ['hanging.test', never],
    ] as const) {
      const failure = await get(`http://${address}:${port}/?token=hidden`, own).catch((error: Error) => error);
      expect(failure).toMatchObject({ code: 'INPUT_UNREADABLE' });
      expect((failure as Error).message).not.toMatch(/hidden|test/);
    }
  });
});

describe('the service', () => {
  const workspace = openWorkspace({
    db: temporaryFolder(),
    cache: undefined,
    cwd: ROOT,
    home: temporaryFolder(),
    hub: { endpoint: '', offline: true },
  } as never);
  const post = async (app: ReturnType<typeof createApp>, path: string, body: unknown) => {
    const response = await app.request(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    return { status: response.status, body: await response.json() };
  };
  const closed = createService(workspace);
  const opened = createService(workspace, { fetchRules: rules });
  afterAll(async () => {
    await Promise.all([closed.close(), opened.close()]);
    await workspace.close();
  });
  const routes = (image: string) =>
    [
      ['/v1/classify', { images: [image], labels: ['cat', 'rocket'] }],
      ['/v1/embeddings', { input: image, modality: 'image' }],
      ['/v2/embed', { images: [image] }],
      ['/hf/zero-shot-image-classification', { inputs: { image }, parameters: { candidate_labels: ['cat', 'rocket'] } }],
    ] as const;

  test('fetches nothing unless it is told to', async () => {
    for (const [path, body] of routes(`http://photos.test:${port}/photo.jpg`))
      expect(await post(createApp(closed), path, body)).toMatchObject({ status: 400, body: { code: 'URL_REFUSED' } });
  });

  test('answers for an address as for the bytes, where it may fetch', async () => {
    const [byAddress, byBytes] = [routes(`http://photos.test:${port}/photo.jpg`), routes(photo.toString('base64'))];
    for (const [i, [path, body]] of byAddress.entries()) {
      const answer = await post(createApp(opened), path, body);
      const expected = await post(createApp(closed), path, byBytes[i]?.[1]);
      expect(answer.status).toBe(200);
      expect({ ...(answer.body as object), id: 0 }).toEqual({ ...(expected.body as object), id: 0 });
    }
  });

  test('turns a request away whose fetched images would fill the memory of all requests', async () => {
    const small = createService(workspace, { fetchRules: rules, maxBodyBytes: 1024 });
    const images = Array(16).fill(`http://photos.test:${port}/photo.jpg`);
    const answer = await post(createApp(small), '/v1/embeddings', { input: images, modality: 'image' });
    expect(answer).toMatchObject({ status: 503, body: { code: 'QUEUE_FULL' } });
    expect(small.memory.held).toBe(0);
    await small.close();
  });

  test('refuses the whole request for a refused address, and one image for an address that fails', async () => {
    const app = createApp(opened);
    const ask = (image: string) => post(app, '/v1/classify', { images: [image, photo.toString('base64')], labels: ['cat', 'rocket'] });
    expect(await ask(`http://secret.test:${port}/`)).toMatchObject({ status: 400, body: { code: 'URL_REFUSED' } });
    expect(await ask(`http://photos.test:${port}/missing`)).toMatchObject({
      status: 200,
      body: { results: [{ error: { code: 'INPUT_UNREADABLE' } }, { predictions: [{ label: 'rocket' }, {}] }] },
    });
  });
});
