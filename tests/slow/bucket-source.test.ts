import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CopyObjectCommand, DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, rowsOf, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, SIGLIP_TINY } from '../fixtures/paths.js';
import { fillFolder, type IndexSummaryJson, tinyPng } from '../fixtures/photo-folder.js';
import { findS3Programs, type S3Program } from '../fixtures/s3-programs.js';
import { type S3Server, startS3Server } from '../fixtures/s3-server.js';
import { startServe, stopServe } from '../fixtures/serve.js';

for (const program of findS3Programs())
  describe.skipIf(program === undefined)(`pictures in a bucket (${program?.name})`, () => {
    let server: S3Server;
    let client: S3Client;
    const db = temporaryFolder();
    beforeAll(async () => {
      server = await startS3Server(program as S3Program);
      await server.makeBucket('photos');
      ({ client } = server);
      for (let i = 0; i < 40; i++) await put(`2024/${Math.floor(i / 20)}/${i}.png`, tinyPng(i));
      for (const odd of [
        '2024/ä é+ &?#%25.png',
        '2024/notes.txt',
        '2024/layers.psb',
        '2024/.hidden/a.png',
        '2024/@eaDir/a.png',
        'other/1.png',
      ])
        await put(odd, odd.endsWith('.txt') ? Buffer.from('text') : tinyPng(odd));
      await put('2024/bad.png', Buffer.from('bad'));
    });
    afterAll(() => server.kill());

    const put = (Key: string, Body: Uint8Array) => client.send(new PutObjectCommand({ Bucket: 'photos', Key, Body }));
    const run = (...args: string[]): Promise<CliResult> =>
      spawnCli([...args, '--db', db], { env: { ...process.env, ...server.env, NO_COLOR: '1' } });
    const index = async (...args: string[]): Promise<IndexSummaryJson> =>
      rowsOf<IndexSummaryJson>(await run('index', ...args, '--json'))[0] as IndexSummaryJson;
    const paths = async (): Promise<string[]> => rowsOf<{ path: string }>(await run('export', '--json')).map(({ path }) => path);

    test('are indexed under their addresses, by the rules of folders', async () => {
      const { code, stdout } = await run('index', 's3://photos/2024/', '--model', CLIP_TINY, '--json');
      expect(code).toBe(3);
      expect(JSON.parse(stdout)[0]).toMatchObject({
        found: 42,
        encoded: 41,
        failed: [{ path: 's3://photos/2024/bad.png', error: { code: 'IMAGE_UNSUPPORTED' } }],
        leftOut: expect.arrayContaining([expect.objectContaining({ reason: 'unreadable', examples: ['s3://photos/2024/layers.psb'] })]),
      });
      expect(await paths()).toContain('s3://photos/2024/ä é+ &?#%25.png');
      expect(await index()).toMatchObject({ found: 42, encoded: 0 }); // objects that changed just now are read once more
    });

    test('that were changed, moved and deleted are followed', async () => {
      await put('2024/0/1.png', tinyPng('changed'));
      await client.send(new CopyObjectCommand({ Bucket: 'photos', Key: '2024/moved.png', CopySource: 'photos/2024/0/2.png' }));
      for (const Key of ['2024/0/2.png', '2024/0/3.png']) await client.send(new DeleteObjectCommand({ Bucket: 'photos', Key }));
      expect(await index()).toMatchObject({ found: 41, encoded: 1, removed: 2 });
      const after = await paths();
      expect(after).toContain('s3://photos/2024/moved.png');
      expect(after).not.toContain('s3://photos/2024/0/2.png');
    });

    test('are found by word, by address and below a prefix', async () => {
      expect((await run('search', 'a cat')).stdout).toContain('s3://photos/2024/');
      const found = rowsOf<{ path: string }>(await run('search', 'a cat', '--in', 's3://photos/2024/1', '--json', '--top-k', '99'));
      expect(found.length).toBe(20);
      const [first] = rowsOf<{ path: string; similarity: number }>(await run('search', '--like', 's3://photos/2024/1/30.png', '--json'));
      expect(first?.path).toMatch(/^s3:/);
      expect((await run('tags', 'add', 'mine', 's3://photos/2024/1/30.png')).code).toBe(0);
      expect((await run('index', 'status')).stdout).toContain('s3://photos/2024');
    });

    test('are shown on pages and by the service', async () => {
      const page = join(temporaryFolder(), 'page.html');
      const pictures = (): number => readFileSync(page, 'utf8').match(/src="data:image\/webp/g)?.length ?? 0;
      expect((await run('search', 'a cat', '--top-k', '5', '--html', page)).code).toBe(0);
      expect(pictures()).toBe(5);
      expect(readFileSync(page, 'utf8')).not.toContain('no longer exists');
      expect((await run('discover', '--groups', '3', '--html', page)).code).toBe(0);
      expect(pictures()).toBe((await paths()).length);
      const service = await startServe(['--db', db], { ...process.env, ...server.env, LABELWISE_HOME: temporaryFolder() });
      const { images } = await fetch(`${service.address}/v1/images?topK=1`).then(
        (response) => response.json() as Promise<{ images: { id: string }[] }>,
      );
      const thumbnail = await fetch(`${service.address}/v1/images/${images[0]?.id}/thumbnail`);
      expect([thumbnail.status, thumbnail.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
      await stopServe(service);
    });

    test('have the keywords, ratings and dates of their sidecars, which are followed as those of folders', async () => {
      const xmp = (rating: number, keyword: string): Buffer =>
        Buffer.from(
          `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmp:Rating="${rating}" xmp:CreateDate="2019-05-06T07:08:09"><dc:subject><rdf:Bag><rdf:li>${keyword}</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>`,
        );
      const found = async (...filter: string[]): Promise<string[]> =>
        rowsOf<{ path: string }>(await run('search', ...filter, '--json')).map(({ path }) => path);
      const [whole, short] = ['s3://photos/2024/1/21.png', 's3://photos/2024/1/22.png'];
      await expect.poll(async () => (await index()).known).toBe(0); // objects that changed just now are read once more
      await put('2024/1/21.png.xmp', xmp(5, 'holiday'));
      await put('2024/1/22.xmp', xmp(3, 'holiday'));
      expect(await index()).toMatchObject({ found: 41, encoded: 0, known: 2 });
      expect(await found('keyword:holiday')).toEqual(expect.arrayContaining([whole, short]));
      expect(await found('--min-rating', '5')).toEqual([whole]);
      expect(await found('--before', '2019-06-01')).toEqual(expect.arrayContaining([whole, short]));
      await put('2024/1/21.png.xmp', xmp(1, 'work'));
      await client.send(new DeleteObjectCommand({ Bucket: 'photos', Key: '2024/1/22.xmp' }));
      expect((await index()).known).toBeGreaterThanOrEqual(2);
      expect(await found('keyword:work')).toEqual([whole]);
      expect(await found('keyword:holiday')).toEqual([]);
      await expect.poll(index).toMatchObject({ unchanged: 41, known: 0 });
    });

    test('get no sidecars, which is said before any is written', async () => {
      const { code, stderr } = await run('export', '--xmp');
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining('Sidecars are written beside files, and s3://photos/2024 is in a bucket'),
      ]);
      expect(rowsOf(await run('export', '--json', '--in', 's3://photos/2024/1')).length).toBe(20);
      expect((await run('export', '--xmp', '--remove', '--in', 's3://photos/2024')).stderr).toContain('is in a bucket');
    });

    test('stand beside those of folders, and migrate to another model with them', async () => {
      const folder = temporaryFolder();
      fillFolder(folder, 100, 110);
      expect(await index(folder)).toMatchObject({ found: 10, encoded: 10, removed: 0 });
      expect((await run('index', 'migrate', '--model', SIGLIP_TINY)).code).toBe(0);
      expect((await paths()).length).toBe(50);
      expect(rowsOf(await run('search', 'keyword:work', '--json'))).toMatchObject([{ path: 's3://photos/2024/1/21.png' }]); // its sidecar was read again
      expect((await run('index', 'verify')).code).toBe(0);
    });

    test('stay in the index while the store cannot be reached or the bucket looks empty', async () => {
      const before = (await paths()).length;
      await server.kill();
      const { code, stderr } = await run('index', 's3://photos/2024');
      expect(code).not.toBe(0);
      expect(stderr).toContain('the store cannot be reached');
      await server.start();
      expect((await run('index', 's3://photos/2025')).stderr).toContain('There are no objects below s3://photos/2025');
      expect((await run('index', 's3://fotos/2024')).stderr).toContain('there is no such bucket');
      expect((await paths()).length).toBe(before);
      expect((await run('index', '--forget', 's3://photos/2024')).code).toBe(0);
      expect((await paths()).every((path) => !path.startsWith('s3:'))).toBe(true);
      expect((await paths()).length).toBe(10);
    });

    test('are refused from stores that are not S3, and at odd addresses', async () => {
      expect((await run('index', 'gs://photos/2024')).stderr).toContain('Pictures are read from s3:// alone');
      expect((await run('index', 's3://photos//2024')).stderr).toContain('without empty parts');
      expect((await run('index', 's3://photos/2024', '--watch')).stderr).toContain('a bucket does not say when it changes');
      expect((await run('index', join('s3:', 'photos'))).stderr).toContain('There is no folder');
    });
  });
