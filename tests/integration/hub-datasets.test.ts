import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { type OpenDatasetOptions, openDataset } from 'labelwise/datasets';
import { beforeEach, expect, test } from 'vitest';
import { cli } from '../fixtures/cli.js';
import { useHub } from '../fixtures/hub-case.js';
import { COMMIT } from '../fixtures/hub-server.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { writeParquet } from '../fixtures/parquet.js';

const hub = useHub();
const SHARDS = ['data/test-00000-of-00002.parquet', 'data/test-00001-of-00002.parquet', 'data/train-00000-of-00001.parquet'] as const;
const NAMES = ['apple', 'bear', 'cup'];
const IMAGE_BYTES = 300_000; // a shard is then large enough to lie behind the hub's redirect

/** Bytes that do not compress; the first is the number. */
const picture = (n: number): Uint8Array =>
  Uint8Array.from({ length: IMAGE_BYTES }, (_, i) => (i === 0 ? n : Math.imul(i * i + n, 2654435761) >>> 24));

function shard(path: string, rows: number, first: number): Buffer {
  const file = join(temporaryFolder(), path.replaceAll('/', '-'));
  const numbers = Array.from({ length: rows }, (_, i) => first + i);
  writeParquet(file, { images: numbers.map((n) => picture(n)), labels: numbers.map((n) => n % 3), names: NAMES });
  return readFileSync(file);
}

const FILES = new Map<string, Buffer>([
  [
    'README.md',
    Buffer.from(
      '---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n  - split: test\n    path: data/test-*\n---\n',
    ),
  ],
  [SHARDS[0], shard(SHARDS[0], 4, 0)],
  [SHARDS[1], shard(SHARDS[1], 3, 4)],
  [SHARDS[2], shard(SHARDS[2], 5, 50)],
  ['notes.txt', Buffer.from('not needed')],
]);

beforeEach(() => hub.server.addRepo('datasets/maker/things', FILES));
const open = (options: OpenDatasetOptions = {}) => openDataset('maker/things', options);
const fetched = (): string[] =>
  hub.server.requests.filter(({ sentBytes }) => sentBytes > 0).map(({ path }) => path.split(`${COMMIT}/`)[1] as string);

async function firstBytes(options: OpenDatasetOptions = {}): Promise<number[]> {
  const dataset = await open(options);
  const bytes: number[] = [];
  for await (const example of dataset.examples()) {
    if ('error' in example) throw example.error;
    bytes.push((example.image as Uint8Array)[0] as number);
  }
  return bytes;
}

test('only the README and the files of the split are fetched, into the cache layout of Python', async () => {
  expect(await firstBytes()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(fetched()).toEqual(['README.md', SHARDS[0], SHARDS[1]]);
  const repo = join(hub.cache, 'datasets--maker--things');
  expect(readFileSync(join(repo, 'refs/main'), 'utf8')).toBe(COMMIT);
  const link = join(repo, 'snapshots', COMMIT, SHARDS[0]);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readlinkSync(link)).toMatch(/^\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
  expect(await open()).toMatchObject({ name: 'maker/things', split: 'test', revision: COMMIT, size: 7, labelNames: NAMES });
});

test('a second run asks the hub for nothing, another split only for its own files', async () => {
  const { fingerprint } = await open();
  const before = hub.server.requests.length;
  process.env.HF_HUB_OFFLINE = '1';
  expect((await open()).fingerprint).toBe(fingerprint);
  expect(hub.server.requests.length).toBe(before);
  delete process.env.HF_HUB_OFFLINE;
  expect(await firstBytes({ split: 'train' })).toEqual([50, 51, 52, 53, 54]);
  expect(fetched().slice(3)).toEqual([SHARDS[2]]);
});

test('offline, what is not whole in the cache is said, and a wrong split is named with those that there are', async () => {
  process.env.HF_HUB_OFFLINE = '1';
  await expect(open()).rejects.toMatchObject({ code: 'HUB_OFFLINE', message: expect.stringContaining('maker/things@main') });
  delete process.env.HF_HUB_OFFLINE;
  await open();
  process.env.HF_HUB_OFFLINE = '1';
  await expect(open({ split: 'train' })).rejects.toMatchObject({ code: 'HUB_OFFLINE' });
  await expect(open({ split: 'dev' })).rejects.toMatchObject({ code: 'DATASET_INVALID', message: expect.stringContaining('train, test') });
});

test('a download that Python made, without a note of ours, is used', async () => {
  await open();
  rmSync(join(process.env.LABELWISE_HOME as string, 'hub'), { recursive: true });
  process.env.HF_HUB_OFFLINE = '1';
  expect(await firstBytes()).toHaveLength(7);
  rmSync(join(hub.cache, 'datasets--maker--things/snapshots', COMMIT, SHARDS[1]));
  await expect(open()).rejects.toMatchObject({ code: 'HUB_OFFLINE' });
});

test('a cut connection is taken up where it broke', async () => {
  let cuts = 0;
  hub.server.fault = ({ host, path }) => (host === 'cdn' && path.endsWith(SHARDS[0]) && cuts++ < 2 ? { cutAfter: 500_000 } : undefined);
  expect(await firstBytes()).toHaveLength(7);
  const ranges = hub.server.requests.filter(({ host, path }) => host === 'cdn' && path.endsWith(SHARDS[0])).map(({ range }) => range);
  expect(ranges).toHaveLength(3);
  for (const range of ranges.slice(1)) expect(Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1])).toBeGreaterThan(0);
});

test('other content than the hub promises is refused, and nothing of it is kept', async () => {
  hub.server.fault = ({ host, path }) =>
    host === 'cdn' && path.endsWith(SHARDS[0]) ? { body: Buffer.from(FILES.get(SHARDS[0]) as Buffer).fill(7, 100, 200) } : undefined;
  await expect(open()).rejects.toMatchObject({ code: 'HUB_HASH_MISMATCH' });
  hub.server.fault = () => undefined;
  expect(await firstBytes()).toHaveLength(7);
});

test('a refreshed data set checks what is cached, and mends it', async () => {
  await open();
  truncateSync(join(hub.cache, 'datasets--maker--things/snapshots', COMMIT, SHARDS[1]), 500_000);
  await expect(open()).rejects.toMatchObject({ code: 'DATASET_DAMAGED', message: expect.stringContaining('test-00001-of-00002.parquet') });
  await open({ refresh: true });
  expect(await firstBytes()).toHaveLength(7);
});

test('a revision picks a branch, after @ or as an option', async () => {
  const other = 'beef'.padEnd(40, '1');
  hub.server.addRepo('datasets/maker/things', FILES, { main: COMMIT, 'refs/convert/parquet': other });
  expect((await openDataset('maker/things@refs/convert/parquet')).revision).toBe(other);
  expect((await open({ revision: 'refs/convert/parquet' })).revision).toBe(other);
});

test('a repository that is not there, or has no Parquet, says so', async () => {
  await expect(openDataset('maker/none')).rejects.toMatchObject({ code: 'HUB_NOT_FOUND', message: expect.stringContaining('maker/none') });
  hub.server.addRepo('datasets/maker/csv', new Map([['data.csv', Buffer.from('a,b')]]));
  await expect(openDataset('maker/csv')).rejects.toMatchObject({
    code: 'DATASET_NOT_FOUND',
    hint: expect.stringContaining('refs/convert/parquet'),
  });
});

test('a model and a data set of one name lie apart', async () => {
  hub.server.addRepo('maker/things', new Map([['config.json', Buffer.from('{}')]]));
  await open();
  expect(readdirSync(hub.cache)).toEqual(['datasets--maker--things']);
});

test('the command line shows a data set of the hub', async () => {
  const { code, stdout, stderr } = await cli(['datasets', 'show', 'maker/things', '--rows', '1']);
  expect(stderr).not.toContain('error');
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining(`revision     ${COMMIT}\nsplit        test (there is train, test)\nsize         7 examples\n`),
  ]);
  const wrong = await cli(['datasets', 'show', 'maker/things', '--split', 'dev']);
  expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining('maker/things has no split "dev". There is train, test.')]);
});
