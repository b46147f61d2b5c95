import { once } from 'node:events';
import { renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { watchFolders } from '../../dist/ingest/watch-folders.js';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { verifyImages } from '../../dist/store/verify-images.js';
import { spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { fillFolder, putFile, tiny, tinyPng } from '../fixtures/photo-folder.js';

test('changes that never pause, as during a long copy, are taken meanwhile', async () => {
  const folder = temporaryFolder();
  const stop = new AbortController();
  let [updates, written] = [0, 0];
  let copying: NodeJS.Timeout | undefined;
  const copyOn = (): void => putFile(join(folder, `${++written}.png`), tinyPng(written));
  await watchFolders([folder], {
    signal: stop.signal,
    async onChange() {
      updates++;
      copying ??= setInterval(copyOn, 50);
      if (updates === 3) stop.abort();
    },
  }).finally(() => clearInterval(copying));
  expect(written).toBeGreaterThan(20);
});

async function pathsIn(db: string, folder: string): Promise<string[]> {
  const index = await openImageIndex(openDatabase(db));
  const rows = await index.files();
  index.close();
  return rows.map(({ path, content_hash }) => `${path.slice(folder.length + 1)} ${content_hash?.slice(0, 6)}`).sort();
}

test('--watch follows new files, edits, renames and deletions until it is stopped', async () => {
  const [folder, db] = [temporaryFolder(), temporaryFolder()];
  fillFolder(folder, 0, 4);
  const result = await spawnCli(['index', folder, '--watch', ...tiny(db)], {
    meanwhile(child) {
      let text = '';
      const until = async (pattern: RegExp): Promise<void> => {
        while (!pattern.test(text)) text += String((await once(child.stdout, 'data'))[0]);
        text = '';
      };
      const change = async (): Promise<void> => {
        await until(/4 files: 4 encoded/);
        putFile(join(folder, 'new', 'a.png'), tinyPng('new'));
        await until(/5 files: 1 encoded/);
        putFile(join(folder, '0', '1.png'), tinyPng('edited'), new Date(Date.now() - 3600_000));
        await until(/1 encoded/);
        renameSync(join(folder, '0'), join(folder, 'moved'));
        await until(/4 known by their content, .* 4 removed/);
        unlinkSync(join(folder, 'moved', '2.png'));
        await until(/1 removed/);
      };
      void change().finally(() => child.kill('SIGINT'));
    },
  });
  expect(result.stderr).toContain('watching ');
  const paths = await pathsIn(db, folder);
  expect(paths.map((line) => line.split(' ')[0])).toEqual(['moved/0.png', 'moved/1.png', 'moved/3.png', 'new/a.png']);
  expect((await verifyImages(openDatabase(db))).faults).toEqual([]);
}, 90_000);

test('--watch goes on while a folder is missing, says so once, and reads it when it returns', async () => {
  const [root, db] = [temporaryFolder(), temporaryFolder()];
  const [a, usb] = [join(root, 'A'), join(root, 'USB')];
  fillFolder(a, 0, 2);
  fillFolder(usb, 10, 12);
  const { code } = await spawnCli(['index', a, usb, ...tiny(db)]);
  expect(code).toBe(0);
  renameSync(usb, `${usb}-away`);
  const result = await spawnCli(['index', '--watch', ...tiny(db)], {
    meanwhile(child) {
      let text = '';
      const take = (part: string): void => {
        text += part;
      };
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => take(String(part)));
      const until = async (pattern: RegExp): Promise<void> => {
        while (!pattern.test(text)) await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
        text = '';
      };
      const change = async (): Promise<void> => {
        await until(/USB: INPUT_NOT_FOUND: There is no folder .*USB\.[\s\S]*2 files: .* 1 folder missing[\s\S]*watching 2 folders/);
        putFile(join(a, 'new.png'), tinyPng('new'));
        await until(/3 files: 1 encoded/);
        renameSync(`${usb}-away`, usb);
        await until(/USB is there again\./);
        putFile(join(usb, 'more.png'), tinyPng('more'));
        await until(/6 files: 1 encoded/);
        renameSync(usb, `${usb}-away`);
        await until(/There is no folder .*USB\. The watch continues/);
        putFile(join(a, 'last.png'), tinyPng('last'));
        await until(/4 files: 1 encoded/);
      };
      void change().finally(() => child.kill('SIGINT'));
    },
  });
  expect(result.stderr.match(/There is no folder/g)).toHaveLength(1);
  expect(await pathsIn(db, root)).toHaveLength(7);
}, 90_000);
