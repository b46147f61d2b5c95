import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex, withIndexLock } from '../../dist/store/image-index.js';
import { verifyImages } from '../../dist/store/verify-images.js';
import { type CliResult, rowsOf, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, SIGLIP_TINY } from '../fixtures/paths.js';
import { fillFolder, putFile, tinyPng } from '../fixtures/photo-folder.js';
import { findS3Programs, findVersitygw, type S3Program } from '../fixtures/s3-programs.js';
import { type S3Server, startS3Server } from '../fixtures/s3-server.js';

/** An upsert puts rows in no certain order. */
const linesOf = (text: string): string[] => text.replaceAll(/^[[,]/gm, '').split('\n').sort();

for (const program of findS3Programs())
  describe.skipIf(program === undefined)(`a database in an object store (${program?.name})`, () => {
    let server: S3Server;
    let photos: string;
    beforeAll(async () => {
      server = await startS3Server(program as S3Program);
      await server.makeBucket('library');
      photos = temporaryFolder();
      fillFolder(photos, 0, 120);
      putFile(join(photos, 'bad.png'), Buffer.from('bad'));
      putFile(join(photos, 'copy.png'), tinyPng(7));
    });
    afterAll(() => server.kill());

    const homes = [temporaryFolder(), temporaryFolder()];
    const run = (args: readonly string[], home = homes[0]): Promise<CliResult> =>
      spawnCli(args, { env: { ...process.env, ...server.env, NO_COLOR: '1', LABELWISE_HOME: home } });
    const open = (path: string) =>
      openDatabase(path, '`db`', {
        storageOptions: {
          endpoint: server.endpoint,
          accessKeyId: server.env.AWS_ACCESS_KEY_ID,
          secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY,
        },
      });

    /** Everything that the verbs say of a database, less times, places and sizes. */
    async function walkThrough(db: string): Promise<unknown[]> {
      const said: unknown[] = [];
      const place = ['--db', db];
      const say = async (args: readonly string[]): Promise<CliResult> => {
        const result = await run([...args, ...place]);
        const text = result.stdout.replaceAll(db, 'DB').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|\d+\.\d s$/gm, 'TIME');
        said.push([args.join(' '), result.code, args[0] === 'export' ? linesOf(text) : text]);
        return result;
      };
      await say(['index', photos, '--model', CLIP_TINY, '--json']);
      await say(['index', photos, '--json']);
      await say(['search', 'a cat', '--json', '--top-k', '20']);
      await say(['search', '--image', join(photos, '0', '5.png'), '--json']);
      await say(['tag', '--labels', 'cat, dog, teapot', '--name', 'things', '--min-probability', '0.1', '--json']);
      await say(['tags', 'list', '--json']);
      await say(['tags', 'add', 'mine', join(photos, '0', '1.png')]);
      await say(['search', 'tag:mine', '--json']);
      await say(['tags', 'list', '--corrections', '--json']);
      await say(['duplicates', '--json']);
      await say(['export', '--json']);
      await say(['labels', 'build', 'pets', '--labels', 'cat, dog', '--model', CLIP_TINY]);
      await say(['labels', 'list', '--json']);
      await say(['teach', 'pets', '--add', `cat=${join(photos, '0', '1.png')}`, '--labels', 'cat, dog', '--model', CLIP_TINY]);
      await say(['index', 'verify', '--json']);
      await say(['index', 'optimize']);
      await say(['index', 'migrate', '--model', SIGLIP_TINY]);
      await say(['search', 'a cat', '--json', '--top-k', '20']);
      const pruned = await run(['index', 'prune', '--keep-minutes', '0', '--json', ...place]);
      said.push([pruned.code, rowsOf<{ tablesRemoved: string[] }>(pruned)[0]?.tablesRemoved]);
      const [status] = rowsOf<Record<string, unknown>>(await run(['index', 'status', '--json', ...place]));
      const { folder: _folder, bytes: _bytes, versions: _versions, ...facts } = status ?? {};
      said.push(facts);
      await say(['index', '--forget', photos]);
      await say(['search', 'a cat', '--json']);
      return said;
    }

    test('every verb says the same of an object store as of a folder', async () => {
      const inFolder = await walkThrough(temporaryFolder());
      const inStore = await walkThrough('s3://library/whole');
      expect(inStore).toEqual(inFolder);
      expect(inFolder.slice(0, 3).map((line) => (line as [string, number])[1])).toEqual([3, 0, 0]);
    });

    test('backup and restore refuse an object store by name', async () => {
      for (const verb of ['backup', 'restore']) {
        const { code, stderr } = await run(['index', verb, join(temporaryFolder(), 'x'), '--db', 's3://library/whole']);
        expect(code).not.toBe(0);
        expect(stderr).toContain('s3://library/whole');
      }
    });

    test('a second writer is refused while the first lives, and goes on at once when it was killed', async () => {
      const db = 's3://library/writers';
      let second: Promise<CliResult> | undefined;
      await withIndexLock(
        open(db),
        async () => {
          second = run(['index', photos, '--model', CLIP_TINY, '--db', db]);
          expect((await second).stderr).toContain('Another labelwise is writing the index in s3://library/writers');
        },
        { isNew: true },
      );
      for (const share of [0.3, 0.6, 0.9]) {
        const env = { ...process.env, ...server.env, LABELWISE_HOME: homes[0] };
        const startedAt = performance.now();
        await spawnCli(['index', photos, '--model', CLIP_TINY, '--db', `${db}-${share}`], { env });
        const whole = performance.now() - startedAt;
        const args = ['index', photos, '--model', CLIP_TINY, '--db', `${db}-killed-${share}`];
        await spawnCli(args, { env, meanwhile: (child) => setTimeout(() => child.kill('SIGKILL'), share * whole) });
        expect([0, 3]).toContain((await run(args)).code); // 3 unless the bad file is in the index already
        expect(await verifyImages(open(`${db}-killed-${share}`))).toMatchObject({ rows: 122, faults: [] });
      }
    });

    test('a writer that was suspended cannot commit once another took its lock over', async () => {
      const db = 's3://library/fenced';
      expect((await run(['index', photos, '--model', CLIP_TINY, '--db', db])).code).toBe(3);
      const before = await verifyImages(open(db));
      const encoder = { name: 'clip-tiny', fingerprint: '', dimension: 1 };
      const index = await openImageIndex(open(db));
      const [row] = (await index.imagesOf([(await index.files()).find((file) => file.content_hash !== null)?.content_hash ?? ''])).values();
      const { fenceTables } = await import('../../dist/store/fence-tables.js');
      const { isOfIndex } = await import('../../dist/store/table-names.js');
      const stale = await openImageIndex(open(db), {
        // it passes its check, and is suspended right after it
        lock: { signal: new AbortController().signal, isTakenOver: false, assertHeld: () => fenceTables(open(db), isOfIndex) },
      });
      const late = { ...(row as NonNullable<typeof row>), path: '/late.png' };
      await expect(stale.write([late], { ...encoder })).rejects.toMatchObject({ code: 'STORE_FAILED' });
      expect(await verifyImages(open(db))).toEqual(before);
    });

    test('another machine reads what this one committed, also without what this one keeps locally', async () => {
      const db = ['--db', 's3://library/large'];
      const many = temporaryFolder();
      fillFolder(many, 0, 5200); // enough for rounded embeddings, which lie in the home
      expect((await run(['index', many, '--model', CLIP_TINY, ...db])).code).toBe(0);
      const here = await run(['search', 'a cat', '--exact', '--json', ...db]);
      const there = await run(['search', 'a cat', '--exact', '--json', ...db], homes[1]);
      expect(there.stdout).toBe(here.stdout);
      rmSync(join(many, '0', '1.png'));
      putFile(join(many, '0', '2.png'), tinyPng('changed'));
      expect((await run(['index', many, ...db])).code).toBe(0);
      const changed = await run(['search', 'a cat', '--exact', '--json', '--top-k', '60', ...db]);
      expect((await run(['search', 'a cat', '--exact', '--json', '--top-k', '60', ...db], homes[1])).stdout).toBe(changed.stdout);
    });
  });

const versitygw = findVersitygw();

test.skipIf(versitygw === undefined)('a store that ignores If-None-Match is refused before anything is written', async () => {
  const server = await startS3Server(versitygw as S3Program, { isUnsafe: true });
  await server.makeBucket('library');
  const photos = temporaryFolder();
  fillFolder(photos, 0, 3);
  const { code, stderr } = await spawnCli(['index', photos, '--model', CLIP_TINY, '--db', 's3://library/db'], {
    env: { ...process.env, ...server.env, NO_COLOR: '1' },
  });
  await server.kill();
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/s3:\/\/library\/db does not keep conditional writes \(If-None-Match\): of 8 writers/);
});
