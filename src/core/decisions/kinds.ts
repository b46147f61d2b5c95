/** A concept: its names with `|` between them, then the places of the concepts that it is a kind of. */
export type Concept = readonly [names: string, ...above: number[]];

/**
 * The places of the words that can speak against the labels. A word for a kind of a label, or for what a label is a kind of, cannot: a photo of
 * a beagle shows a dog. Words and labels that no concept names stay.
 */
export function wordsAgainst(labels: readonly string[], words: readonly string[], concepts: readonly Concept[]): number[] {
  const places = new Map<string, number[]>();
  for (const [place, [names]] of concepts.entries())
    for (const name of names.split('|')) places.set(name, [...(places.get(name) ?? []), place]);
  const find = (name: string): readonly number[] => {
    const word = name.toLowerCase().replaceAll('_', ' ');
    return places.get(word) ?? places.get(word.replace(/s$/, '')) ?? [];
  };
  const rise = (from: readonly number[]): Set<number> => {
    const found = new Set(from); // grows while it is read
    for (const place of found) for (const above of (concepts[place] as Concept).slice(1) as number[]) found.add(above);
    return found;
  };
  const own = new Set(labels.flatMap(find));
  const above = rise([...own]);
  return [...words.keys()].filter((word) => {
    const senses = find(words[word] as string);
    return !senses.some((sense) => above.has(sense)) && ![...rise(senses)].some((place) => own.has(place));
  });
}
