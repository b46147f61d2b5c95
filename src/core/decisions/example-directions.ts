import { dotProduct, type Embedding } from '../embedding.js';
import type { LabelSet } from '../label-set.js';
import { type MatrixProduct, multiply as multiplyPlainly, sliceRows, toMatrix } from '../matrix-product.js';
import { type ExampleDirections, type ExamplePhoto, type LabelExample, weighExamples } from './example-evidence.js';
import { toPhotos } from './learn-from-examples.js';
import { type NoneCalibration, noneProbability, PLAIN } from './none-of-these.js';
import type { LabelTest } from './several-labels.js';

/** The same with the examples that they come from. */
export interface MeasuredDirections extends ExampleDirections {
  readonly examples: number;
  readonly photos: readonly ExamplePhoto[];
  /** What the others say of each example. [photos, labels] */
  readonly leftOut: Float32Array;
}

/**
 * What examples say beside the text, where a picture may show several labels: one that shows a label says nothing of the others, so which label wins
 * weighs nothing here. Undefined without examples of the labels.
 */
export async function directionsOfExamples(
  { labels: all }: Pick<LabelSet, 'labels'>,
  examples: readonly LabelExample[],
  { background, multiply = multiplyPlainly }: { readonly background: readonly Embedding[]; readonly multiply?: MatrixProduct | undefined },
): Promise<{ directions: MeasuredDirections | undefined; unknownLabels: readonly string[] }> {
  const places = new Map(all.map(({ name }, i) => [name, i]));
  const known = examples.filter(({ label }) => places.has(label));
  const unknownLabels = [...new Set(examples.filter(({ label }) => !places.has(label)).map(({ label }) => label))];
  if (known.length === 0) return { directions: undefined, unknownLabels };
  const photos = toPhotos(known, places);
  const { labels, directions, origin, thresholds, leftOut } = await weighExamples(photos, background, multiply);
  const rows = labels.map((_, c) => sliceRows(directions, c, c + 1).values);
  const offsets = Float64Array.from(rows, (row, c) => -dotProduct(row, origin) - (thresholds[c] as number));
  return { directions: { labels, directions: rows, offsets, photos, leftOut, examples: known.length }, unknownLabels };
}

/** The strength that is assumed before the examples say another counts like this many photos. */
const PRIOR_PHOTOS = 4;
const STRENGTHS = Array.from({ length: 101 }, (_, i) => i / 10);

/**
 * How much the examples of each label count beside its text: as much as makes each of them likeliest when it is left out, and about as much as the text
 * where they say little of each other.
 *
 * @param test decides the same labels by their text alone
 */
export function strengthen(
  measured: MeasuredDirections,
  test: Pick<LabelTest, 'columns' | 'evidenceOf'>,
  { logitScale, calibration = PLAIN }: { readonly logitScale: number; readonly calibration?: NoneCalibration | undefined },
): ExampleDirections {
  const { labels, photos, leftOut } = measured;
  const { rows, dimension } = test.columns;
  const similarities = multiplyPlainly(
    toMatrix(
      photos.map(({ embedding }) => embedding),
      dimension,
    ),
    test.columns,
  );
  const byText = photos.map((_, i) => Float64Array.from(test.evidenceOf(similarities.subarray(i * rows, (i + 1) * rows))));
  const strengths = labels.map((label, c) => {
    const shown = [...photos.entries()].flatMap(([i, photo]) =>
      photo.shown.includes(label) || photo.absent.includes(label)
        ? [
            {
              text: byText[i]?.[label] as number,
              examples: logitScale * (leftOut[i * labels.length + c] as number),
              isShown: photo.shown.includes(label),
            },
          ]
        : [],
    );
    const lossOf = (strength: number): number =>
      shown.reduce(
        (sum, { text, examples, isShown }) => {
          const none = noneProbability(text + strength * examples, calibration);
          return sum - Math.log(Math.max(1e-12, isShown ? 1 - none : none));
        },
        (PRIOR_PHOTOS * (strength - 1) ** 2) / 2,
      );
    return STRENGTHS.reduce((best, strength) => (lossOf(strength) < lossOf(best) ? strength : best), 1);
  });
  return {
    labels,
    directions: measured.directions.map((direction, c) => direction.map((x) => (strengths[c] as number) * x)),
    offsets: measured.offsets.map((offset, c) => (strengths[c] as number) * offset),
  };
}
