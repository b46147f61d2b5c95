import { invalid, listNames } from './dataset-errors.js';
import type { OpenDatasetOptions } from './open-options.js';

type LabelChoice = Pick<OpenDatasetOptions, 'labelNames' | 'labelsBy' | 'labelAliases'>;

/** The labels of a data set, and what the data's own numbers and names come to among them. */
export interface LabelIndex {
  readonly labelNames: readonly string[];
  /** How many numbers have a label. */
  readonly numberCount: number;
  /** The place of the data's number `i`, or undefined when there is no such label. */
  placeOfNumber(number: number): number | undefined;
  placeOfName(name: string): number | undefined;
}

/**
 * Lays the data's own label names beside those that were asked for: each has to be among them. With `labelsBy: 'order'` they are other
 * names for the data's own, one for one.
 *
 * @param own the data's names in the order of its numbers, or undefined where it has numbers alone
 * @throws LabelwiseError `DATASET_INVALID` that lists the names that do not match
 */
export function matchLabels(own: readonly string[] | undefined, options: LabelChoice, dataset: string): LabelIndex {
  const given = options.labelNames;
  const labelNames = given ?? own;
  if (labelNames === undefined) {
    throw invalid(
      `The labels of ${dataset} are numbers, and nothing says what they are called.`,
      'Name them with `labelNames` in the order of the numbers, or choose another `labelColumn`.',
    );
  }
  if (labelNames.length === 0) throw invalid(`Expected labels for ${dataset}, got none.`, 'Give at least one label.');
  refuseTwins(labelNames, dataset);
  if (own !== undefined && given !== undefined && options.labelsBy === 'order') return matchByOrder(own, given, dataset);
  const places = placesOf(labelNames, options.labelAliases);
  const unknown = own === undefined || given === undefined ? [] : own.filter((name) => !places.has(name));
  if (unknown.length > 0) {
    throw invalid(
      `${unknown.length} of the ${own?.length} labels of ${dataset} are not among the ${labelNames.length} labels given: ${listNames(unknown, 10)}. Those given are ${listNames(labelNames, 10)}.`,
      hintFor(own, labelNames),
    );
  }
  const numbers = own?.map((name) => places.get(name)) ?? labelNames.map((_, place) => place);
  return { labelNames, numberCount: numbers.length, placeOfNumber: (number) => numbers[number], placeOfName: (name) => places.get(name) };
}

/** Two labels of one name would be measured as one. Python's `datasets` refuses them too. */
export function refuseTwins(names: readonly string[], dataset: string): void {
  const seen = new Map<string, number>();
  for (const [number, name] of names.entries()) {
    const first = seen.get(name);
    if (first !== undefined)
      throw invalid(
        `Two labels of ${dataset} are called "${name}": numbers ${first} and ${number}.`,
        'Give each label its own name, for example "crane bird" and "crane machine".',
      );
    seen.set(name, number);
  }
}

/** Where each name stands among the labels; other names of a label count where no label is called so. */
export function placesOf(labelNames: readonly string[], aliases: ReadonlyMap<string, string> | undefined): Map<string, number> {
  const places = new Map(labelNames.map((name, place) => [name, place]));
  for (const [alias, name] of aliases ?? []) {
    const place = places.get(name);
    if (place !== undefined && !places.has(alias)) places.set(alias, place);
  }
  return places;
}

/** What to do about labels that do not match. */
export function hintFor(own: readonly string[] | undefined, given: readonly string[]): string {
  const isAsMany = own?.length === given.length;
  return `Give the labels by the names that the data uses, or none to take them from the data${isAsMany ? '; if they are the same labels in the same order under other names, set `labelsBy` to order' : ''}.`;
}

/**
 * Lays the data's own names and the given ones side by side. Own names that are all numbers (`imagenetv2/0`, `flowers/1`) count the labels, so
 * they go by number: sorted as text, 10 would come before 2.
 */
function matchByOrder(own: readonly string[], given: readonly string[], dataset: string): LabelIndex {
  if (own.length !== given.length) {
    throw invalid(
      `${dataset} has ${own.length} labels, and ${given.length} were given to stand for them in order.`,
      'Give as many labels as the data has, or leave `labelsBy` out to match them by name.',
    );
  }
  const isNumbered = own.every((name) => /^\d+(?:\.0+)?$/.test(name));
  const inOrder = isNumbered ? own.toSorted((a, b) => Number(a) - Number(b)) : own;
  const places = new Map(inOrder.map((name, place) => [name, place]));
  const numbers = own.map((name) => places.get(name));
  return {
    labelNames: given,
    numberCount: given.length,
    placeOfNumber: (number) => numbers[number],
    placeOfName: (name) => places.get(name),
  };
}
