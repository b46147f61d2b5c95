import { formatCount } from '../../core/format-count.js';
import type { ImageSearcher } from '../../store/search-images.js';
import { readIndexFacts } from '../open-index.js';
import type { Workspace } from '../workspace.js';
import { type Filter, toWhere } from './search-filter.js';

/** Why filters leave no image: each that none passes by itself, with what the index holds instead. */
export async function explainNothing(workspace: Workspace, filters: readonly Filter[], searcher: ImageSearcher): Promise<string[]> {
  const empty: Filter[] = [];
  for (const filter of filters) if ((await searcher.count(filter.sql)) === 0) empty.push(filter);
  const where = toWhere(filters);
  if (empty.length === 0)
    return where !== undefined && (await searcher.count(where)) === 0 ? ['No image in the index passes all the filters.'] : [];
  const holdsInstead = async ({ option }: Filter): Promise<string> => {
    if (option === 'in') return ` Its folders are: ${(await readIndexFacts(workspace)).roots.join(', ')}.`;
    if (option !== 'format') return '';
    return ` Its formats are: ${(await searcher.formats()).map(({ format, images }) => `${format} (${images})`).join(', ')}.`;
  };
  return Promise.all(
    empty.map(async (filter) => `No image in the index passes \`${filter.option}\` ${filter.value}.${await holdsInstead(filter)}`),
  );
}

/** Whether a condition reads the date, in a column's place rather than in a text. */
const readsDate = ({ option, sql }: Filter): boolean =>
  option === 'after' || option === 'before' || (option === 'where' && /\btaken_at\b/i.test(sql.replace(/'[^']*'/g, '')));

/** How many files pass all other filters, have no date, and so leave those of dates unknown: SQL counts that as false. */
export async function countUndated(filters: readonly Filter[], searcher: ImageSearcher): Promise<string[]> {
  const dated = filters.filter(readsDate);
  if (dated.length === 0) return [];
  const unknown = [{ sql: 'taken_at IS NULL' }, { sql: `(${toWhere(dated)}) IS NULL` }];
  const undated = await searcher.count(toWhere([...filters.filter((filter) => !readsDate(filter)), ...unknown]) as string);
  const options = dated.map(({ option }) => `\`${option}\``).join(' and ');
  return undated === 0 ? [] : [`${options} ${dated.length === 1 ? 'leaves' : 'leave'} out ${formatCount(undated, 'file')} without a date.`];
}
