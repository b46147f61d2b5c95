import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClassifier } from 'labelwise';
import { expect, test } from 'vitest';
import { classify, cli, rowsOf } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { DATA, hasData, ROOT } from '../fixtures/paths.js';

const PETS = ['--labels', 'cat, dog, red panda'];
const photo = (name: string): string => `${ROOT}demo/photos/${name}.jpg`;
interface Row {
  path: string;
  predictions: { label: string; probability: number }[];
  none?: { probability: number; isNone: boolean };
}
const ask = async (images: string[], ...flags: string[]) => rowsOf<Row>(await cli(['classify', ...images, ...PETS, '--json', ...flags]));

test('a temple is none of cat, dog and red panda; a cat is a cat', async () => {
  const [temple, cat] = (await ask([photo('temple'), photo('cat')], '--none')) as [Row, Row];
  expect(temple.none?.isNone).toBe(true);
  expect(cat.none?.isNone).toBe(false);
  expect(cat.predictions[0]?.label).toBe('cat');
  for (const { predictions, none } of [temple, cat])
    expect(predictions.reduce((sum, { probability }) => sum + probability, none?.probability as number)).toBeCloseTo(1, 5);
}, 120_000);

test.skipIf(!hasData('imagenet-sample'))('a tench is none of cat, dog and red panda (skipped without LABELWISE_DATA)', async () => {
  const [tench] = await ask([`${DATA}/imagenet-sample/images/n01440764_tench.JPEG`], '--none');
  expect(tench?.none?.isNone).toBe(true);
});

test.skipIf(!hasData('imagenet-sample'))(
  'a Labrador shows a dog, though its breed is a background word (skipped without LABELWISE_DATA)',
  async () => {
    const [labrador] = await ask([`${DATA}/imagenet-sample/images/n02099712_Labrador_retriever.JPEG`], '--none');
    expect(labrador?.none?.isNone).toBe(false);
    expect(labrador?.predictions[0]?.label).toBe('dog');
  },
);

test('people see "none of these" first where it is the answer, and CSV has a row for it', async () => {
  const table = (await cli(['classify', photo('temple'), ...PETS, '--none'])).stdout.split('\n');
  expect(table[2]).toContain('none of these');
  const csv = (await cli(['classify', photo('temple'), ...PETS, '--none', '--csv'])).stdout.trim().split('\n');
  expect(csv.at(-1)).toMatch(/temple\.jpg,,none of these,,,,0\.\d+/);
});

test('without --none nothing says none, and one label is refused', async () => {
  expect((await classify([photo('temple')], ...PETS))[0]).not.toHaveProperty('none');
  expect((await cli(['classify', photo('cat'), '--labels', 'cat'])).code).not.toBe(0);
  expect((await cli(['classify', photo('cat'), '--labels', 'cat', '--none'])).code).toBe(0);
});

test('--none-rate decides, and needs --none; --none and --multi-label exclude each other', async () => {
  const [certain] = await ask([photo('temple')], '--none', '--none-rate', '1');
  expect(certain?.none?.isNone).toBe(false);
  for (const flags of [
    ['--none-rate', '0.2'],
    ['--none', '--multi-label'],
    ['--none', '--none-rate', '2'],
  ])
    expect((await cli(['classify', photo('cat'), ...PETS, ...flags])).code, flags.join(' ')).toBe(2);
});

test('the library answers none too', async () => {
  await using classifier = await createClassifier({ labels: ['cat', 'dog', 'red panda'], none: true });
  const [temple, cat] = await classifier.classify([photo('temple'), photo('cat')]);
  expect([temple?.none?.isNone, cat?.none?.isNone]).toEqual([true, false]);
  const [plain] = await classifier.classify(photo('temple'), { none: false });
  expect(plain).not.toHaveProperty('none');
}, 60_000);

test('a tree is answered at the level that is likely, and near-synonyms are pointed out', async () => {
  const file = join(temporaryFolder(), 'tree.json');
  const labels = ['animal', { label: 'dog', parent: 'animal' }, { label: 'cat', parent: 'animal' }, 'car', 'automobile'];
  writeFileSync(file, JSON.stringify({ labels }));
  const result = await cli(['classify', photo('cat'), '--labels-file', file, '--none', '--json']);
  const [row] = rowsOf<Row & { levels: string[] }>(result);
  expect(row?.levels).toEqual(['animal', 'cat']);
  const of = (name: string) => row?.predictions.find(({ label }) => label === name)?.probability as number;
  expect(of('animal')).toBeGreaterThanOrEqual(of('cat'));
  expect(result.stderr).toContain('"car" and "automobile" mean nearly the same to pocket');
});
