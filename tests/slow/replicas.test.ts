import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, rowsOf, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, SIGLIP_TINY } from '../fixtures/paths.js';
import { fillFolder, tinyPng } from '../fixtures/photo-folder.js';
import { findVersitygw, type S3Program } from '../fixtures/s3-programs.js';
import { type S3Server, startS3Server } from '../fixtures/s3-server.js';
import { type ServeProcess, startServe, stopServe } from '../fixtures/serve.js';

const versitygw = findVersitygw();

describe.skipIf(versitygw === undefined)('replicas of an index in an object store', () => {
  let store: S3Server;
  const replicas: ServeProcess[] = [];
  const photos = temporaryFolder();
  const db = ['--db', 's3://library/db'];
  const env = (home?: string) => ({ ...process.env, ...store.env, NO_COLOR: '1', ...(home === undefined ? {} : { LABELWISE_HOME: home }) });
  const home = temporaryFolder();
  const run = (...args: string[]): Promise<CliResult> => spawnCli([...args, ...db], { env: env(home) });
  const begin = async (...args: string[]): Promise<ServeProcess> => {
    const server = await startServe([...args, ...db], env(temporaryFolder())); // another machine: nothing that one keeps is another's
    replicas.push(server);
    return server;
  };
  beforeAll(async () => {
    store = await startS3Server(versitygw as S3Program);
    await store.makeBucket('library');
    fillFolder(photos, 0, 60);
    expect((await run('index', photos, '--model', CLIP_TINY)).code).toBe(0);
    for (let i = 0; i < 2; i++) await begin();
  });
  afterAll(async () => {
    await Promise.all(replicas.map(stopServe));
    await store.kill();
  });

  const ask = async ({ address }: ServeProcess): Promise<{ status: number; ids: string[] }> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${address}/v1/search`, { method: 'POST', headers, body: JSON.stringify({ query: 'a cat', topK: 500 }) });
    const { images = [] } = (await response.json()) as { images?: { id: string }[] };
    return { status: response.status, ids: images.map(({ id }) => id) };
  };

  test('refuse images that clients send, because another replica would not see them', async () => {
    for (const { address } of replicas) {
      const form = new FormData();
      form.append('image', new File([new Uint8Array(tinyPng('sent'))], 'sent.png'));
      const response = await fetch(`${address}/v1/images`, { method: 'POST', body: form });
      const text = await response.text();
      expect([response.ok, text]).toEqual([false, expect.stringContaining('this one is in an object store')]);
    }
    for (const replica of replicas) expect((await ask(replica)).ids.length).toBe(60);
  });

  test('answer every request while the index changes, and each answer after a change has it', async () => {
    let isOver = false;
    let answered = 0;
    let longestMs = 0;
    const refused: number[] = [];
    const asking = replicas.map(async (replica) => {
      while (!isOver) {
        const startedAt = performance.now();
        const { status } = await ask(replica);
        longestMs = Math.max(longestMs, performance.now() - startedAt);
        answered++;
        if (status !== 200) refused.push(status);
      }
    });
    const expectEverywhere = async (count: number): Promise<void> => {
      for (const replica of replicas) expect((await ask(replica)).ids.length).toBe(count);
    };
    try {
      for (const count of [80, 100]) {
        fillFolder(photos, count - 20, count);
        expect((await run('index')).code).toBe(0);
        await expectEverywhere(count);
      }
      rmSync(join(photos, '0', '1.png'));
      expect((await run('index')).code).toBe(0);
      await expectEverywhere(99);
      expect((await run('index', 'optimize')).code).toBe(0);
      await expectEverywhere(99);
      expect((await run('index', 'migrate', '--model', SIGLIP_TINY)).code).toBe(0);
      await expectEverywhere(99);
    } finally {
      isOver = true;
      await Promise.all(asking);
    }
    expect(refused).toEqual([]);
    console.log(`${answered} answers, the slowest after ${longestMs.toFixed(0)} ms`);
  });

  test('a canary serves the table of a new model before the swap, and the others the one in use', async () => {
    const found = async (...flags: string[]): Promise<string[]> =>
      rowsOf<{ contentHash: string }>(await run('search', 'a cat', '--json', '--top-k', '500', ...flags)).map(
        ({ contentHash }) => contentHash,
      );
    const before = await found();
    expect((await run('index', 'migrate', '--model', CLIP_TINY, '--prepare')).code).toBe(0);
    const canary = await begin('--next');
    const next = await found('--next');
    expect(next).not.toEqual(before);
    expect((await ask(canary)).ids).toEqual(next);
    for (const replica of replicas.slice(0, 2)) expect((await ask(replica)).ids).toEqual(before);
    expect((await run('index', 'migrate', '--model', CLIP_TINY)).stderr).toContain('0 encoded');
    for (const replica of replicas) expect((await ask(replica)).ids).toEqual(next);
  });
});
