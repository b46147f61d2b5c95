import { renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, rowsOf } from '../fixtures/cli.js';
import { contentOf } from '../fixtures/index-content.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { SIGLIP_TINY } from '../fixtures/paths.js';
import { fillFolder, index, putFile, tinyPng } from '../fixtures/photo-folder.js';

/** A regular file that opens and gives EIO when it is read: the memory of the process at address 0. */
const FAILING = '/proc/self/mem';

describe.skipIf(process.platform !== 'linux')('a disk that fails for a while', () => {
  test('is said, neither replaces a good row nor makes a bad one, and is tried again by the next run', async () => {
    const [folder, db, fresh] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    fillFolder(folder, 0, 3);
    await index(db, folder);
    const before = await contentOf(db);
    const [good, added] = [join(folder, '0', '1.png'), join(folder, '0', 'new.png')];
    renameSync(good, `${good}.away`);
    for (const path of [good, added]) symlinkSync(FAILING, path);
    const failed = await index(db);
    expect(failed).toMatchObject({ code: 3, unchanged: 2, encoded: 0, removed: 0, stillFailed: 0 });
    expect(failed.failed.map(({ path, error }) => [path, error.code])).toEqual([
      [good, 'INPUT_UNREADABLE'],
      [added, 'INPUT_UNREADABLE'],
    ]);
    expect(failed.failed[0]?.error.message).toContain('EIO');
    expect(failed.stderr).toContain('The next run tries them again');
    expect(await contentOf(db)).toEqual(before);
    expect(rowsOf(await cli(['index', 'status', '--failed', '--json', '--db', db]))).toEqual([]);
    expect((await index(db)).failed).toHaveLength(2);
    for (const path of [good, added]) unlinkSync(path);
    renameSync(`${good}.away`, good);
    putFile(added, tinyPng('new'));
    expect(await index(db)).toMatchObject({ code: 0, encoded: 1, failed: [] });
    await index(fresh, folder);
    expect(await contentOf(db)).toEqual(await contentOf(fresh));
  });

  test('stops a migration, which goes on when it is over', async () => {
    const [folder, db] = [temporaryFolder(), temporaryFolder()];
    fillFolder(folder, 0, 3);
    await index(db, folder);
    const before = await contentOf(db);
    const path = join(folder, '0', '1.png');
    renameSync(path, `${path}.away`);
    symlinkSync(FAILING, path);
    const migrate = () => cli(['index', 'migrate', '--allow-missing', '--db', db, '--model', SIGLIP_TINY]);
    const stopped = await migrate();
    expect([stopped.code, stopped.stderr]).toEqual([3, expect.stringMatching(/1 indexed file could not be read just now[\s\S]*resumes/)]);
    expect(await contentOf(db)).toEqual(before);
    rmSync(path);
    renameSync(`${path}.away`, path);
    expect(await migrate()).toMatchObject({ code: 0, stderr: expect.stringContaining('1 encoded, 2 from an earlier run') });
    expect((await contentOf(db)).rows).toHaveLength(3);
  });
});
