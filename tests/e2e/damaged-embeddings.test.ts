import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { verifyImages } from '../../dist/store/verify-images.js';
import { cli, rowsOf } from '../fixtures/cli.js';
import { contentOf } from '../fixtures/index-content.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { index, putFile, tiny, tinyPng } from '../fixtures/photo-folder.js';

const DAMAGES: ((embedding: Float32Array) => Float32Array)[] = [
  (embedding) => embedding.fill(Number.NaN),
  (embedding) => embedding.fill(0),
  (embedding) => embedding.map((value) => 3 * value),
  (embedding) => embedding.map((value, i) => (i === 0 ? Number.POSITIVE_INFINITY : value)),
];

describe('an index with damaged embeddings', () => {
  let folder: string;
  let db: string;
  const run = (...args: string[]) => cli([...args, '--db', db]);
  const pathOf = (i: number): string => join(folder, `${i}.png`);
  const WARNING = /^warning: Some rows of the index have damaged embeddings and are left out; "labelwise index verify --repair"/;
  beforeEach(async () => {
    [folder, db] = [temporaryFolder(), temporaryFolder()];
    for (let i = 0; i < 8; i++) putFile(pathOf(i), tinyPng(i));
    putFile(join(folder, 'copy of 0.png'), tinyPng(0));
    await index(db, folder);
    const opened = await openImageIndex(openDatabase(db));
    const files = await opened.files();
    const images = await opened.imagesOf(files.flatMap((file) => file.content_hash ?? []));
    const spoiled = DAMAGES.map((damage, i) => {
      const file = files.find(({ path }) => path === pathOf(i)) as (typeof files)[number]; // an image may be that of its copy, of another stamp
      const { embedding } = images.get(file.content_hash ?? '') as { embedding: Float32Array };
      return { ...file, embedding: damage(Float32Array.from(embedding)) };
    });
    await opened.write(spoiled, { name: CLIP_TINY, fingerprint: opened.facts?.encoder.fingerprint ?? '' });
    opened.close();
  });

  test('search leaves them out, at whatever length, and finds a sound copy of the same picture', async () => {
    for (const count of ['3', '100']) {
      const result = await run('search', '--like', pathOf(5), '-k', count, '--json');
      const found = rowsOf<{ path: string; similarity: number }>(result);
      expect(found[0]).toMatchObject({ path: pathOf(5) });
      expect(found.every(({ similarity }) => similarity <= 1.001 && similarity >= -1.001)).toBe(true);
      if (count === '3') continue;
      expect(result.stderr).toMatch(WARNING);
      expect(found.map(({ path }) => path).sort()).toEqual([4, 5, 6, 7].map(pathOf).concat(join(folder, 'copy of 0.png')));
    }
    expect((await run('search', '--like', pathOf(2), '--json')).stderr).toMatch(
      /^error: The embedding of .*2\.png in the index is damaged\./,
    );
  });

  test('tag, duplicates and --relevant leave them out and say so once', async () => {
    const tagged = await run('tag', '--labels', 'cat,dog,rocket', '--name', 'things', '--min-probability', '0', '--model', CLIP_TINY);
    expect(tagged.stderr).toMatch(WARNING);
    expect(tagged.stderr).toMatch(/ on 5 of 5 images/);
    const alike = await run('duplicates', '--min-similarity', '-1', '--json');
    expect(alike.stderr.match(/warning/g)).toHaveLength(1);
    const [group] = rowsOf<{ images: { path: string; similarity: number | null }[] }>(alike);
    expect(group?.images.map(({ path }) => path).sort()).toEqual([4, 5, 6, 7].map(pathOf).concat(join(folder, 'copy of 0.png')));
    expect(group?.images.every(({ similarity }) => typeof similarity === 'number')).toBe(true);
    expect(await run('search', 'a cat', '--relevant', '--model', CLIP_TINY)).toMatchObject({ code: 0 });
  });

  test('verify --repair embeds their files again, in one command; of a file that is gone the row leaves', async () => {
    rmSync(pathOf(3));
    const { code, stderr } = await run('index', 'verify', '--repair');
    expect([code, stderr]).toEqual([0, 'embedded 3 files again, and removed 1 missing file from the index\n']);
    const healed = await contentOf(db);
    const fresh = temporaryFolder();
    await index(fresh, folder);
    expect(healed.rows.map(({ path }) => path)).toEqual((await contentOf(fresh)).rows.map(({ path }) => path));
    expect((await verifyImages(openDatabase(db))).faults).toEqual([]);
    expect(await index(db, ...tiny(db).slice(2))).toMatchObject({ encoded: 0, removed: 0 });
  });

  test('a new file of the same bytes is embedded, not copied from a damaged row', async () => {
    putFile(join(folder, 'again.png'), tinyPng(2));
    expect(await index(db)).toMatchObject({ encoded: 1, known: 0 });
  });
});
