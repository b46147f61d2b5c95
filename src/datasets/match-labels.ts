import { invalid, listNames } from './dataset-errors.js';

/** The labels of a data set, and what the data's own numbers and names come to among them. */
export interface LabelIndex {
  readonly labelNames: readonly string[];
  /** The place of the data's number `i`, or undefined when there is no such label. */
  placeOfNumber(number: number): number | undefined;
  placeOfName(name: string): number | undefined;
}

/**
 * Lays the data's own label names beside those that were asked for: each has to be among them.
 *
 * @param own the data's names in the order of its numbers, or undefined where it has numbers alone
 * @throws LabelwiseError `DATASET_INVALID` that lists the names that do not match
 */
export function matchLabels(own: readonly string[] | undefined, given: readonly string[] | undefined, dataset: string): LabelIndex {
  const labelNames = given ?? own;
  if (labelNames === undefined) {
    throw invalid(
      `The labels of ${dataset} are numbers, and nothing says what they are called.`,
      'Name them in the order of the numbers (--labels-file, --label-set, labelNames), or choose another label column.',
    );
  }
  if (labelNames.length === 0) throw invalid(`Expected labels for ${dataset}, got none.`, 'Give at least one label.');
  const places = new Map(labelNames.map((name, place) => [name, place]));
  const unknown = own === undefined || given === undefined ? [] : own.filter((name) => !places.has(name));
  if (unknown.length > 0) {
    throw invalid(
      `${unknown.length} of the ${own?.length} labels of ${dataset} are not among the ${labelNames.length} labels given: ${listNames(unknown, 10)}. Those given are ${listNames(labelNames, 10)}.`,
      'Give the labels by the names that the data uses, or none to take them from the data.',
    );
  }
  const numbers = own?.map((name) => places.get(name)) ?? labelNames.map((_, place) => place);
  return { labelNames, placeOfNumber: (number) => numbers[number], placeOfName: (name) => places.get(name) };
}
