import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type CliResult, cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { fillFolder } from '../fixtures/photo-folder.js';

const folder = temporaryFolder();
const db = ['--db', temporaryFolder()];
const run = (...args: string[]): Promise<CliResult> => cli([...args, ...db], { cwd: folder });
const FLAGS = ['--labels', 'cat, dog', '--one-label', '--min-probability', '0.5'];

beforeAll(async () => {
  fillFolder(folder, 0, 12);
  expect((await run('index', folder, '--model', CLIP_TINY)).code).toBe(0);
});

test('tag --dry-run names what each label would tag, warns, and stores nothing', async () => {
  const { code, stdout, stderr } = await run('tag', ...FLAGS, '--name', 'pets', '--dry-run');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^(?:cat|dog) +\d+ {2}0\/\d+\.png \(\d+ %\)/);
  expect(stderr).toMatch(/warning: 12 of 12 images would get a tag\. Of 2 labels, one nearly always reaches/);
  expect(stderr).toMatch(/"pets" would be \d+ tags on 12 of 12 images, 2 labels, .*\. Nothing was stored\.\n$/);
  expect((await run('tags', 'list', '--json')).stdout).toBe('[]\n');
});

test('its counts are those of the tags that are then stored', async () => {
  const before = await run('tag', ...FLAGS, '--name', 'pets', '--dry-run');
  const counts = new Map(before.stdout.split('\n').map((line) => [line.split(/ +/)[0], Number(line.split(/ +/)[1])]));
  await run('tag', ...FLAGS, '--name', 'pets');
  const rows = JSON.parse((await run('export', '--json')).stdout) as { tags: { label: string }[] }[];
  for (const label of ['cat', 'dog']) {
    const images = rows.filter(({ tags }) => tags.some((tag) => tag.label === label)).length;
    expect(counts.get(label) ?? 0).toBe(images);
  }
});

test('--html writes a page with the surest pictures of each label', async () => {
  const { stderr } = await run('tag', ...FLAGS, '--name', 'pets', '--dry-run', '--html', 'tags.html');
  expect(stderr).toContain('page: tags.html');
  const page = readFileSync(join(folder, 'tags.html'), 'utf8');
  expect(page).toContain('What would be tagged: pets');
  expect(page.match(/<img /g)?.length).toBeGreaterThan(3);
});

test('labels without a name of their own need --name', async () => {
  const { code, stderr } = await run('tag', '--labels', 'cat, dog');
  expect([code, stderr]).toEqual([2, expect.stringContaining('Expected --name with these labels')]);
});
