import { LabelwiseError } from '../errors.js';
import { show } from './assert-option.js';
import { fingerprint } from './fingerprint.js';

/** A candidate answer. `name` is reported; `promptName` and each of `synonyms` go into prompts. */
export interface Label {
  readonly name: string;
  readonly promptName: string;
  readonly synonyms: readonly string[];
  /** The name of the label that this one is a kind of: dog for beagle. */
  readonly parent?: string;
}

/** Ordered, unique labels, with a fingerprint of everything that shapes their prompts. */
export interface LabelSet {
  readonly labels: readonly Label[];
  readonly fingerprint: string;
}

/** A label as callers write it: its name, or its name with the words for prompts. */
export type LabelInput =
  | string
  | { label: string; promptName?: string | undefined; synonyms?: readonly string[] | undefined; parent?: string | undefined };

/**
 * Creates a label set and keeps the order. Underscores become spaces in prompts and stay in the name.
 *
 * @param at names the position of entry i in messages, for example "line 3"
 * @throws LabelwiseError `LABEL_SET_INVALID` when it is empty, or has a blank or a duplicate
 * @example
 * createLabelSet(['cat', { label: 'cra', promptName: 'crab' }]).labels[1].promptName // 'crab'
 */
export function createLabelSet(inputs: readonly LabelInput[], at = (i: number): string => `entry ${i + 1}`): LabelSet {
  if (inputs.length === 0) throw invalid('Expected at least one label, got none.', 'Name labels, for example "cat, dog, red panda".');
  const seen = new Map<string, number>();
  const labels = inputs.map((input, i) => {
    const label = toLabel(input, at(i));
    if (label.name === '') throw invalid(`Expected a label at ${at(i)}, got a blank.`, 'Remove the blank or write a label there.');
    const first = seen.get(label.name);
    if (first !== undefined) {
      throw invalid(
        `Expected unique labels, got "${shorten(label.name)}" at ${at(first)} and again at ${at(i)}.`,
        'Remove one of the two.',
      );
    }
    seen.set(label.name, i);
    return label;
  });
  refuseBadParents(labels);
  return { labels, fingerprint: fingerprint(labels) };
}

function toLabel(input: LabelInput, place: string): Label {
  const { label, promptName, synonyms, parent } = typeof input === 'string' ? { label: input } : (input ?? {});
  if (typeof label !== 'string')
    throw invalid(
      `Expected a label at ${place} to be a text or { label, promptName, synonyms, parent }, got ${show(input)}.`,
      "For example: 'cat'.",
    );
  const name = label.normalize('NFC').trim();
  const spoken = (promptName ?? '').normalize('NFC').trim() || name.replaceAll('_', ' ').trim() || name;
  return {
    name,
    promptName: spoken,
    synonyms: (synonyms ?? []).map((s) => s.normalize('NFC').trim()).filter((s) => s !== ''),
    ...(parent === undefined ? {} : { parent: String(parent).normalize('NFC').trim() }),
  };
}

/** Every parent is a label of the set, and no label is above itself. */
function refuseBadParents(labels: readonly Label[]): void {
  const parents = new Map(labels.map(({ name, parent }) => [name, parent]));
  for (const { name, parent } of labels) {
    if (parent === undefined) continue;
    if (!parents.has(parent))
      throw invalid(
        `Expected the parent of "${shorten(name)}" among the labels, got "${shorten(parent)}".`,
        'Add it as a label, or correct its spelling.',
      );
    const above = new Set([name]);
    for (let next: string | undefined = parent; next !== undefined; next = parents.get(next)) {
      if (above.has(next))
        throw invalid(`The label "${shorten(name)}" is above itself in the tree.`, 'Remove one of the parents in the circle.');
      above.add(next);
    }
  }
}

function invalid(message: string, hint: string): LabelwiseError {
  return new LabelwiseError('LABEL_SET_INVALID', message, { hint });
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
