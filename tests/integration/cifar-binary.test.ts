import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openDataset } from 'labelwise/datasets';
import { DEFAULT_IMAGE_LIMITS, decodeImage } from 'labelwise/encoders';
import { expect, test } from 'vitest';
import { packTarGz, writeCifar10, writeCifar100 } from '../fixtures/cifar.js';
import { allExamples, goodExamples } from '../fixtures/examples.js';
import { temporaryFolder } from '../fixtures/parity.js';

const colourOf = async (bytes: unknown): Promise<number[]> => {
  const { data, width, height } = await decodeImage(bytes as Uint8Array, DEFAULT_IMAGE_LIMITS);
  expect([width, height]).toEqual([32, 32]);
  return [...data.subarray(0, 3), ...data.subarray(-3)];
};

test.each(['folder', 'archive'])("CIFAR-10's binary version is read from its %s, pixel for pixel", async (kind) => {
  const root = writeCifar10(temporaryFolder(), 7);
  const source = kind === 'folder' ? root : packTarGz(root);
  const dataset = await openDataset(source);
  expect(dataset).toMatchObject({ split: 'test', size: 7, isMultiLabel: false, facts: { splits: ['train', 'test'] } });
  expect(dataset.labelNames).toHaveLength(10);
  const examples = await goodExamples(dataset);
  expect(examples.map(({ id, labels }) => [id, labels[0]])).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => [`test/${i}`, (5 + i) % 10]));
  expect(await colourOf(examples[6]?.image)).toEqual([6, 12, 18, 6, 12, 18]);
  expect(await goodExamples(dataset, 5)).toEqual(examples.slice(5));
});

test('the five files of the training split follow on each other, from any place', async () => {
  const dataset = await openDataset(packTarGz(writeCifar10(temporaryFolder(), 3)), { split: 'train' });
  const examples = await goodExamples(dataset);
  expect(examples.map(({ labels }) => labels[0])).toEqual([0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 6]);
  expect(await goodExamples(dataset, 8)).toEqual(examples.slice(8));
});

test("CIFAR-100's two labels are two columns", async () => {
  const root = writeCifar100(
    temporaryFolder(),
    ['apple', 'bear', 'cup'],
    ['fruit', 'things'],
    [
      [0, 0],
      [1, 2],
    ],
  );
  expect((await goodExamples(await openDataset(root))).map(({ labels }) => labels)).toEqual([[0], [2]]);
  const coarse = await openDataset(root, { labelColumn: 'coarse_label' });
  expect(coarse.labelNames).toEqual(['fruit', 'things']);
  expect((await goodExamples(coarse)).map(({ labels }) => labels)).toEqual([[0], [1]]);
  await expect(openDataset(root, { labelColumn: 'label' })).rejects.toMatchObject({
    code: 'DATASET_INVALID',
    message: expect.stringContaining('coarse_label, fine_label'),
  });
});

test('a label out of range is a bad row, and the rest goes on', async () => {
  const root = writeCifar100(
    temporaryFolder(),
    ['apple', 'bear'],
    ['fruit'],
    [
      [0, 1],
      [0, 2],
      [0, 0],
    ],
  );
  const [, bad, last] = await allExamples(await openDataset(root));
  expect(bad).toMatchObject({
    id: 'test/1',
    error: { code: 'EXAMPLE_INVALID', message: expect.stringContaining('test/1 has the label 2') },
  });
  expect(last).toMatchObject({ labels: [0] });
});

test('files that are cut short or empty are said', async () => {
  const root = writeCifar10(temporaryFolder(), 2);
  const archive = packTarGz(root);
  truncateSync(join(root, 'test_batch.bin'), 5000);
  await expect(openDataset(root)).rejects.toMatchObject({ code: 'DATASET_DAMAGED', message: expect.stringContaining('test_batch.bin') });
  writeFileSync(join(root, 'test_batch.bin'), '');
  await expect(openDataset(root)).rejects.toMatchObject({ code: 'DATASET_INVALID', message: expect.stringContaining('0 rows') });
  const whole = readFileSync(archive);
  writeFileSync(archive, whole.subarray(0, whole.length / 2));
  await expect(openDataset(archive)).rejects.toMatchObject({ code: 'DATASET_DAMAGED' });
  writeFileSync(archive, 'no gzip at all');
  await expect(openDataset(archive)).rejects.toMatchObject({ code: 'DATASET_DAMAGED' });
  const tar = `${root}.tar`;
  writeFileSync(tar, gunzipSync(whole).fill('x', 100, 101)); // in the first header
  await expect(openDataset(tar)).rejects.toMatchObject({ code: 'DATASET_DAMAGED', message: expect.stringContaining('checksum') });
});

test('another state of the files has another fingerprint', async () => {
  const root = writeCifar10(temporaryFolder(), 2);
  const before = await openDataset(root);
  appendFileSync(join(root, 'test_batch.bin'), Buffer.alloc(3073));
  const after = await openDataset(root);
  expect(after.size).toBe(3);
  expect(after.fingerprint).not.toBe(before.fingerprint);
});
