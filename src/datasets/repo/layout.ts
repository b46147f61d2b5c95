import { invalid, listNames } from '../dataset-errors.js';
import { chooseName, splitOf } from '../splits.js';
import type { CardConfig } from './dataset-card.js';
import { createGlob } from './glob.js';

/** The Parquet files of a repository by configuration and split. */
export interface RepoConfig {
  readonly name: string;
  readonly isDefault: boolean;
  readonly splits: ReadonlyMap<string, readonly string[]>;
}

/** What is where: as the README says, else by the files' names (train-00000-of-00002, test/0000, config/split/0000). */
export function readLayout(paths: readonly string[], configs: readonly CardConfig[]): RepoConfig[] {
  const parquet = paths.filter((path) => /\.parquet$/i.test(path)).sort();
  const fromCard = configs
    .map((config) => ({ name: config.name, isDefault: config.isDefault, splits: matchPatterns(config, parquet) }))
    .filter((config) => config.splits.size > 0);
  return fromCard.length > 0 ? fromCard : guessLayout(parquet);
}

function matchPatterns(config: CardConfig, paths: readonly string[]): Map<string, string[]> {
  const splits = new Map<string, string[]>();
  for (const { split, path } of config.patterns) {
    const isMatch = createGlob(path);
    const matching = paths.filter((candidate) => isMatch(candidate) || candidate.startsWith(`${path.replace(/\/$/, '')}/`));
    if (matching.length > 0) splits.set(split, [...new Set([...(splits.get(split) ?? []), ...matching])].sort());
  }
  return splits;
}

/** Files below one folder are one configuration where that folder is neither a split nor the usual `data`. */
function guessLayout(paths: readonly string[]): RepoConfig[] {
  const configs = new Map<string, Map<string, string[]>>();
  for (const path of paths) {
    const [folder = '', ...rest] = path.split('/');
    const isConfig = rest.length > 0 && folder !== 'data' && splitOf(folder) === undefined;
    const splits = configs.get(isConfig ? folder : 'default') ?? new Map<string, string[]>();
    const split = splitOf(isConfig ? rest.join('/') : path) ?? 'train';
    splits.set(split, [...(splits.get(split) ?? []), path]);
    configs.set(isConfig ? folder : 'default', splits);
  }
  return [...configs].map(([name, splits]) => ({ name, isDefault: name === 'default', splits }));
}

export interface ChosenSplit {
  readonly config: string;
  readonly split: string;
  readonly paths: readonly string[];
  readonly configs: readonly string[];
  readonly splits: readonly string[];
}

/** The split that was asked for. @throws LabelwiseError `DATASET_INVALID` that lists what there is */
export function chooseSplit(
  layout: readonly RepoConfig[],
  name: string,
  wanted: { config?: string | undefined; split?: string | undefined },
): ChosenSplit {
  const config = chooseConfig(layout, name, wanted.config);
  const splits = [...config.splits.keys()];
  const split = chooseName(splits, wanted.split, `${name}${layout.length > 1 ? ` (${config.name})` : ''}`);
  const paths = config.splits.get(split) ?? [];
  const gap = findGap(paths);
  if (gap !== undefined)
    throw invalid(`The split "${split}" of ${name} is incomplete: ${gap} is missing.`, 'Copy or download the rest of its files.');
  return { config: config.name, split, paths, configs: layout.map((one) => one.name), splits };
}

function chooseConfig(layout: readonly RepoConfig[], name: string, wanted: string | undefined): RepoConfig {
  const names = layout.map((config) => config.name);
  const found = layout.find((config) =>
    wanted === undefined
      ? layout.length === 1 || config.isDefault || (config.name === 'default' && !layout.some((one) => one.isDefault))
      : config.name === wanted,
  );
  if (found) return found;
  const asked = wanted === undefined ? `has several configurations` : `has no configuration "${wanted}"`;
  throw invalid(`${name} ${asked}. There is ${listNames(names)}.`, 'Choose one with `config`.');
}

/** Shards say how many they are (00000-of-00003): the first that is missing, or undefined. */
function findGap(paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const match = /^(.*-)(\d{5})-of-(\d{5})(.*)$/.exec(path);
    if (!match) continue;
    const [, before = '', , count = '0', after = ''] = match;
    // The hub adds a hash of the content to some names: then the place of it is not known.
    const isThere = (shard: string): boolean => paths.some((one) => one.startsWith(`${before}${shard}-of-${count}`));
    for (let i = 0; i < Number(count); i++) {
      const shard = String(i).padStart(5, '0');
      if (!isThere(shard)) return `${before}${shard}-of-${count}${after}`;
    }
  }
  return undefined;
}
