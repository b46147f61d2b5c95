import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IndexFoldersOptions, indexFolders } from '../../dist/ingest/index-folders.js';
import { type Encoder, loadEncoder } from '../../dist/library/encoders.js';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { verifyImages } from '../../dist/store/verify-images.js';
import { contentOf } from '../fixtures/index-content.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { fillFolder, putFile, tinyPng } from '../fixtures/photo-folder.js';

let encoder: Encoder;
beforeAll(async () => {
  encoder = await loadEncoder({ model: CLIP_TINY });
});
afterAll(() => encoder.close());

/** One run in this process, so that the test can say at which picture something happens. */
async function run(db: string, root: string, options: Partial<IndexFoldersOptions>) {
  const opened = await openImageIndex(openDatabase(db));
  try {
    return await indexFolders([root], opened, { encoder, maxImageBytes: 1e9, ...options });
  } finally {
    opened.close();
  }
}

/** A place for pictures that is indexed with the folder that it lies in, or as that folder. */
interface Volume {
  readonly root: string;
  readonly place: string;
  lose(): void;
  bringBack(): void;
}

/** Indexes 60 pictures, edits them all and adds 90, loses the place in the midst of a run, and brings it back. */
async function expectNothingLost({ root, place, lose, bringBack }: Volume, when: 'onProgress' | 'onWalk'): Promise<void> {
  const [db, fresh] = [temporaryFolder(), temporaryFolder()];
  fillFolder(place, 0, 60);
  await run(db, root, {});
  const before = (await contentOf(db)).rows;
  fillFolder(place, 60, 150);
  for (let i = 0; i < 60; i++) putFile(join(place, '0', `${i}.png`), tinyPng(`edited ${i}`));
  const at = when === 'onProgress' ? 20 : before.length - 60 + 20; // unchanged pictures are walked, and not read
  const broken: unknown = await run(db, root, { [when]: (done: number) => void (done === at && lose()) }).catch((error: unknown) => error);
  expect(broken).toMatchObject({ code: 'INPUT_NOT_FOUND', hint: expect.stringContaining('resumes from there') });
  expect((broken as Error).message).toMatch(/while it was read; .* nothing was removed/);
  expect((broken as Error).message).toContain(`The folder ${place} `);
  expect((await verifyImages(openDatabase(db))).faults).toEqual([]);
  const kept = (await contentOf(db)).rows;
  expect(kept.map(({ path }) => path)).toEqual(expect.arrayContaining(before.map(({ path }) => path)));
  const known = new Set(before.map((row) => row.content_hash));
  expect(kept.filter((row) => !known.has(row.content_hash)).length).toBeGreaterThanOrEqual(when === 'onProgress' ? 20 : 0);

  bringBack();
  await run(db, root, {});
  await run(fresh, root, {});
  expect(await contentOf(db)).toEqual(await contentOf(fresh));
  expect((await verifyImages(openDatabase(db))).faults).toEqual([]);
}

describe.each(['onProgress', 'onWalk'] as const)('a folder that is lost in the midst of a run (%s)', (when) => {
  test('by being renamed costs no row', async () => {
    const root = join(temporaryFolder(), 'photos');
    const move = (from: string, to: string) => () => void execFileSync('mv', [from, to]);
    await expectNothingLost({ root, place: root, lose: move(root, `${root}-away`), bringBack: move(`${root}-away`, root) }, when);
  });

  test('by being exchanged for another, with pictures of the same names, costs no row', async () => {
    const root = join(temporaryFolder(), 'photos');
    const lose = (): void => {
      execFileSync('mv', [root, `${root}-away`]);
      fillFolder(root, 0, 30);
    };
    const bringBack = (): void => void execFileSync('sh', ['-c', 'rm -r "$0" && mv "$0-away" "$0"', root]);
    await expectNothingLost({ root, place: root, lose, bringBack }, when);
  });

  test.for([
    ['the folder itself', ''],
    ['a folder in it', 'usb'],
  ] as const)('as its volume (%s) is unmounted costs no row', async ([, name], { skip }) => {
    const [disk, root] = [temporaryFolder(), temporaryFolder()];
    const place = join(root, name);
    fillFolder(join(root, name === '' ? '' : 'a'), 500, name === '' ? 500 : 530);
    mkdirSync(place, { recursive: true });
    try {
      mount('-t', 'tmpfs', 'tmpfs', disk);
    } catch {
      skip('nothing can be mounted here');
    }
    const bind = (): void => mount('--bind', disk, place); // the pictures outlive the unmounting on the disk
    const lose = (): void => void execFileSync('umount', ['-l', place]);
    bind();
    try {
      await expectNothingLost({ root, place, lose, bringBack: bind }, when);
    } finally {
      for (const path of [place, disk]) spawnSync('umount', ['-l', path]); // a run that failed may have left one unmounted
    }
  });
});

function mount(...args: string[]): void {
  execFileSync('mount', args, { stdio: 'ignore' });
}
