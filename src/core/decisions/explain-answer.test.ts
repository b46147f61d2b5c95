import { expect, test } from 'vitest';
import { type Embedding, normalize } from '../embedding.js';
import { createLabelSet } from '../label-set.js';
import { createZeroShotClassifier } from '../zero-shot-classifier.js';
import { compareTemplates, explainAnswer } from './explain-answer.js';
import { describeHeat, HEAT_CELLS, occlusionMasks, toHeatMap } from './occlusion.js';

const unit = (...values: number[]): Embedding => normalize(Float32Array.from(values));

test('an answer is explained by its margin, its nearest labels and single templates', () => {
  const classEmbeddings = {
    labelSet: createLabelSet(['cat', 'lynx', 'truck']),
    prompts: [],
    vectors: [unit(1, 0, 0), unit(1, 0.2, 0), unit(0, 0, 1)],
    encoder: { name: 'test', fingerprint: 'f' },
    templates: ['{}'],
  };
  const zeroShot = createZeroShotClassifier(classEmbeddings, { scoring: 'softmax', logitScale: 10, logitBias: 0 });
  const image = unit(1, -0.1, 0.1);
  const prompts = [
    { template: 'a {}', embeddings: [unit(1, 0, 0), unit(1, 0.2, 0)] },
    { template: 'the {}', embeddings: [unit(0, 1, 0), unit(1, 0, 0)] },
  ];
  const { label, runnerUp, nearestLabels, byTemplate } = explainAnswer(image, zeroShot, compareTemplates(image, ['cat', 'lynx'], prompts));
  expect([label, runnerUp?.label]).toEqual(['cat', 'lynx']);
  const [first, second] = zeroShot.classify(image, 2);
  expect(runnerUp?.margin).toBe((first?.similarity as number) - (second?.similarity as number));
  expect(nearestLabels.map((near) => [near.label, Number(near.similarity.toFixed(4))])).toEqual([
    ['lynx', 0.9806],
    ['truck', 0],
  ]);
  expect(byTemplate.map((one) => [one.template, one.label])).toEqual([
    ['a {}', 'cat'],
    ['the {}', 'lynx'],
  ]);
});

test('heat is where masks that hide it lower the answer, and nowhere where none does', () => {
  const masks = occlusionMasks();
  expect(masks).toHaveLength(64);
  for (const { left, top, right, bottom } of masks)
    expect([left >= 0, top >= 0, right <= 1, bottom <= 1, left < right, top < bottom]).not.toContain(false);
  /** The answer depends on one cell alone; wherever that is, it is the hottest. */
  for (let cell = 0; cell < HEAT_CELLS ** 2; cell++) {
    const [cx, cy] = [((cell % HEAT_CELLS) + 0.5) / HEAT_CELLS, (Math.floor(cell / HEAT_CELLS) + 0.5) / HEAT_CELLS];
    const hides = ({ left, top, right, bottom }: (typeof masks)[number]): boolean => left < cx && cx < right && top < cy && cy < bottom;
    const heat = toHeatMap(masks.map((mask) => (hides(mask) ? 0.2 : 0)));
    expect(heat.cells.indexOf(Math.max(...heat.cells))).toBe(cell);
    expect(heat.largestDrop).toBeCloseTo(0.2, 10);
    expect(heat.cells.filter((value) => value === 0).length).toBeGreaterThanOrEqual(HEAT_CELLS ** 2 - 9);
    if (cell === HEAT_CELLS + 5) expect(describeHeat(heat)).toBe('top right (hiding it costs 20 % of its lead)');
  }
  const none = toHeatMap(masks.map(() => -0.1));
  expect(none.cells.every((cell) => cell === 0)).toBe(true);
  expect(describeHeat(none)).toBe('no part in particular');
  expect(describeHeat({ cells: none.cells.map((_, i) => (i === 24 ? 1 : 0)), largestDrop: 1 })).toBe(
    'centre (hiding it costs 100 % of its lead)',
  );
});
