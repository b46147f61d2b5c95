import { readIndexFile } from '../store/current-images.js';
import type { ImageSearcher } from '../store/search-images.js';
import type { Run } from './context.js';
import { type Filter, toWhere } from './search-filter.js';

/** Why filters leave no image: each that none passes by itself, with what the index holds instead. */
export async function explainNothing(filters: readonly Filter[], searcher: ImageSearcher, { config }: Run): Promise<string[]> {
  const empty: Filter[] = [];
  for (const filter of filters) if ((await searcher.count(filter.sql)) === 0) empty.push(filter);
  const where = toWhere(filters);
  if (empty.length === 0)
    return where !== undefined && (await searcher.count(where)) === 0 ? ['No image in the index passes all the filters.'] : [];
  return Promise.all(empty.map(async ({ typed }) => `No image in the index passes ${typed}.${await holdsInstead(typed)}`));

  async function holdsInstead(typed: string): Promise<string> {
    if (typed.startsWith('--in ')) {
      const { roots } = await readIndexFile(config.db);
      return ` Its folders are: ${roots.join(', ')}.`;
    }
    if (!typed.startsWith('--format ')) return '';
    const formats = await searcher.formats();
    return ` Its formats are: ${formats.map(({ format, images }) => `${format} (${images})`).join(', ')}.`;
  }
}
