import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readIndexFile } from '../../dist/store/current-images.js';
import { openDatabase } from '../../dist/store/database.js';
import { verifyImages } from '../../dist/store/verify-images.js';
import { cli, spawnCli } from '../fixtures/cli.js';
import { contentOf } from '../fixtures/index-content.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, SIGLIP_TINY } from '../fixtures/paths.js';
import { fillFolder, putFile, tinyPng } from '../fixtures/photo-folder.js';

/** Runs a command and kills it after so many milliseconds of its life, be it done or not. */
const runAndKill = (args: readonly string[], afterMs: number) =>
  spawnCli(args, {
    env: { ...process.env, NO_COLOR: '1' },
    meanwhile: (child) => setTimeout(() => child.kill('SIGKILL'), afterMs),
  });

/** Runs a command to its end; the lock of the killed process is free at once. */
async function finish(args: readonly string[]): Promise<void> {
  const { code, stderr } = await spawnCli(args);
  if (code !== 0 && code !== 3) throw new Error(stderr);
}

describe('kill -9', () => {
  const folder = temporaryFolder();
  const unbroken = temporaryFolder();
  let durationMs: number;
  let expected: Awaited<ReturnType<typeof contentOf>>;
  beforeAll(async () => {
    fillFolder(folder, 0, 300);
    putFile(join(folder, 'bad.png'), Buffer.from('bad'));
    putFile(join(folder, 'copy.png'), tinyPng(7));
    const startedAt = performance.now();
    const { code } = await spawnCli(['index', folder, '--db', unbroken, '--model', CLIP_TINY]);
    durationMs = performance.now() - startedAt;
    expect(code).toBe(3);
    expected = await contentOf(unbroken);
  });

  test.each([0.4, 0.6, 0.8])(
    'at %f of the time of indexing loses nothing that was committed, and the next run ends as an unbroken one',
    async (share) => {
      const db = temporaryFolder();
      const args = ['index', folder, '--db', db, '--model', CLIP_TINY];
      await runAndKill(args, share * durationMs);
      const begun = await contentOf(db);
      expect(begun.rows.length).toBeLessThanOrEqual(expected.rows.length);
      if (begun.rows.length > 0) expect((await verifyImages(openDatabase(db))).faults).toEqual([]);
      await finish(args);
      expect((await verifyImages(openDatabase(db))).faults).toEqual([]);
      expect(await contentOf(db)).toEqual(expected);
    },
  );

  test('during a migration leaves the index in use as it was, and the next run goes on', async () => {
    const db = temporaryFolder();
    await cli(['index', folder, '--db', db, '--model', CLIP_TINY]);
    const migrate = ['index', 'migrate', '--db', db, '--model', SIGLIP_TINY];
    await runAndKill(migrate, 0.7 * durationMs);
    const { table } = await readIndexFile(openDatabase(db));
    expect((await verifyImages(openDatabase(db))).faults).toEqual([]);
    if (table === 'images') expect(await contentOf(db)).toEqual(expected);
    await finish(migrate);
    const after = await contentOf(db);
    expect(after.fingerprint).not.toBe(expected.fingerprint);
    expect(after.rows.map(({ path, content_hash }) => [path, content_hash])).toEqual(
      expected.rows.map(({ path, content_hash }) => [path, content_hash]),
    );
    expect((await verifyImages(openDatabase(db))).faults).toEqual([]);
    const { code, stdout } = await cli(['index', 'prune', '--json', '--keep-minutes', '0', '--db', db]);
    expect([code, JSON.parse(stdout)]).toEqual([0, [expect.objectContaining({ tablesRemoved: ['images'] })]]);
    expect(await contentOf(db)).toEqual(after);
  });
});
