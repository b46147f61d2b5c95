import { formatCount } from '../../core/format-count.js';
import type { ImageSearcher } from '../../store/search-images.js';
import { readIndexFacts } from '../open-index.js';
import type { Workspace } from '../workspace.js';
import { type Filter, LATER_FILTERS, toWhere } from './search-filter.js';

/** Why filters leave no image: each that none passes by itself, with what the index holds instead. */
export async function explainNothing(workspace: Workspace, filters: readonly Filter[], searcher: ImageSearcher): Promise<string[]> {
  const empty: Filter[] = [];
  for (const filter of filters) if ((await searcher.count(filter.sql)) === 0) empty.push(filter);
  const where = toWhere(filters);
  if (empty.length === 0)
    return where !== undefined && (await searcher.count(where)) === 0 ? ['No image in the index passes all the filters.'] : [];
  return Promise.all(empty.map(async (filter) => `${describeMiss(filter)}${await holdsInstead(workspace, filter, searcher)}`));
}

const describeMiss = ({ option, value }: Filter): string => {
  if (option === 'keyword') return `No image in the index has the keyword "${value}".`;
  if (option === '-keyword') return `All images in the index have the keyword "${value}".`;
  return `No image in the index passes \`${option}\` ${value}.`;
};

async function holdsInstead(workspace: Workspace, { option }: Filter, searcher: ImageSearcher): Promise<string> {
  if (option === 'in') return ` Its folders are: ${(await readIndexFacts(workspace)).roots.join(', ')}.`;
  const column = ({ format: 'format', camera: 'camera', keyword: 'keywords' } as const)[option as 'format'];
  if (column === undefined) return '';
  const values = await searcher.tally(column);
  const shown = values.slice(0, SHOWN).map(({ value, images }) => `${value} (${images})`);
  const more = values.length > SHOWN ? ` and ${values.length - SHOWN} more` : '';
  const name = { format: 'formats', camera: 'cameras', keywords: 'keywords' }[column];
  return values.length === 0 ? ` It has no ${name}.` : ` Its ${name} are: ${shown.join(', ')}${more}.`;
}

const SHOWN = 12;

/** Whether a condition reads the date, in a column's place rather than in a text. */
const readsDate = ({ option, sql }: Filter): boolean =>
  option === 'after' || option === 'before' || (option === 'where' && /\btaken_at\b/i.test(sql.replace(/'[^']*'/g, '')));

/** What filters leave out because nobody knows: photos without a date, without a place, or that an earlier version indexed. */
export async function countUnknown(filters: readonly Filter[], searcher: ImageSearcher): Promise<string[]> {
  const isLater = searcher.facts.schemaVersion >= 3;
  const dated = filters.filter(readsDate);
  const byOption = dated.some(({ option }) => option !== 'where');
  // SQL counts what is unknown as false; the date of a file is none of its photo
  const undated = isLater && byOption ? "taken_at IS NULL OR taken_at_source = 'mtime'" : 'taken_at IS NULL';
  const groups = [
    { filters: dated, unknown: byOption ? [{ sql: undated }] : [{ sql: undated }, { sql: `(${toWhere(dated)}) IS NULL` }], of: 'a date' },
    { filters: filters.filter(({ option }) => option === 'near'), unknown: [{ sql: 'latitude IS NULL' }], of: 'a place' },
    {
      filters: isLater ? filters.filter(({ option }) => LATER_FILTERS.includes(option)) : [],
      unknown: [{ sql: 'taken_at_source IS NULL' }],
      of: 'keywords yet: run "labelwise index" once',
    },
  ];
  const notes: string[] = [];
  for (const group of groups) {
    if (group.filters.length === 0) continue;
    const others = filters.filter((filter) => !group.filters.includes(filter));
    const count = await searcher.count(toWhere([...others, ...group.unknown]) as string);
    const options = [...new Set(group.filters.map(({ option }) => (option.endsWith('keyword') ? `${option}:` : `\`${option}\``)))];
    if (count > 0)
      notes.push(
        `${options.join(' and ')} ${options.length === 1 ? 'leaves' : 'leave'} out ${formatCount(count, 'file')} without ${group.of}.`,
      );
  }
  const where = filters.some((filter) => filter.option === 'where' && readsDate(filter)) && isLater ? toWhere(filters) : undefined;
  const byFile = where === undefined ? 0 : await searcher.count(`(${where}) AND taken_at_source = 'mtime'`);
  if (byFile > 0) notes.push(`Of ${formatCount(byFile, 'file')}, taken_at is only the date of the file (taken_at_source = 'mtime').`);
  return notes;
}
