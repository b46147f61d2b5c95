import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { normalize } from '../../dist/core/index.js';
import { loadEncoder } from '../../dist/index.js';
import { cli, rowsOf, spawnCli } from '../fixtures/cli.js';
import { writeImageTable } from '../fixtures/collection.js';
import { temporaryFolder } from '../fixtures/parity.js';

const ROWS = 4000;
let db: string[];
const tag = (labels: string): string[] => ['tag', '--labels', labels, '--name', 'things', '--min-probability', '0.3', ...db];
const OLD = 'cat, dog, teapot';
const NEW = 'tabby cat, golden retriever, teapot, rocket';

/** A clean collection: every command that reads it works, and all tags are of one run. */
async function stateOf(): Promise<{ labels: string; exported: string }> {
  const [set] = rowsOf<{ labels: number; images: number }>(await cli(['tags', 'list', '--json', ...db]));
  const { code, stdout } = await cli(['export', '--csv', ...db]);
  expect([code, set?.images]).toEqual([0, ROWS]);
  return { labels: set?.labels === 3 ? OLD : NEW, exported: stdout };
}

const reference = new Map<string, string>();
beforeAll(async () => {
  const folder = temporaryFolder();
  db = ['--db', join(folder, 'db')];
  const { info } = await loadEncoder();
  let state = 5;
  const next = (): number => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 31 - 1;
  };
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const embedding = normalize(Float32Array.from({ length: 1512 }, next));
    return { content_hash: `hash ${i}`, path: `/photos/${i}.jpg`, width: 1, height: 1, embedding };
  });
  await writeImageTable(join(folder, 'db'), rows, info);
  for (const labels of [NEW, OLD]) {
    expect((await cli(tag(labels))).code).toBe(0);
    reference.set(labels, (await stateOf()).exported);
  }
});

test('kill -9 of tag at any moment leaves the tags of one whole run, and the next run ends as an unbroken one', async () => {
  const outcomes: (number | null)[] = [];
  for (const [i, delayMs] of [50, 200, 350, 500, 650, 800, 950, 1100].entries()) {
    const labels = i % 2 === 0 ? NEW : OLD;
    const { code } = await spawnCli(tag(labels), { meanwhile: (child) => setTimeout(() => child.kill('SIGKILL'), delayMs) });
    outcomes.push(code);
    const { labels: found, exported } = await stateOf();
    expect(exported).toBe(reference.get(found));
    if (code === 0) expect(found).toBe(labels);
  }
  expect(outcomes.filter((code) => code === null).length).toBeGreaterThan(0);
  expect((await cli(tag(NEW))).code).toBe(0);
  expect((await stateOf()).exported).toBe(reference.get(NEW));
});
