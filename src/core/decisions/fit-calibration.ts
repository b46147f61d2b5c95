import { probabilityScale, type ScoringRule, scoreLogits } from '../scoring.js';
import type { SigmoidCalibration, SoftmaxCalibration } from './calibration.js';
import { minimize } from './minimize.js';

/** Images of one data set against its labels, with what they show. */
export interface LabelledScores {
  /** [images, labels] */
  readonly similarities: Float32Array;
  readonly labels: number;
  /** The labels that each image shows. [images][labels] */
  readonly truths: readonly (readonly number[])[];
}

/** Sizes of the choices that are fitted beside the whole label set: the same calibration has to serve three labels and a thousand. */
export const SIZES = [3, 10, 30, 100, 300];
/** More numbers than that change no digit that counts, and cost seconds. */
const MOST_NUMBERS = 1e6;

/** What is fitted: a temperature alone, with a bend, or with a growth and a doubt beside a gentle bend. */
export type SoftmaxForm = 'temperature' | 'bend' | 'doubt';

export const SOFTMAX_FORMS: readonly SoftmaxForm[] = ['temperature', 'bend', 'doubt'];

/** Where the search of each form starts. */
const STARTS = { temperature: [3], bend: [3, -1.5], doubt: [3, 0, 0] };

/** The bend beside a doubt: at this similarity, differences count half. */
const GENTLE = 0.4;

const toSoftmax = (form: SoftmaxForm, [scale, second, doubt]: readonly number[]): SoftmaxCalibration => ({
  scale: Math.exp(scale as number),
  knee: form === 'bend' ? Math.exp(second as number) : form === 'doubt' ? GENTLE : null,
  ...(form === 'doubt' ? { growth: second as number, doubt: Math.exp(doubt as number) } : { growth: 0 }),
});

/**
 * Fits a softmax to images that show one label each, by likelihood. Each data set counts the same, however many images it has, with its whole
 * label set and with choices among fewer of its labels.
 */
export function fitSoftmax(sets: readonly LabelledScores[], form: SoftmaxForm): SoftmaxCalibration {
  const choices = sets.map((set) => [set, ...SIZES.filter((size) => size < set.labels).map((size) => chooseAmong(set, size))]);
  const weights = choices.flatMap((some) => some.map(() => 1 / (some.length * sets.length)));
  const thinned = thin(choices.flat());
  const measure = (point: readonly number[]): number => {
    const rule = { ...RULE, calibration: { templates: [], softmax: toSoftmax(form, point) } };
    return thinned.reduce((sum, set, i) => sum + ((weights[i] as number) * sumOfLosses(set, rule)) / Math.max(1, set.truths.length), 0);
  };
  return toSoftmax(form, minimize(measure, STARTS[form]));
}

/** Fits a sigmoid to images that show any number of labels: each pair of an image and a label counts. */
export function fitSigmoid(sets: readonly LabelledScores[]): SigmoidCalibration {
  const thinned = thin(sets);
  const pairs = thinned.reduce((sum, set) => sum + set.similarities.length, 0);
  const toCalibration = ([scale, middle]: readonly number[]): SigmoidCalibration => {
    const logitScale = Math.exp(scale as number);
    return { logitScale, logitBias: -logitScale * (middle as number) };
  };
  const measure = (point: readonly number[]): number => {
    const rule = { ...RULE, scoring: 'sigmoid' as const, calibration: { templates: [], sigmoid: toCalibration(point) } };
    return thinned.reduce((sum, set) => sum + sumOfLosses(set, rule), 0) / pairs;
  };
  return toCalibration(minimize(measure, [3, 0.3]));
}

/** Five parts of each data set, every fifth image in one, each with the rest to fit on. */
export function* foldsOf(sets: readonly LabelledScores[], folds = 5): Generator<{ fitted: LabelledScores[]; held: LabelledScores[] }> {
  for (let fold = 0; fold < folds; fold++)
    yield {
      fitted: sets.map((set) => keep(set, (image) => image % folds !== fold)),
      held: sets.map((set) => keep(set, (image) => image % folds === fold)),
    };
}

/** Minus the sum of the log likelihoods of what the images show: of the label under softmax, of each label under sigmoid. */
export function sumOfLosses({ similarities, labels, truths }: LabelledScores, rule: ScoringRule): number {
  const logits = new Float64Array(labels);
  let sum = 0;
  for (const [image, shown] of truths.entries()) {
    const row = similarities.subarray(image * labels, (image + 1) * labels);
    const { toLogit } = probabilityScale(rule, row);
    for (let label = 0; label < labels; label++) logits[label] = toLogit(row[label] as number);
    if (rule.scoring === 'softmax') sum -= scoreLogits(logits, 'softmax').logProbabilityOf(shown[0] as number);
    else {
      const isShown = new Set(shown);
      const signed = logits.map((logit, label) => (isShown.has(label) ? logit : -logit));
      const { logProbabilityOf } = scoreLogits(signed, 'sigmoid');
      for (let label = 0; label < labels; label++) sum -= logProbabilityOf(label);
    }
  }
  return sum;
}

const RULE: ScoringRule = { scoring: 'softmax', logitScale: 1, logitBias: 0 };

/** Every image against the labels of its own group alone, where each group takes every nth label. [images, size] */
function chooseAmong({ similarities, labels, truths }: LabelledScores, size: number): LabelledScores {
  const groups = Math.floor(labels / size);
  const rows: number[] = [];
  const kept: number[][] = [];
  for (const [image, [truth = 0]] of truths.entries()) {
    if (truth >= groups * size) continue;
    for (let i = 0; i < size; i++) rows.push(similarities[image * labels + i * groups + (truth % groups)] as number);
    kept.push([Math.floor(truth / groups)]);
  }
  return { similarities: Float32Array.from(rows), labels: size, truths: kept };
}

/** Every nth image of each set, so that all of them have no more numbers than count. */
function thin(sets: readonly LabelledScores[]): LabelledScores[] {
  const step = Math.ceil(sets.reduce((sum, set) => sum + set.similarities.length, 0) / MOST_NUMBERS);
  return sets.map((set) => (step === 1 ? set : keep(set, (image) => image % step === 0)));
}

function keep({ similarities, labels, truths }: LabelledScores, isKept: (image: number) => boolean): LabelledScores {
  const images = [...truths.keys()].filter(isKept);
  const kept = new Float32Array(images.length * labels);
  for (const [row, image] of images.entries()) kept.set(similarities.subarray(image * labels, (image + 1) * labels), row * labels);
  return { similarities: kept, labels, truths: images.map((image) => truths[image] as readonly number[]) };
}
