import { invalid, listNames } from './dataset-errors.js';

/** Words in paths that name a split, as the hub reads them. */
const SPLIT_WORDS: readonly (readonly [split: string, words: RegExp])[] = [
  ['train', /(?:^|[^a-z])(?:train|training)(?:$|[^a-z])/i],
  ['validation', /(?:^|[^a-z])(?:validation|valid|val|dev)(?:$|[^a-z])/i],
  ['test', /(?:^|[^a-z])(?:test|testing|eval|evaluation)(?:$|[^a-z])/i],
];

/** The split that a path names: its file first, then its folders. */
export function splitOf(path: string): string | undefined {
  const parts = path.split('/').reverse();
  const sharded = /^(.+?)-\d{5}-of-\d{5}\b/.exec(parts[0] ?? '')?.[1];
  if (sharded !== undefined) return splitOf(sharded) ?? sharded;
  for (const part of parts) for (const [split, words] of SPLIT_WORDS) if (words.test(part)) return split;
  return undefined;
}

/** The split that was asked for, else the only one, else the one for tests, else the one for validation. */
export function chooseName(splits: readonly string[], wanted: string | undefined, name: string): string {
  const found = wanted === undefined ? defaultSplit(splits) : splits.find((one) => one === wanted);
  if (found !== undefined) return found;
  const asked = wanted === undefined ? 'has several splits' : `has no split "${wanted}"`;
  throw invalid(`${name} ${asked}. There is ${listNames(splits)}.`, 'Choose one with `split`.');
}

function defaultSplit(splits: readonly string[]): string | undefined {
  if (splits.length === 1) return splits[0];
  return splits.find((one) => splitOf(one) === 'test') ?? splits.find((one) => splitOf(one) === 'validation');
}
