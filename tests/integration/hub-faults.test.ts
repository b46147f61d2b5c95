import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openManifest } from 'labelwise/encoders';
import { expect, onTestFinished, test } from 'vitest';
import { TINY, useHub } from '../fixtures/hub-case.js';
import type { SeenRequest } from '../fixtures/hub-server.js';

const hub = useHub();
const WEIGHTS = 'model.safetensors';
const load = (signal?: AbortSignal) => openManifest({ model: 'maker/tiny', signal });
const isWeights = ({ path, host }: SeenRequest): boolean => host === 'cdn' && path.endsWith(WEIGHTS);
const blobs = (): string[] =>
  existsSync(join(hub.cache, 'models--maker--tiny/blobs')) ? readdirSync(join(hub.cache, 'models--maker--tiny/blobs')) : [];

test('offline and not cached, it says what to run', async () => {
  process.env.HF_HUB_OFFLINE = '1';
  await expect(load()).rejects.toMatchObject({ code: 'HUB_OFFLINE', hint: expect.stringContaining('models pull maker/tiny') });
  expect(hub.server.requests).toEqual([]);
});

test('the token goes to the hub and not to the host that it redirects to', async () => {
  hub.server.token = 'secret';
  await expect(load()).rejects.toMatchObject({ code: 'HUB_UNAUTHORIZED', hint: expect.stringContaining('HF_TOKEN') });
  process.env.HF_TOKEN = 'secret';
  await load();
  const redirected = hub.server.requests.filter(({ host }) => host === 'cdn');
  expect(redirected.length).toBeGreaterThan(0);
  expect(redirected.every(({ authorization }) => authorization === undefined)).toBe(true);
});

test('a repository or a revision that is not there is named', async () => {
  await expect(openManifest({ model: 'maker/none' })).rejects.toMatchObject({
    code: 'HUB_NOT_FOUND',
    message: expect.stringContaining('maker/none@main'),
  });
  await expect(openManifest({ model: 'maker/tiny@v9' })).rejects.toMatchObject({
    code: 'HUB_NOT_FOUND',
    message: expect.stringContaining('maker/tiny@v9'),
  });
});

test('429 is waited for as long as Retry-After says, and given up when it does not end', async () => {
  let refusals = 0;
  hub.server.fault = () => (refusals++ < 2 ? { status: 429, headers: { 'retry-after': '0' } } : undefined);
  await load();
  hub.server.fault = () => ({ status: 429, headers: { 'retry-after': '0' } });
  await expect(openManifest({ model: 'maker/tiny', refresh: true })).rejects.toMatchObject({ code: 'HUB_RATE_LIMITED' });
  hub.server.fault = () => ({ status: 429, headers: { 'retry-after': '86400' } });
  await expect(openManifest({ model: 'maker/tiny', refresh: true })).rejects.toMatchObject({ code: 'HUB_RATE_LIMITED' });
});

test('5xx is tried again', async () => {
  let failures = 0;
  hub.server.fault = () => (failures++ < 1 ? { status: 503 } : undefined);
  await load();
});

test('a cut connection is taken up where it broke', async () => {
  let cuts = 0;
  hub.server.fault = (request) => (isWeights(request) && cuts++ < 2 ? { cutAfter: 500_000 } : undefined);
  await load();
  const ranges = hub.server.requests.filter(isWeights).map(({ range }) => range);
  expect(ranges[0]).toBeUndefined();
  for (const range of ranges.slice(1)) expect(Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1])).toBeGreaterThan(0);
  expect(ranges.length).toBe(3);
  expect(hub.server.requests.filter(isWeights).at(-1)?.sentBytes).toBeLessThan((TINY.get(WEIGHTS) as Buffer).length);
});

test('a run that is stopped midway counts for nothing whole, and the next one goes on from there', async () => {
  const stop = new AbortController();
  let before = -1;
  const stopped = openManifest({
    model: 'maker/tiny',
    signal: stop.signal,
    onDownload: ({ path, doneBytes }) => {
      if (path !== WEIGHTS) return;
      if (before < 0) before = doneBytes;
      else if (doneBytes > before) stop.abort(); // some of it is on disk
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  expect(blobs().some((name) => name.endsWith('.incomplete'))).toBe(true);
  process.env.HF_HUB_OFFLINE = '1';
  await expect(load()).rejects.toMatchObject({ code: 'HUB_OFFLINE' });
  delete process.env.HF_HUB_OFFLINE;
  const seen = hub.server.requests.length;
  await load();
  expect(hub.server.requests.slice(seen).find(isWeights)?.range).toMatch(/^bytes=[1-9]\d*-$/);
});

test('content with another hash is refused and not kept', async () => {
  hub.server.fault = (request) => (isWeights(request) ? { body: Buffer.alloc((TINY.get(WEIGHTS) as Buffer).length, 7) } : undefined);
  await expect(load()).rejects.toMatchObject({ code: 'HUB_HASH_MISMATCH', message: expect.stringContaining(WEIGHTS) });
  expect(blobs().filter((name) => name.endsWith('.incomplete'))).toEqual([]);
  hub.server.fault = () => undefined;
  await load();
});

test('a hub that cannot be reached is named, and so is the model that needs none', async () => {
  process.env.HF_ENDPOINT = 'http://127.0.0.1:9';
  await expect(load()).rejects.toMatchObject({
    code: 'HUB_UNREACHABLE',
    message: expect.stringContaining('127.0.0.1:9'),
    hint: expect.stringContaining('pocket'),
  });
});

test('a full disk is said, what came is kept, and room mends it', async ({ skip }) => {
  const small = join(dirname(hub.cache), 'small');
  mkdirSync(small);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', small]).status === 0;
  skip(!mounted, 'skipped: a small disk can be mounted by root on Linux alone');
  onTestFinished(() => void spawnSync('umount', [small]));
  process.env.HF_HUB_CACHE = small;
  await expect(load()).rejects.toMatchObject({ code: 'DISK_FULL', hint: expect.stringContaining('HF_HOME') });
  spawnSync('mount', ['-o', 'remount,size=50m', small]);
  await load();
});
