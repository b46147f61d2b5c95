import { dotProduct, type Embedding } from '../embedding.js';
import { type Matrix, type MatrixProduct, toMatrix } from '../matrix-product.js';

/** A picture that shows what a label means, or does not mean. */
export interface LabelExample {
  readonly contentHash: string;
  readonly label: string;
  /** False for a picture that does not show the label, though it may look so. */
  readonly isPositive: boolean;
  readonly embedding: Embedding;
}

/** A picture with all that is known of it. Labels by their place. */
export interface ExamplePhoto {
  readonly embedding: Embedding;
  readonly shown: readonly number[];
  readonly absent: readonly number[];
}

/** What examples say for each label: `direction · (image - origin) - threshold`, above 0 where an image looks more like them than like any other. */
export interface ExampleEvidence {
  readonly origin: Float32Array; // [dimension]
  /** Labels that have examples, in order. */
  readonly labels: readonly number[];
  readonly directions: Matrix; // [labels, dimension]
  readonly thresholds: Float64Array; // [labels]
  /** How alike the examples of each label are: the mean dot product of two different ones, about the origin. [labels] */
  readonly likeness: Float64Array;
  /** Evidence for the examples themselves, each left out of its own labels: what it would have been without them. [photos, labels] */
  readonly leftOut: Float32Array;
  /** Positive examples of each label. [labels] */
  readonly counts: Float64Array;
}

/** What examples say of labels that are each decided by itself: `direction · image + offset`, above 0 where an image looks like them. */
export interface ExampleDirections {
  /** The places of labels with examples. */
  readonly labels: readonly number[];
  readonly directions: readonly Embedding[];
  readonly offsets: Float64Array; // [labels]
}

/** So many pairs of examples does the usual likeness within a label count for. */
const PRIOR_PAIRS = 2;

/**
 * The nearest mean, in closed form: the log-likelihood ratio of two round Gaussians, one about the mean of a label's examples, one about that
 * of ordinary pictures (`background` and all examples, each label alike). Pictures that do not show the label bend its direction away. Two
 * things keep a label with few examples from claiming other pictures: ordinary pictures score below 0, and the threshold is half the mean
 * dot product of two different examples, which, unlike the length of their mean, does not depend on how many there are.
 */
export async function weighExamples(
  photos: readonly ExamplePhoto[],
  background: readonly Embedding[],
  multiply: MatrixProduct,
): Promise<ExampleEvidence> {
  const labels = [...new Set(photos.flatMap(({ shown, absent }) => [...shown, ...absent]))].sort((a, b) => a - b);
  const placeOf = new Map(labels.map((label, place) => [label, place]));
  const placesOf = (list: readonly number[]): number[] => list.map((label) => placeOf.get(label) as number);
  const shown = photos.map((photo) => placesOf(photo.shown));
  const absent = photos.map((photo) => placesOf(photo.absent));
  const embeddings = photos.map(({ embedding }) => embedding);
  const byLabel = means(embeddings, shown, labels.length);
  const origin = meanOf([...byLabel.means.filter((_, i) => (byLabel.counts[i] as number) > 0), ...background]);
  const centred = embeddings.map((embedding) => embedding.map((x, i) => x - (origin[i] as number)));
  const { means: positive, counts } = means(centred, shown, labels.length);
  const { means: negative } = means(centred, absent, labels.length);

  const squares = centred.map((x) => dotProduct(x, x));
  const pairs = positive.map((mean, c) => (counts[c] as number) ** 2 * dotProduct(mean, mean)); // sums over pairs of different examples
  for (const [i, places] of shown.entries()) for (const c of places) pairs[c] = (pairs[c] as number) - (squares[i] as number);
  const usual = usualLikeness(pairs, counts, squares);
  const likenessOf = (sum: number, count: number): number =>
    count < 1 ? 0 : Math.max(0, (sum + PRIOR_PAIRS * usual) / (count * (count - 1) + PRIOR_PAIRS));
  /** Halfway between what the label's pictures score and the more of what others do: an ordinary one, one that does not show it. */
  const thresholdOf = (like: number, across: number, c: number): number =>
    0.5 * (like - across + Math.max(0, across - dotProduct(negative[c] as Float32Array, negative[c] as Float32Array)));

  const directions = toMatrix(positive.map((mean, c) => mean.map((x, i) => x - ((negative[c] as Float32Array)[i] as number))));
  const likeness = Float64Array.from(pairs, (sum, c) => likenessOf(sum, counts[c] as number));
  const thresholds = likeness.map((like, c) => thresholdOf(like, dotProduct(positive[c] as Float32Array, negative[c] as Float32Array), c));
  const leftOut = await multiply(toMatrix(centred), directions); // [photos, labels]
  for (let i = 0; i < leftOut.length; i++) leftOut[i] = (leftOut[i] as number) - (thresholds[i % labels.length] as number);
  for (const [i, places] of shown.entries()) for (const c of places) leftOut[i * labels.length + c] = withoutItself(i, c);
  return { origin, labels, directions, thresholds, likeness, leftOut, counts };

  function withoutItself(i: number, c: number): number {
    const n = counts[c] as number;
    if (n < 2) return 0;
    const [x, mean, away] = [centred[i], positive[c], negative[c]] as [Float32Array, Float32Array, Float32Array];
    const square = squares[i] as number;
    const toOthers = n * dotProduct(mean, x) - square; // the sum of its dot products with the others
    const awayFrom = dotProduct(away, x);
    const across = (n * dotProduct(mean, away) - awayFrom) / (n - 1);
    return toOthers / (n - 1) - awayFrom - thresholdOf(likenessOf((pairs[c] as number) - 2 * toOthers, n - 1), across, c);
  }
}

/** The mean dot product of two different examples of one label; half their own square where no label has two. */
function usualLikeness(pairs: readonly number[], counts: Float64Array, squares: readonly number[]): number {
  const half = squares.reduce((sum, x) => sum + x, 0) / Math.max(1, squares.length) / 2;
  const known = counts.reduce((sum, n) => sum + n * (n - 1), 0);
  return (pairs.reduce((sum, x) => sum + x, 0) + PRIOR_PAIRS * half) / (known + PRIOR_PAIRS);
}

/** The mean of the vectors of each label; zero where it has none. */
function means(
  vectors: readonly Float32Array[],
  places: readonly (readonly number[])[],
  labels: number,
): { means: Float32Array[]; counts: Float64Array } {
  const dimension = vectors[0]?.length ?? 0;
  const sums = Array.from({ length: labels }, () => new Float64Array(dimension));
  const counts = new Float64Array(labels);
  for (const [i, list] of places.entries()) {
    for (const c of list) {
      counts[c] = (counts[c] as number) + 1;
      const [sum, vector] = [sums[c] as Float64Array, vectors[i] as Float32Array];
      for (let k = 0; k < dimension; k++) sum[k] = (sum[k] as number) + (vector[k] as number);
    }
  }
  return { means: sums.map((sum, c) => Float32Array.from(sum, (x) => x / Math.max(1, counts[c] as number))), counts };
}

const meanOf = (vectors: readonly Float32Array[]): Float32Array =>
  means(
    vectors,
    vectors.map(() => [0]),
    1,
  ).means[0] as Float32Array;
