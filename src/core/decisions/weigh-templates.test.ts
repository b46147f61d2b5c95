import { expect, test } from 'vitest';
import { type Embedding, normalize } from '../embedding.js';
import { multiply, toMatrix } from '../matrix-product.js';
import { fitTemplateWeights, weighTemplates } from './weigh-templates.js';

const unit = (...values: number[]): Embedding => normalize(Float32Array.from(values));
/** Images of two labels; the good template's class embeddings lie near them, the bad one's say the opposite, the vague one's nothing. */
const images = Array.from({ length: 40 }, (_, i) => unit(i % 2 ? 1 : 0.2, i % 2 ? 0.2 : 1, 0.5 + 0.01 * i));
const truths = images.map((_, i) => (i % 2 ? 0 : 1));
const good = [unit(1, 0, 0.1), unit(0, 1, 0.1)];
const bad = [unit(0, 1, 0.1), unit(1, 0, 0.1)];
const vague = [unit(0.5, 0.5, 1), unit(0.5, 0.5, 1.01)];
const trial = (...byTemplate: Embedding[][]) => ({ byTemplate, images: toMatrix(images), logitScale: 10, multiply });

test('with labels, the template that is right gets most of the weight', async () => {
  const weights = await fitTemplateWeights(trial(bad, good, vague), truths);
  expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  expect(weights[1]).toBeGreaterThan(0.65);
  expect(weights[0]).toBeLessThan(0.1);
});

test('without labels, a template that tells images apart beats one that does not', async () => {
  const [clear, unclear] = (await weighTemplates(trial(good, vague))) as [number, number];
  expect(clear).toBeGreaterThan(0.9);
  expect(clear + unclear).toBeCloseTo(1, 6);
});

test('equal templates get equal weights, in either way', async () => {
  for (const weights of [await weighTemplates(trial(good, good)), await fitTemplateWeights(trial(good, good), truths)])
    for (const weight of weights) expect(weight).toBeCloseTo(0.5, 6);
});
