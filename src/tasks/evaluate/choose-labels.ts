import { createLabelSet, type LabelSet } from '../../core/label-set.js';
import type { Dataset } from '../../datasets/dataset.js';
import { listShipped, loadLabelSet } from '../../home/data-files.js';

/** The labels of an evaluation, and where their names come from. */
export interface ChosenLabels {
  readonly labelSet: LabelSet;
  readonly source: string;
  /** The name that their examples were taught under. */
  readonly examples?: string | undefined;
}

/** The data's own labels, with the prompt names of a shipped label set that has the same names ("cra" is then asked for as a crab). */
export async function labelsOfData(dataset: Dataset): Promise<ChosenLabels> {
  const own = dataset.labelNames;
  for (const name of await listShipped('label set')) {
    const { labels } = await loadLabelSet(name);
    const byName = new Map(labels.map((label) => [label.name, label]));
    if (labels.length !== own.length || !own.every((label) => byName.has(label))) continue;
    const inputs = own.map((label) => ({ ...byName.get(label), label }));
    return { labelSet: createLabelSet(inputs), source: `the data's own, with the prompt names of ${name}` };
  }
  return { labelSet: createLabelSet(own), source: "the data's own" };
}
