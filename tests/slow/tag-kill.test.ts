import { beforeAll, expect, test } from 'vitest';
import { cli, rowsOf, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { fillFolder } from '../fixtures/photo-folder.js';

const PHOTOS = 1500;
const db = ['--db', temporaryFolder()];
const tag = (labels: string): string[] => ['tag', '--labels', labels, '--name', 'things', '--min-probability', '0.1', ...db];
const OLD = 'cat, dog, teapot';
const NEW = 'tabby cat, golden retriever, teapot, rocket';

/** A clean collection: every command that reads it works, and all tags are of one run. */
async function stateOf(): Promise<{ labels: string; exported: string }> {
  const [set] = rowsOf<{ labels: number; images: number }>(await cli(['tags', 'list', '--json', ...db]));
  const { code, stdout } = await cli(['export', '--csv', ...db]);
  expect([code, set?.images]).toEqual([0, PHOTOS]);
  expect((await cli(['index', 'verify', ...db])).code).toBe(0);
  return { labels: set?.labels === 3 ? OLD : NEW, exported: stdout };
}

const reference = new Map<string, string>();
let durationMs = 0;
beforeAll(async () => {
  const folder = temporaryFolder();
  fillFolder(folder, 0, PHOTOS);
  expect((await cli(['index', folder, '--model', CLIP_TINY, ...db])).code).toBe(0);
  for (const labels of [NEW, OLD]) {
    const startedAt = performance.now();
    expect((await spawnCli(tag(labels))).code).toBe(0);
    durationMs = performance.now() - startedAt;
    reference.set(labels, (await stateOf()).exported);
  }
  expect(reference.get(OLD)?.split('\n').length).toBeGreaterThan(PHOTOS);
});

test('kill -9 of tag at any moment leaves the tags of one whole run, and the next run ends as an unbroken one', async () => {
  const outcomes: (number | null)[] = [];
  for (const [i, share] of [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1].entries()) {
    const labels = i % 2 === 0 ? NEW : OLD;
    const { code } = await spawnCli(tag(labels), { meanwhile: (child) => setTimeout(() => child.kill('SIGKILL'), share * durationMs) });
    outcomes.push(code);
    const { labels: found, exported } = await stateOf();
    expect(exported).toBe(reference.get(found));
    if (code === 0) expect(found).toBe(labels);
  }
  expect(outcomes.filter((code) => code === null).length).toBeGreaterThan(0);
  expect((await cli(tag(NEW))).code).toBe(0);
  expect((await stateOf()).exported).toBe(reference.get(NEW));
});
