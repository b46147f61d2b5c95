import { z } from 'zod';
import { type Feature, parseCardFeatures } from '../parquet/features.js';

/** What the YAML at the head of a data set's README says. */
export interface DatasetCard {
  readonly configs: readonly CardConfig[];
  featuresOf(config: string): readonly Feature[];
}

export interface CardConfig {
  readonly name: string;
  readonly isDefault: boolean;
  /** Patterns of paths by split. */
  readonly patterns: readonly { readonly split: string; readonly path: string }[];
}

const paths = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const splitFiles = z.looseObject({ split: z.coerce.string().default('train'), path: paths });
const dataFiles = z.union([
  paths.transform((path) => [{ split: 'train', path }]),
  z.array(splitFiles),
  splitFiles.transform((one) => [one]),
  z.record(z.string(), paths).transform((bySplit) => Object.entries(bySplit).map(([split, path]) => ({ split, path }))),
]);
const configSchema = z.looseObject({
  config_name: z.coerce.string().default('default'),
  data_files: dataFiles,
  default: z.boolean().default(false),
});
const infoSchema = z.looseObject({ config_name: z.coerce.string().default('default'), features: z.array(z.unknown()).default([]) });

/** Reads the YAML between the first two lines of `---`; what of it is not as expected is left out. */
export async function parseDatasetCard(readme: string, onWarning?: (message: string) => void): Promise<DatasetCard> {
  const yaml = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(readme)?.[1];
  const head = yaml === undefined ? {} : await parseYaml(yaml, onWarning);
  const configs = [head.configs ?? []].flat().flatMap((value) => {
    const config = configSchema.safeParse(value).data;
    if (!config) return [];
    const patterns = config.data_files.flatMap(({ split, path }) => path.map((one) => ({ split, path: one })));
    return [{ name: config.config_name, isDefault: config.default, patterns }];
  });
  const infos = [head.dataset_info ?? []].flat().flatMap((value) => infoSchema.safeParse(value).data ?? []);
  return {
    configs,
    featuresOf(config) {
      const info = infos.find(({ config_name }) => config_name === config) ?? (infos.length === 1 ? infos[0] : undefined);
      return parseCardFeatures(info?.features ?? []);
    },
  };
}

async function parseYaml(text: string, onWarning?: (message: string) => void): Promise<{ configs?: unknown; dataset_info?: unknown }> {
  const { parse } = await import('yaml');
  try {
    const head: unknown = parse(text);
    return typeof head === 'object' && head !== null ? head : {};
  } catch (error) {
    onWarning?.(`the YAML of the data set's README cannot be read, and is left out: ${(error as Error).message.split('\n')[0]}`);
    return {};
  }
}
