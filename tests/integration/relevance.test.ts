import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildClassEmbeddings, createLabelSet, type LabelInput, loadEncoder, loadLabelSet, loadTemplateSet } from '../../dist/index.js';
import { cutRelevant, type Embedding, gatherSpreads, multiply, type Spread, toMatrix } from '../../dist/library/core.js';
import { DATA, hasData } from '../fixtures/paths.js';

const COCO = join(DATA, 'coco-captions');
const isHere = hasData('coco-captions');
if (!isHere) console.warn(`skipped: no ${COCO} (set LABELWISE_DATA)`);

interface Captions {
  categories: string[];
  images: { file: string; captions: string[]; objects: string[] }[];
}

/** What a cut found over many queries: of those that have an answer, and of those whose answer was taken out. */
interface Figures {
  precision: number;
  recall: number;
  /** Queries with an answer that found nothing. */
  missed: number;
  /** Queries without one that found something. */
  falseAlarms: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.skipIf(!isHere)('--relevant on the COCO captions', () => {
  let photos: Embedding[];
  let background: Embedding[];
  let objects: Embedding[];
  let captions: Embedding[];
  const data = isHere ? (JSON.parse(readFileSync(join(COCO, 'captions.json'), 'utf8')) as Captions) : { categories: [], images: [] };

  beforeAll(async () => {
    const encoder = await loadEncoder();
    const { templates } = await loadTemplateSet('default');
    const embed = async (labels: readonly LabelInput[]) =>
      (await buildClassEmbeddings(encoder, createLabelSet(labels), { templates })).vectors;
    photos = [];
    for await (const outcome of encoder.encodeImages(data.images.map((image) => join(COCO, 'images', image.file))))
      if ('embedding' in outcome) photos.push(outcome.embedding);
    background = [...(await embed((await loadLabelSet('cifar100')).labels.map((label) => label.promptName)))];
    objects = [...(await embed(data.categories))];
    captions = await encoder.encodeTexts(data.images.flatMap((image) => image.captions.slice(0, 5)));
    await encoder.close();
  });

  /** The rows of a collection that a query keeps, from the similarities of all photos to it and to the background. */
  function keptBy(own: Float32Array, others: Float32Array, rows: readonly number[]): number[] {
    const gatherer = gatherSpreads(1 + background.length);
    for (const row of rows) {
      const line = [own[row] as number, ...others.subarray(row * background.length, (row + 1) * background.length)];
      gatherer.add(Float32Array.from(line));
    }
    const [query, ...words] = gatherer.finish();
    const cut = cutRelevant(query as Spread, words);
    return rows.filter((row) => (own[row] as number) >= cut.minSimilarity);
  }

  function measure(queries: readonly Embedding[], isRelevant: (query: number, row: number) => boolean): Figures {
    const others = multiply(toMatrix(photos), toMatrix(background));
    const all = photos.map((_, row) => row);
    const [precisions, recalls, alarms]: [number[], number[], boolean[]] = [[], [], []];
    for (const [q, query] of queries.entries()) {
      const own = multiply(toMatrix(photos), toMatrix([query]));
      const relevant = all.filter((row) => isRelevant(q, row));
      alarms.push(
        keptBy(
          own,
          others,
          all.filter((row) => !relevant.includes(row)),
        ).length > 0,
      );
      if (relevant.length === 0) continue;
      const kept = keptBy(own, others, all);
      const right = kept.filter((row) => relevant.includes(row)).length;
      if (kept.length > 0) precisions.push(right / kept.length);
      recalls.push(right / relevant.length);
    }
    return {
      precision: mean(precisions),
      recall: mean(recalls),
      missed: 1 - precisions.length / recalls.length,
      falseAlarms: mean(alarms.map(Number)),
    };
  }

  // The floors are what docs/guides/relevance.md reports, less rounding: they hold the cut where it was measured.
  test('object words: precision and recall, and how often nothing is found where nothing is', () => {
    const figures = measure(objects, (query, row) => (data.images[row]?.objects ?? []).includes(data.categories[query] as string));
    console.info('object words', figures);
    expect(figures.precision).toBeGreaterThanOrEqual(0.66);
    expect(figures.recall).toBeGreaterThanOrEqual(0.22);
    expect(figures.falseAlarms).toBeLessThanOrEqual(0.21);
  });

  test('captions: precision and recall of their own photo, and how often nothing is found without it', () => {
    const figures = measure(captions, (query, row) => Math.floor(query / 5) === row);
    console.info('captions', figures);
    expect(figures.precision).toBeGreaterThanOrEqual(0.36);
    expect(figures.recall).toBeGreaterThanOrEqual(0.59);
    expect(figures.falseAlarms).toBeLessThanOrEqual(0.53);
  });
});
