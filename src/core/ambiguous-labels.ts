import type { LabelSet } from './label-set.js';

/** A label whose words mean several things that a photo may show. */
export interface AmbiguousLabel {
  readonly label: string;
  /** Words that mean one of them each: prompt names to choose from. */
  readonly meanings: readonly string[];
}

/** The labels that go into prompts as a noun with several meanings and nothing beside it. nouns: meanings by noun. */
export function findAmbiguousLabels({ labels }: LabelSet, nouns: Readonly<Record<string, readonly string[]>>): AmbiguousLabel[] {
  return labels.flatMap(({ name, promptName, synonyms }) => {
    const noun = promptName.toLowerCase();
    const meanings = Object.hasOwn(nouns, noun) && synonyms.length === 0 ? nouns[noun] : undefined;
    return meanings ? [{ label: name, meanings }] : [];
  });
}

/** "`crane` has two meanings: `crane (bird)` or `crane (lifting device)`." */
export function describeAmbiguity({ label, meanings }: AmbiguousLabel): string {
  const named = meanings.map((meaning) => `"${meaning}"`);
  const count = ['two', 'three'][meanings.length - 2] ?? meanings.length;
  return `"${label}" has ${count} meanings: ${named.slice(0, -1).join(', ')} or ${named.at(-1)}`;
}
