import type { Embedding } from '../embedding.js';
import { type Matrix, type MatrixProduct, toMatrix } from '../matrix-product.js';

/** What templates are weighed by. */
export interface TemplateTrial {
  /** Class embeddings of each template by itself. [templates][labels][dimension] */
  readonly byTemplate: readonly (readonly Embedding[])[];
  readonly images: Matrix; // [images, dimension]
  readonly logitScale: number;
  readonly multiply: MatrixProduct;
}

/**
 * Weights without labels, by zero-shot prompt ensembling (arXiv 2302.06235): a template is good if, on the mean image, its best label stands out
 * from how much that label fits all images. The weights are the softmax of these scores; they sum to 1.
 */
export async function weighTemplates({ byTemplate, images, logitScale, multiply }: TemplateTrial): Promise<number[]> {
  const scores: number[] = [];
  for (const vectors of byTemplate) {
    const similarities = await multiply(images, toMatrix(vectors)); // [images, labels]
    const labels = vectors.length;
    const means = new Float64Array(labels);
    for (let i = 0; i < similarities.length; i++)
      means[i % labels] = (means[i % labels] as number) + (similarities[i] as number) / images.rows;
    let sum = 0;
    for (let image = 0; image < images.rows; image++) {
      let best = Number.NEGATIVE_INFINITY;
      for (let label = 0; label < labels; label++)
        best = Math.max(best, (similarities[image * labels + label] as number) - (means[label] as number));
      sum += best;
    }
    scores.push((logitScale * sum) / Math.max(1, images.rows));
  }
  return softmax(scores);
}

const STEPS = 100;

/**
 * Weights by labels: those of the highest likelihood of the images' labels, by exponentiated gradient from equal weights. The prior counts
 * like one image for each template, and holds weights near equal where there are few images.
 */
export async function fitTemplateWeights(trial: TemplateTrial, truths: readonly number[]): Promise<number[]> {
  const { byTemplate, images, logitScale, multiply } = trial;
  const count = byTemplate.length;
  let logWeights = Array.from({ length: count }, () => 0);
  const columns = transpose(images);
  for (let step = 0; step < STEPS; step++) {
    const weights = softmax(logWeights);
    const residuals = await multiply(images, toMatrix(mix(byTemplate, weights))); // [images, labels]: logits, then p - y
    toResiduals(residuals, truths, logitScale);
    const labels = residuals.length / images.rows;
    const pulls = await multiply(transpose({ values: residuals, rows: images.rows, dimension: labels }), columns); // [labels, dimension]
    const slopes = byTemplate.map(
      (vectors) => (logitScale * vectors.reduce((sum, vector, label) => sum + dotAt(pulls, label, vector), 0)) / images.rows,
    );
    const pull = count / (images.rows + count); // towards equal weights
    const rate = 4 / (1 + Math.max(...slopes.map(Math.abs)));
    logWeights = logWeights.map((value, i) => value - rate * ((slopes[i] as number) + pull * value));
  }
  return softmax(logWeights);
}

/** Class embeddings of weighted templates, not renormalised. [labels][dimension] */
function mix(byTemplate: TemplateTrial['byTemplate'], weights: readonly number[]): Float32Array[] {
  return (byTemplate[0] ?? []).map((first, label) => {
    const sum = new Float32Array(first.length);
    for (const [t, vectors] of byTemplate.entries()) {
      const [weight, vector] = [weights[t] as number, vectors[label] as Embedding];
      for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + weight * (vector[k] as number);
    }
    return sum;
  });
}

/** Similarities become probabilities less the truth, in place. [images, labels] */
function toResiduals(similarities: Float32Array, truths: readonly number[], logitScale: number): void {
  const labels = similarities.length / truths.length;
  for (const [image, truth] of truths.entries()) {
    const row = similarities.subarray(image * labels, (image + 1) * labels);
    const largest = row.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
    let sum = 0;
    for (let i = 0; i < labels; i++) sum += row[i] = Math.exp(logitScale * ((row[i] as number) - largest));
    for (let i = 0; i < labels; i++) row[i] = (row[i] as number) / sum;
    row[truth] = (row[truth] as number) - 1;
  }
}

function transpose({ values, rows, dimension }: Matrix): Matrix {
  const turned = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) for (let k = 0; k < dimension; k++) turned[k * rows + i] = values[i * dimension + k] as number;
  return { values: turned, rows: dimension, dimension: rows };
}

function dotAt(rows: Float32Array, row: number, vector: Embedding): number {
  let sum = 0;
  for (let k = 0; k < vector.length; k++) sum += (rows[row * vector.length + k] as number) * (vector[k] as number);
  return sum;
}

function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
