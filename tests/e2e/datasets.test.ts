import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomIndex } from 'labelwise/datasets';
import { expect, test } from 'vitest';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { writeParquet } from '../fixtures/parquet.js';
import { ASTRONAUT, CAT, ROCKET } from '../fixtures/pictures.js';

const root = temporaryFolder();
for (const [label, path] of [
  ['cat', CAT],
  ['astronaut', ASTRONAUT],
  ['rocket', ROCKET],
] as const) {
  mkdirSync(join(root, 'photos', label), { recursive: true });
  copyFileSync(path, join(root, 'photos', label, path.slice(path.lastIndexOf('/') + 1)));
}
mkdirSync(join(root, 'things'));
const images = [readFileSync(CAT), null, readFileSync(ROCKET)];
writeParquet(join(root, 'things/test.parquet'), { images, labels: [1, 0, 2], names: ['astronaut', 'cat', 'rocket'] });
const run = (...args: string[]) => cli(['datasets', ...args], { cwd: root });

test('show prints the layout, the labels and the first rows, a bad one with what is wrong with it', async () => {
  const { code, stdout, stderr } = await run('show', 'things');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^data set {5}things, Parquet, 1 file, \d+\.\d kB\nsplit {8}test\nsize {9}3 examples\ncolumns {6}image \(image bytes\), label \(integer\)\n/,
  );
  expect(stdout).toContain('labels       3: astronaut, cat, rocket\n');
  expect(stdout).toMatch(/test\/0 +cat +\d+\.\d kB\ntest\/1 +Row test\/1 has no image bytes in the column "image"\.\ntest\/2 +rocket/);
  expect(stderr).toContain('datasets pick things --random');
});

test('show --json holds all labels, the facts and as many rows as were asked for', async () => {
  const { code, stdout } = await run('show', 'photos', '--rows', '1', '--json', '--labels', 'zebra, rocket, cat, astronaut');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    name: 'photos',
    fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    labelNames: ['zebra', 'rocket', 'cat', 'astronaut'],
    isMultiLabel: false,
    size: 3,
    kind: 'image folder',
    configs: [],
    splits: [],
    columns: [],
    files: 3,
    bytes: expect.any(Number),
    rows: [
      { id: 'astronaut/astronaut-progressive.jpg', labels: ['astronaut'], image: join(root, 'photos/astronaut/astronaut-progressive.jpg') },
    ],
  });
});

test('pick gives the example at a place, and the same one for the same seed; --save writes its bytes', async () => {
  const { stdout, stderr } = await run('pick', 'things', '--index', '2', '--save', 'saved.jpg');
  expect(stdout).toMatch(/^test\/2 {2}rocket {2}\d+ x \d+ pixels, \d+ bytes\n$/);
  expect(stderr).toContain('saved: saved.jpg');
  expect(readFileSync(join(root, 'saved.jpg'))).toEqual(readFileSync(ROCKET));
  for (const seed of [1, 2, 3]) {
    const [first, second] = [
      await run('pick', 'photos', '--random', '--seed', `${seed}`, '--json'),
      await run('pick', 'photos', '--seed', `${seed}`, '--json'),
    ];
    expect(JSON.parse(first.stdout)).toMatchObject({ index: randomIndex(3, seed) });
    expect(second.stdout).toBe(first.stdout);
  }
  expect((await run('pick', 'photos', '--random')).stderr).toMatch(/^picked with seed (\d+); --seed \1 picks it again\n$/);
});

test('pick --show draws the picture where the terminal shows colours, and says so where it does not', async () => {
  const colours = { COLORTERM: 'truecolor', FORCE_COLOR: '1', NO_COLOR: undefined };
  const shown = await cli(['datasets', 'pick', 'photos', '--show'], { cwd: root, isTTY: true, env: colours });
  const [line = ''] = shown.stdout.split('\n');
  expect(line.match(/▀/g)).toHaveLength(56);
  expect(line).toContain('\u001b[38;2;');
  const plain = await cli(['datasets', 'pick', 'photos', '--show'], { cwd: root, env: { ...colours, FORCE_COLOR: undefined } });
  expect(plain.stdout).not.toContain('▀');
  expect(plain.stderr).toContain('--save FILE');
});

test.each([
  [['show', 'things', '--split', 'train'], 3, 'things has no split "train". There is test.'],
  [['show', 'things', '--label-column', 'x'], 3, 'Its columns are image (image bytes), label (integer).'],
  [
    ['show', 'things', '--labels', 'cat, dog'],
    3,
    '2 of the 3 labels of things (column label) are not among the 2 labels given: astronaut, rocket.',
  ],
  [['show', 'nothing'], 3, 'There is no data set nothing.'],
  [['show', 'owner/nothing'], 4, 'There is no file or folder owner/nothing here either.'],
  [['show', ''], 2, 'empty argument'],
  [['show', 'things', '--rows', 'all'], 2, 'Expected --rows to be a whole number from 0, got "all".'],
  [['pick', 'things', '--index', '3'], 2, 'Expected --index to be less than 3'],
  [['pick', 'things', '--index', '1', '--random'], 2, 'Expected one of --index and --random'],
  [['pick', 'things', '--index', '1'], 3, 'Row test/1 has no image bytes'],
  [['pick', 'photos', '--save', 'photos'], 3, 'cannot be written'],
])('datasets %j ends with %i and says why', async (args, code, message) => {
  const result = await run(...args);
  expect([result.code, result.stdout]).toEqual([code, '']);
  expect(result.stderr).toContain(message);
});

test('random places are spread over all of a data set', () => {
  const counts = new Array<number>(10).fill(0);
  for (let seed = 0; seed < 10_000; seed++) counts[randomIndex(10, seed)] = (counts[randomIndex(10, seed)] ?? 0) + 1;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150); // five standard deviations
});
