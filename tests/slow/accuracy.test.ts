import { readdirSync, readFileSync } from 'node:fs';
import {
  buildClassEmbeddings,
  createLabelSet,
  createZeroShotClassifier,
  type LabelSet,
  loadEncoder,
  loadLabelSet,
  loadTemplateSet,
} from 'labelwise';
import { expect, test } from 'vitest';
import { DATA, hasData } from '../fixtures/paths.js';

async function top1(labelSet: LabelSet, images: readonly { path: string; label: string }[]): Promise<number> {
  await using encoder = await loadEncoder();
  const { templates } = await loadTemplateSet('default');
  const classifier = createZeroShotClassifier(await buildClassEmbeddings(encoder, labelSet, { templates }), encoder.info);
  let right = 0;
  for await (const outcome of encoder.encodeImages(images.map((image) => image.path))) {
    if ('error' in outcome) throw outcome.error;
    if (classifier.classify(outcome.embedding, 1)[0]?.label === images[outcome.index]?.label) right++;
  }
  return right / images.length;
}

test.skipIf(!hasData('imagenet-sample'))(
  'pocket names 85 % or more of 250 ImageNet photos among 1,000 labels (skipped without LABELWISE_DATA)',
  async () => {
    const labelSet = await loadLabelSet('imagenet-1k');
    const rows = readFileSync(`${DATA}/imagenet-sample/labels.tsv`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split('\t') as [string, string]);
    const images = rows.map(([file, index]) => ({
      path: `${DATA}/imagenet-sample/images/${file}`,
      label: labelSet.labels[Number(index)]?.name as string,
    }));
    const accuracy = await top1(labelSet, images);
    console.info(`ImageNet sample, ${images.length} photos, top-1 ${accuracy.toFixed(3)}`);
    expect(accuracy).toBeGreaterThanOrEqual(0.85);
  },
);

test.skipIf(!hasData('caltech101'))(
  'pocket names 54 % or more of 505 Caltech-101 photos among 101 labels (skipped without LABELWISE_DATA)',
  async () => {
    const classes = readdirSync(`${DATA}/caltech101`).sort();
    const images = classes.flatMap((label) =>
      readdirSync(`${DATA}/caltech101/${label}`).map((file) => ({ path: `${DATA}/caltech101/${label}/${file}`, label })),
    );
    const accuracy = await top1(createLabelSet(classes), images);
    console.info(`Caltech-101, ${images.length} photos, top-1 ${accuracy.toFixed(3)}`);
    expect(accuracy).toBeGreaterThanOrEqual(0.54);
  },
);
