import type { Concept } from '../decisions/kinds.js';
import { dotProduct, type Embedding } from '../embedding.js';
import { type Matrix, type MatrixProduct, multiply, sliceRows, toMatrix } from '../matrix-product.js';

/** What a group is called. */
export interface GroupName {
  /** The place of a word. No two groups have the same. */
  readonly word: number;
  /** Further words that fit, the best first. */
  readonly others: readonly number[];
  /** The mean probability that its images show the word or a kind of it, 0 to 1. */
  readonly probability: number;
}

export interface NameGroupsOptions {
  readonly words: readonly string[];
  /** [words][dimension] */
  readonly vectors: readonly Embedding[];
  /** What words are kinds of, to call a group of beagles and poodles "dog". */
  readonly concepts: readonly Concept[];
  /** What multiplies the similarities in the softmax over all words. */
  readonly scale: number;
  /** How many further words each group gets at most. */
  readonly others: number;
  readonly multiply?: MatrixProduct | undefined;
  /** Called after each block of images. It may throw to stop. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const BLOCK_ROWS = 2048;
/** Words whose embeddings are nearly the same would be one name twice. */
const SAME = 0.98;
/** Keeps a word that nearly no image shows from winning by its rarity. */
const RARE = 1e-3;

/**
 * Names groups by contrast: the word whose mean probability over the group stands out from that over the whole collection (its root, so that a
 * word for a part of the group can win over one for nearly everything). A kind counts for all
 * that it is a kind of, so a group of many breeds is "dog", and one of beagles is "beagle". Of two groups that one word fits, the one that it fits
 * better has it.
 *
 * @param images unit vectors
 * @param groupOf the group of each image; below 0 for one of no group, which counts for the collection alone
 */
export async function nameGroups(images: Matrix, groupOf: Int32Array, options: NameGroupsOptions): Promise<GroupName[]> {
  const { shares, all } = await meanProbabilities(images, groupOf, options);
  const scores = shares.map((share) =>
    share.map((value, word) => Math.sqrt(value) * Math.log((value + RARE) / ((all[word] as number) + RARE))),
  );
  const ranked = scores.map((score) => [...score.keys()].sort((a, b) => (score[b] as number) - (score[a] as number)));
  const names = giveNames(ranked, scores, options.vectors);
  return names.map((word, group) => ({
    word,
    others: pickOthers(ranked[group] as number[], { word, ...options }),
    probability: Math.min(1, (shares[group] as Float64Array)[word] as number),
  }));
}

/** The mean probability of each word over the images of each group, and over all. [groups][words], [words] */
async function meanProbabilities(
  images: Matrix,
  groupOf: Int32Array,
  { words, vectors, concepts, scale, multiply: product = multiply, onProgress }: NameGroupsOptions,
): Promise<{ shares: Float64Array[]; all: Float64Array }> {
  const columns = toMatrix(vectors);
  const groups = groupOf.reduce((most, group) => Math.max(most, group + 1), 0);
  const sums = Array.from({ length: groups }, () => new Float64Array(words.length));
  const rest = new Float64Array(words.length);
  const counts = new Uint32Array(groups);
  for (let from = 0; from < images.rows; from += BLOCK_ROWS) {
    const block = sliceRows(images, from, from + BLOCK_ROWS);
    const similarities = await product(block, columns); // [block, words]
    for (let row = 0; row < block.rows; row++) {
      const group = groupOf[from + row] as number;
      if (group >= 0) counts[group] = (counts[group] as number) + 1;
      addSoftmax(similarities.subarray(row * words.length, (row + 1) * words.length), scale, sums[group] ?? rest);
    }
    onProgress?.(from + block.rows, images.rows);
  }
  const above = findAbove(words, concepts);
  const all = withAbove(
    rest.map((sum, word) => (sum + sums.reduce((total, own) => total + (own[word] as number), 0)) / images.rows),
    above,
  );
  return {
    shares: sums.map((sum, group) =>
      withAbove(
        sum.map((value) => value / (counts[group] as number)),
        above,
      ),
    ),
    all,
  };
}

function addSoftmax(similarities: Float32Array, scale: number, sums: Float64Array): void {
  const most = similarities.reduce((best, similarity) => Math.max(best, similarity), -1);
  let total = 0;
  for (let word = 0; word < similarities.length; word++) {
    const weight = Math.exp(scale * ((similarities[word] as number) - most));
    similarities[word] = weight;
    total += weight;
  }
  for (let word = 0; word < similarities.length; word++) sums[word] = (sums[word] as number) + (similarities[word] as number) / total;
}

/** The places of the words above each word: those of "dog" and "animal" for "beagle". */
function findAbove(words: readonly string[], concepts: readonly Concept[]): number[][] {
  const places = new Map(words.map((word, place) => [word.toLowerCase(), place]));
  const named = new Map<string, number[]>();
  for (const [at, [names]] of concepts.entries()) for (const name of names.split('|')) named.set(name, [...(named.get(name) ?? []), at]);
  return words.map((word, place) => {
    const reached = new Set(named.get(word.toLowerCase())); // grows while it is read
    for (const at of reached) for (const above of (concepts[at] as Concept).slice(1) as number[]) reached.add(above);
    const above = [...reached].flatMap((at) => (concepts[at] as Concept)[0].split('|')).flatMap((name) => places.get(name) ?? []);
    return [...new Set(above)].filter((other) => other !== place);
  });
}

function withAbove(own: Float64Array, above: readonly (readonly number[])[]): Float64Array {
  const sums = own.slice();
  for (const [word, value] of own.entries()) for (const other of above[word] as number[]) sums[other] = (sums[other] as number) + value;
  return sums;
}

/** Gives each group the best word that no other has, the surest pairs of a group and a word first. */
function giveNames(ranked: readonly number[][], scores: readonly Float64Array[], vectors: readonly Embedding[]): number[] {
  const names: (number | undefined)[] = ranked.map(() => undefined);
  const next = ranked.map(() => 0);
  const taken: number[] = [];
  for (let left = ranked.length; left > 0; left--) {
    let best = -1;
    for (const [group, words] of ranked.entries()) {
      if (names[group] !== undefined) continue;
      while ((next[group] as number) < words.length - 1 && isTaken(words[next[group] as number] as number))
        next[group] = (next[group] as number) + 1;
      if (best < 0 || scoreOf(group) > scoreOf(best)) best = group;
    }
    const word = (ranked[best] as number[])[next[best] as number] as number;
    names[best] = word;
    taken.push(word);
  }
  return names as number[];

  function isTaken(word: number): boolean {
    return taken.some((other) => isSame(word, other, vectors));
  }
  function scoreOf(group: number): number {
    return (scores[group] as Float64Array)[(ranked[group] as number[])[next[group] as number] as number] as number;
  }
}

const isSame = (a: number, b: number, vectors: readonly Embedding[]): boolean =>
  a === b || dotProduct(vectors[a] as Embedding, vectors[b] as Embedding) >= SAME;

function pickOthers(
  ranked: readonly number[],
  { word, others, vectors }: { word: number; others: number; vectors: readonly Embedding[] },
): number[] {
  const picked: number[] = [];
  for (const candidate of ranked) {
    if (picked.length === others) break;
    if ([word, ...picked].every((other) => !isSame(candidate, other, vectors))) picked.push(candidate);
  }
  return picked;
}
