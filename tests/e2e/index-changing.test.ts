import { expect, test } from 'vitest';
import { openDatabase } from '../../dist/store/database.js';
import { verifyImages } from '../../dist/store/verify-images.js';
import { spawnCli } from '../fixtures/cli.js';
import { disturbFolder } from '../fixtures/disturb-folder.js';
import { contentOf } from '../fixtures/index-content.js';
import { largestDifference, temporaryFolder } from '../fixtures/parity.js';
import { fillFolder, type IndexSummaryJson, index, tiny } from '../fixtures/photo-folder.js';

/** A run of the program while the folder changes under it. */
async function indexDisturbed(folder: string, db: string, seed: number) {
  let isOver = false;
  let changes: Promise<number> | undefined;
  const result = await spawnCli(['index', folder, '--json', ...tiny(db)], {
    meanwhile(child) {
      child.on('close', () => {
        isOver = true;
      });
      changes = disturbFolder(folder, seed, () => isOver);
    },
  });
  expect(await changes, 'changes while it ran').toBeGreaterThan(50);
  expect([0, 3], result.stderr).toContain(result.code);
  const [summary] = JSON.parse(result.stdout) as [IndexSummaryJson];
  for (const { path, error } of summary.failed) expect(error.code, path).toMatch(/^IMAGE_/); // what went meanwhile is no failure
}

test.each([1, 2, 3])('files that are edited, renamed, deleted and added during a run are right after the next (seed %i)', async (seed) => {
  const [folder, db, fresh] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
  fillFolder(folder, 0, 400);
  await indexDisturbed(folder, db, seed);
  expect((await verifyImages(openDatabase(db))).faults).toEqual([]);
  await indexDisturbed(folder, db, seed + 1000);
  expect((await verifyImages(openDatabase(db))).faults).toEqual([]);
  const last = await index(db, folder);
  expect(last.encoded + last.known + last.removed).toBeGreaterThan(0);
  expect((await verifyImages(openDatabase(db))).faults).toEqual([]);
  await index(fresh, folder);
  const [rows, expected] = [(await contentOf(db)).rows, (await contentOf(fresh)).rows];
  const known = ({ embedding, ...row }: (typeof rows)[number]) => row;
  expect(rows.map(known)).toEqual(expected.map(known));
  for (const [i, row] of rows.entries()) {
    const embedding = expected[i]?.embedding ?? [];
    expect(row.embedding).toHaveLength(embedding.length);
    if (embedding.length > 0) expect(largestDifference(row.embedding, embedding), row.path).toBeLessThan(1e-6);
  }
});
