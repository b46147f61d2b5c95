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
 * Where photos that are left out are right more often by text alone, text alone it is. Labels without examples keep their text alone, and lose next to nothing to the others: see `chooseStrictness`.
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
  const { strictness, measured, weights } = chooseStrictness({ photos, evidence, similarities }, rule);
  const lesson = { examples: known.length, labels: evidence.labels.length, unknownLabels };
  const gain = measureGain(measured, weights);
  if (gain && gain.after < gain.before)
    return { classEmbeddings, lesson: { ...lesson, weights: TEXT_ALONE, leaveOneOut: { ...gain, after: gain.before } } };
  return {
    classEmbeddings: { ...classEmbeddings, ...moveVectors(vectors, tighten(evidence, strictness), weights) },
    lesson: { ...lesson, weights, leaveOneOut: gain },
  };
}

const TEXT_ALONE: EvidenceWeights = { text: 1, examples: 0 };

export function toPhotos(examples: readonly LabelExample[], places: ReadonlyMap<string, number>): ExamplePhoto[] {
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

interface Scored {
  readonly photos: readonly ExamplePhoto[];
  readonly evidence: ExampleEvidence;
  readonly similarities: Float32Array; // [photos, labels]
}

/** How much likeness a threshold asks for beyond a half. */
const STRICTNESS = [0, 0.1, 0.2, 0.3, 0.4, 0.5];

/**
 * Where labels have no examples, thresholds rise until photos of such labels are answered as well as by text alone, as far as the examples can
 * tell: each stands in for one, as if its own label had none.
 */
function chooseStrictness({ photos, evidence, similarities }: Scored, rule: ScoringRule) {
  const all = similarities.length / photos.length;
  const prior = textPrior(evidence, all);
  const attempts = evidence.counts.filter((count) => count > 0).length === all ? [0] : STRICTNESS;
  let chosen: (ReturnType<typeof toRows> & { strictness: number; weights: EvidenceWeights }) | undefined;
  for (const strictness of attempts) {
    const found = toRows(photos, tighten(evidence, strictness), similarities);
    const weights = balanceEvidence([...found.untaught, ...found.measured], rule, prior);
    chosen = { ...found, strictness, weights };
    if (countRight(found.untaught, weights) >= countRight(found.untaught, TEXT_ALONE)) break;
  }
  return chosen as NonNullable<typeof chosen>;
}

function tighten(evidence: ExampleEvidence, strictness: number): ExampleEvidence {
  if (strictness === 0) return evidence;
  const rise = evidence.likeness.map((like) => strictness * like);
  return {
    ...evidence,
    thresholds: evidence.thresholds.map((threshold, c) => threshold + (rise[c] as number)),
    leftOut: evidence.leftOut.map((value, i) => value - (rise[i % rise.length] as number)),
  };
}

/** Photos as they would be scored without themselves: as photos of their labels, and as photos of labels without examples. */
function toRows(
  photos: readonly ExamplePhoto[],
  { labels, leftOut, counts }: ExampleEvidence,
  similarities: Float32Array,
): { measured: EvidenceRow[]; untaught: EvidenceRow[] } {
  const all = similarities.length / photos.length;
  const share = 1 - counts.filter((count) => count > 0).length / all; // of labels without examples
  const untaught: EvidenceRow[] = [];
  const measured: EvidenceRow[] = [];
  for (const [i, { shown }] of photos.entries()) {
    if (shown.length === 0) continue;
    const evidence = new Float32Array(all);
    for (const [c, label] of labels.entries()) evidence[label] = leftOut[i * labels.length + c] as number;
    const row = { similarities: similarities.subarray(i * all, (i + 1) * all), evidence, truths: shown, weight: 1 - share };
    const asUntaught = evidence.slice();
    for (const label of shown) asUntaught[label] = 0;
    untaught.push({ ...row, evidence: asUntaught, weight: share });
    if (shown.every((label) => (counts[labels.indexOf(label)] as number) > 1)) measured.push(row); // the others would have nothing left
  }
  return { measured, untaught };
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
  return { photos: rows.length, before: countRight(rows, TEXT_ALONE), after: countRight(rows, weights) };
}

const countRight = (rows: readonly EvidenceRow[], { text, examples }: EvidenceWeights): number =>
  rows.filter(({ similarities, evidence, truths }) => {
    const scores = similarities.map((similarity, i) => text * similarity + examples * (evidence[i] as number));
    return truths.includes(topK(scores, 1)[0] as number);
  }).length;
