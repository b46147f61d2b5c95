import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLabelSet, loadLabelSet } from 'labelwise';
import { type Example, openDataset } from 'labelwise/datasets';
import { expect, test } from 'vitest';
import { goodExamples } from '../fixtures/examples.js';
import { useHub } from '../fixtures/hub-case.js';
import { readFolder } from '../fixtures/hub-server.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { DATA, hasData } from '../fixtures/paths.js';

const hub = useHub();
const MINI = `${DATA}/cifar100-mini`;
const namesOf = async (set: string): Promise<string[]> => (await loadLabelSet(set)).labels.map(({ name }) => name);
const bytesOf = (example: Example): string => Buffer.from(example.image as Uint8Array).toString('base64');

test.skipIf(!hasData('cifar100-mini'))(
  'CIFAR-100 comes the same from Parquet, from an image folder and through the hub: 74 examples, labels and bytes (skipped without LABELWISE_DATA)',
  async () => {
    const parquet = await openDataset(MINI, { split: 'test', labelColumn: 'fine_label' });
    const examples = await goodExamples(parquet);
    expect(parquet.size).toBe(74);
    expect(examples.map(({ id }) => id)).toEqual(examples.map((_, i) => `test/${i}`));
    expect(parquet.labelNames).toEqual(await namesOf('cifar100'));

    hub.server.addRepo('datasets/uoft-cs/cifar100', readFolder(MINI));
    const fromHub = await openDataset('uoft-cs/cifar100', { split: 'test', labelColumn: 'fine_label' });
    expect(await goodExamples(fromHub)).toEqual(examples);
    expect([fromHub.size, fromHub.labelNames]).toEqual([74, parquet.labelNames]);

    const folder = join(temporaryFolder(), 'by-class');
    for (const [i, { image, labels }] of examples.entries()) {
      const place = join(folder, parquet.labelNames[labels[0] as number] as string);
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, `${String(i).padStart(2, '0')}.png`), image as Uint8Array);
    }
    const byClass = await openDataset(folder, { labelNames: parquet.labelNames });
    expect([byClass.size, byClass.labelNames]).toEqual([74, parquet.labelNames]);
    const found = await Promise.all(
      (await goodExamples(byClass)).map(async ({ id, image, labels }) => {
        const { readImageBytes, DEFAULT_IMAGE_LIMITS } = await import('labelwise/encoders');
        const bytes = Buffer.from(await readImageBytes(image, DEFAULT_IMAGE_LIMITS)).toString('base64');
        return [Number(/(\d+)\.png$/.exec(id)?.[1]), labels[0], bytes] as const;
      }),
    );
    expect(found.toSorted(([a], [b]) => a - b)).toEqual(examples.map((example, i) => [i, example.labels[0], bytesOf(example)]));
  },
);

test.skipIf(!hasData('cifar100-mini'))('the coarse labels of CIFAR-100 are those that ship (skipped without LABELWISE_DATA)', async () => {
  const coarse = await openDataset(MINI, { labelColumn: 'coarse_label' });
  expect(coarse.labelNames).toEqual(await namesOf('cifar100-coarse'));
});

test.skipIf(!hasData('caltech101'))('Caltech-101 and CIFAR-10 are image folders (skipped without LABELWISE_DATA)', async () => {
  const caltech = await openDataset(`${DATA}/caltech101`);
  expect([caltech.size, caltech.labelNames]).toEqual([505, await namesOf('caltech101')]);
  const cifar = await openDataset(`${DATA}/cifar10`);
  expect([cifar.size, cifar.labelNames]).toEqual([500, await namesOf('cifar10')]);
  const [last] = await goodExamples(cifar, 499);
  expect(last).toMatchObject({ id: 'truck/0549.jpg', labels: [9] });
});

test.skipIf(!hasData('imagenet-sample'))(
  'the ImageNet sample is a manifest of numbers, named by a label set (skipped without LABELWISE_DATA)',
  async () => {
    const labelNames = await namesOf('imagenet-1k');
    const sample = await openDataset(`${DATA}/imagenet-sample`, { labelNames });
    const examples = await goodExamples(sample);
    expect([sample.size, sample.facts.kind, examples.length]).toEqual([250, 'manifest', 250]);
    const { id, labels } = examples[1] as Example;
    expect([id, labelNames[labels[0] as number]]).toEqual(['n01494475_hammerhead.JPEG', 'hammerhead shark']);
    await expect(openDataset(`${DATA}/imagenet-sample`)).rejects.toMatchObject({
      code: 'DATASET_INVALID',
      hint: expect.stringContaining('`labelNames`'),
    });
  },
);

test.skipIf(!hasData('coco-captions'))('COCO objects are several labels an image (skipped without LABELWISE_DATA)', async () => {
  const { readFileSync } = await import('node:fs');
  const coco = JSON.parse(readFileSync(`${DATA}/coco-captions/captions.json`, 'utf8')) as {
    categories: string[];
    images: { file: string; objects: string[] }[];
  };
  const manifest = join(temporaryFolder(), 'coco.jsonl');
  writeFileSync(
    manifest,
    coco.images.map(({ file, objects }) => JSON.stringify({ file: `${DATA}/coco-captions/images/${file}`, objects })).join('\n'),
  );
  const labelNames = await namesOf('coco-80');
  expect(createLabelSet(coco.categories).labels.map(({ name }) => name)).toEqual(labelNames);
  const dataset = await openDataset(manifest, { labelNames });
  const examples = await goodExamples(dataset);
  expect([dataset.size, dataset.isMultiLabel]).toEqual([79, true]);
  expect(examples.map(({ labels }) => labels.map((i) => labelNames[i]))).toEqual(coco.images.map(({ objects }) => objects));
});
