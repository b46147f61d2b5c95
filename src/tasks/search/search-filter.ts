import { assertWithin } from '../../core/assert-option.js';
import { isRealTime } from '../../core/is-real-time.js';
import { LabelwiseError } from '../../errors.js';
import { IMAGE_FORMATS } from '../../images/image-format.js';
import { refuseLooseCondition } from '../../store/sql-text.js';
import { toSqlText } from '../../store/to-sql-text.js';
import { parseDistance, parsePlace, withinSql } from './near-place.js';

/** What images have to be, beside what they show. */
export interface SearchFilters {
  /** One SQL condition over the columns of the index. */
  readonly where?: string | undefined;
  /** A folder, absolute. */
  readonly in?: string | undefined;
  /** Taken on or after this date, such as 2024-06-01, and before that one. The date of a file is none of its photo. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  /** A part of the camera's name, in any case. */
  readonly camera?: string | undefined;
  readonly format?: string | undefined;
  /** In pixels. */
  readonly minWidth?: number | undefined;
  readonly minHeight?: number | undefined;
  /** Rated at least so high, 1 to 5. */
  readonly minRating?: number | undefined;
  /** Parts of the title and of the caption, in any case. */
  readonly title?: string | undefined;
  readonly caption?: string | undefined;
  /** Taken near this place: degrees north and east, such as "48.1,11.6". */
  readonly near?: string | undefined;
  /** How near, in kilometres: "20km" or "20"; 10 by default. */
  readonly within?: string | undefined;
}

/** The keywords of a search, as other programs gave them. */
export interface KeywordFilters {
  readonly keywords?: readonly string[];
  readonly withoutKeywords?: readonly string[];
}

/** A filter as one SQL condition, with its option and what was asked for. */
export interface Filter {
  readonly option: keyof SearchFilters | 'keyword' | '-keyword';
  readonly value: string;
  readonly sql: string;
}

/** What tables of version 2 have no columns for. */
export const LATER_FILTERS: readonly Filter['option'][] = ['keyword', '-keyword', 'minRating', 'title', 'caption'];

/** Whether a photo has a date of its own; tables of version 2 know no other. */
export const HAS_OWN_DATE = `coalesce(taken_at_source, '') <> 'mtime'`;

/** The filters of a search. What the named options hold is quoted; `where` has to be one condition by itself. */
export function toFilters(asked: SearchFilters & KeywordFilters, schemaVersion = 3): Filter[] {
  const filters: Filter[] = [];
  const add = <K extends keyof SearchFilters>(option: K, toSql: (value: NonNullable<SearchFilters[K]>) => string): void => {
    const value = asked[option];
    if (value !== undefined) filters.push({ option, value: String(value), sql: toSql(value as NonNullable<SearchFilters[K]>) });
  };
  const size = (option: string) => (value: number) => {
    assertWithin(option, value, { min: 0, max: 1e9 });
    return `${option.slice(3).toLowerCase()} >= ${value}`;
  };
  const date = (option: 'after' | 'before', sign: string) => (value: string) => {
    const condition = `taken_at ${sign} ${toSqlText(checkDate(value, option))}`;
    return schemaVersion < 3 ? condition : `(${condition} AND ${HAS_OWN_DATE})`;
  };
  const holds = (column: string) => (part: string) => `contains(lower(${column}), ${toSqlText(part.toLowerCase())})`;
  add('in', (folder) => `starts_with(path, ${toSqlText(`${folder.replace(/\/$/, '')}/`)})`);
  add('after', date('after', '>='));
  add('before', date('before', '<'));
  add('camera', holds('camera'));
  add('format', (format) => `format = ${toSqlText(checkFormat(format))}`);
  add('minWidth', size('minWidth'));
  add('minHeight', size('minHeight'));
  add('minRating', (rating) => {
    assertWithin('minRating', rating, { min: 1, max: 5 });
    return `rating >= ${rating}`;
  });
  add('title', holds('title'));
  add('caption', holds('caption'));
  add('near', (place) => withinSql(parsePlace(place), parseDistance(asked.within)));
  if (asked.within !== undefined && asked.near === undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected `near` beside `within`.', {
      hint: 'For example: labelwise search --near 48.1,11.6 --within 20km',
    });
  for (const keyword of asked.keywords ?? []) filters.push({ option: 'keyword', value: keyword, sql: keywordSql(keyword) });
  for (const keyword of asked.withoutKeywords ?? [])
    filters.push({ option: '-keyword', value: keyword, sql: `(${keywordSql(keyword)}) IS NOT TRUE` });
  if (asked.where !== undefined) refuseLooseCondition(asked.where);
  add('where', (where) => where);
  return filters;
}

/** A keyword, in any case: a whole one, or any levels of a hierarchy. Each is on a line, with "/" between levels. */
function keywordSql(keyword: string): string {
  const word = keyword.toLowerCase();
  return ['\n', '/']
    .flatMap((before) => ['\n', '/'].map((after) => `contains(lower(keywords), ${toSqlText(before + word + after)})`))
    .join(' OR ');
}

/** One condition that all filters make, or undefined. */
export const toWhere = ([first, ...others]: readonly Pick<Filter, 'sql'>[]): string | undefined =>
  first && (others.length === 0 ? first.sql : [first, ...others].map(({ sql }) => `(${sql})`).join(' AND '));

function checkFormat(given: string): string {
  const format = given.toLowerCase().replace(/^jpg$/, 'jpeg').replace(/^tif$/, 'tiff');
  if (IMAGE_FORMATS.includes(format)) return format;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`format\` to be one of ${IMAGE_FORMATS.join(', ')}, got "${given}".`);
}

function checkDate(date: string, option: string): string {
  const isDate = /^\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d)?)?)?)?$/.test(date);
  if (isDate && isRealTime(date + '0000-01-01T00:00:00'.slice(date.length))) return date;
  throw new LabelwiseError(
    'INVALID_ARGUMENT',
    `Expected \`${option}\` to be a date such as 2024-06-01, got "${date}"${isDate ? ', which no calendar has' : ''}.`,
    { hint: 'A year, a month (2024-06), a day, or a time on it (2024-06-01T18:30).' },
  );
}
