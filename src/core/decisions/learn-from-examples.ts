import type { Embedding } from '../embedding.js';
import { type MatrixProduct, multiply as multiplyPlainly, toMatrix } from '../matrix-product.js';
import type { ClassEmbeddings } from '../ports.js';
import type { ScoringRule } from '../scoring.js';
import { topK } from '../top-k.js';
import { balanceEvidence, type EvidenceRow, type EvidenceWeights } from './balance-evidence.js';
import { type ExampleEvidence, type ExamplePhoto, type LabelExample, weighExamples } from './example-evidence.js';

/** What examples of a label set change, and by how much. */
export interface Lesson {
  /** Examples of labels of the set. */
  readonly examples: number;
  readonly labels: number;
  /** Labels of examples that the set does not have. */
  readonly unknownLabels: readonly string[];
  readonly weights: EvidenceWeights;
  /** How many photos were right by the text, and by text and the other examples, when each is left out; undefined where no label has two. */
  readonly leaveOneOut: { readonly photos: number; readonly before: number; readonly after: number } | undefined;
}

export interface LearnOptions {
  readonly rule: ScoringRule;
  /** Ordinary pictures. */
  readonly background: readonly Embedding[];
  readonly multiply?: MatrixProduct | undefined;
}

/**
 * Class embeddings moved by examples: the nearest mean of each label's examples beside its text, each with a weight that leaving one out
 * chooses. Everything stays a dot product, so taught labels cost no time. Without examples of its labels, nothing changes.
 *
 * Labels without examples keep their text alone. Photos that stand for them (each example, as if its own label had none) have as much of a say
 * in the weight of the examples as such labels have a share in the set.
 */
export async function learnFromExamples(
  classEmbeddings: ClassEmbeddings,
  examples: readonly LabelExample[],
  { rule, background, multiply = multiplyPlainly }: LearnOptions,
): Promise<{ classEmbeddings: ClassEmbeddings; lesson: Lesson }> {
  const { labelSet, vectors } = classEmbeddings;
  const places = new Map(labelSet.labels.map(({ name }, i) => [name, i]));
  const known = examples.filter(({ label }) => places.has(label));
  const unknownLabels = [...new Set(examples.filter(({ label }) => !places.has(label)).map(({ label }) => label))];
  const photos = toPhotos(known, places);
  const none = { examples: 0, labels: 0, unknownLabels, weights: { text: 1, examples: 0 }, leaveOneOut: undefined };
  if (photos.length === 0) return { classEmbeddings, lesson: none };

  const evidence = await weighExamples(photos, background, multiply);
  const similarities = await multiply(toMatrix(photos.map(({ embedding }) => embedding)), toMatrix(vectors)); // [photos, labels]
  const { rows, measured } = toRows(photos, evidence, similarities);
  const weights = balanceEvidence(rows, rule, textPrior(evidence, vectors.length));
  return {
    classEmbeddings: { ...classEmbeddings, ...moveVectors(vectors, evidence, weights) },
    lesson: { examples: known.length, labels: evidence.labels.length, unknownLabels, weights, leaveOneOut: measureGain(measured, weights) },
  };
}

function toPhotos(examples: readonly LabelExample[], places: ReadonlyMap<string, number>): ExamplePhoto[] {
  const photos = new Map<string, { embedding: Embedding; isShown: Map<number, boolean> }>();
  for (const { contentHash, label, isPositive, embedding } of examples) {
    const photo = photos.get(contentHash) ?? { embedding, isShown: new Map() };
    photo.isShown.set(places.get(label) as number, isPositive);
    photos.set(contentHash, photo);
  }
  const inOrder = [...photos.entries()].sort(([a], [b]) => (a < b ? -1 : 1)); // whatever order they come in
  return inOrder.map(([, { embedding, isShown }]) => {
    const labels = [...isShown.keys()].sort((a, b) => a - b);
    return { embedding, shown: labels.filter((label) => isShown.get(label)), absent: labels.filter((label) => !isShown.get(label)) };
  });
}

/** `measured`: photos whose labels have other examples. */
function toRows(
  photos: readonly ExamplePhoto[],
  { labels, leftOut, counts }: ExampleEvidence,
  similarities: Float32Array,
): { rows: EvidenceRow[]; measured: EvidenceRow[] } {
  const all = similarities.length / photos.length;
  const untaught = 1 - counts.filter((count) => count > 0).length / all;
  const rows: EvidenceRow[] = [];
  const measured: EvidenceRow[] = [];
  for (const [i, { shown }] of photos.entries()) {
    if (shown.length === 0) continue;
    const evidence = new Float32Array(all);
    for (const [c, label] of labels.entries()) evidence[label] = leftOut[i * labels.length + c] as number;
    const row = { similarities: similarities.subarray(i * all, (i + 1) * all), evidence, truths: shown, weight: 1 - untaught };
    const asUntaught = evidence.slice();
    for (const label of shown) asUntaught[label] = 0;
    rows.push({ ...row, evidence: asUntaught, weight: untaught });
    if (shown.every((label) => (counts[labels.indexOf(label)] as number) > 1)) measured.push(row);
  }
  return { rows: [...rows, ...measured], measured };
}

/** Each label without examples stands by its text, as firmly as if it had as many as the others. */
function textPrior({ counts }: ExampleEvidence, labels: number): number {
  const taught = counts.filter((count) => count > 0).length;
  const examples = counts.reduce((sum, count) => sum + count, 0);
  return 1 + (taught === 0 ? 0 : ((labels - taught) * examples) / taught);
}

function moveVectors(
  vectors: readonly Embedding[],
  { labels, directions: { values, dimension }, origin, thresholds }: ExampleEvidence,
  weights: EvidenceWeights,
): { vectors: Embedding[]; offsets: Float32Array } {
  const moved = vectors.map((vector) => vector.map((x) => weights.text * x));
  const offsets = new Float32Array(vectors.length);
  for (const [c, label] of labels.entries()) {
    const vector = moved[label] as Embedding;
    let atOrigin = 0;
    for (let k = 0; k < dimension; k++) {
      const direction = values[c * dimension + k] as number;
      vector[k] = (vector[k] as number) + weights.examples * direction;
      atOrigin += direction * (origin[k] as number);
    }
    offsets[label] = -weights.examples * (atOrigin + (thresholds[c] as number));
  }
  return { vectors: moved, offsets };
}

function measureGain(rows: readonly EvidenceRow[], weights: EvidenceWeights): Lesson['leaveOneOut'] {
  if (rows.length === 0) return undefined;
  const right = (text: number, examples: number): number =>
    rows.filter(({ similarities, evidence, truths }) => {
      const [best] = topK(
        similarities.map((similarity, i) => text * similarity + examples * (evidence[i] as number)),
        1,
      );
      return truths.includes(best as number);
    }).length;
  return { photos: rows.length, before: right(1, 0), after: right(weights.text, weights.examples) };
}
