import { assertWithin } from '../../core/assert-option.js';
import { isRealTime } from '../../core/is-real-time.js';
import { LabelwiseError } from '../../errors.js';
import { IMAGE_FORMATS } from '../../images/image-format.js';
import { refuseLooseCondition } from '../../store/sql-text.js';
import { toSqlText } from '../../store/to-sql-text.js';

/** What images have to be, beside what they show. */
export interface SearchFilters {
  /** One SQL condition over the columns of the index. */
  readonly where?: string | undefined;
  /** A folder, absolute. */
  readonly in?: string | undefined;
  /** Taken on or after this date, such as 2024-06-01, and before that one. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  /** A part of the camera's name, in any case. */
  readonly camera?: string | undefined;
  readonly format?: string | undefined;
  /** In pixels. */
  readonly minWidth?: number | undefined;
  readonly minHeight?: number | undefined;
}

/** A filter as one SQL condition, with its option and what was asked for. */
export interface Filter {
  readonly option: keyof SearchFilters;
  readonly value: string;
  readonly sql: string;
}

/** The filters of a search. What the named options hold is quoted; `where` has to be one condition by itself. */
export function toFilters(asked: SearchFilters): Filter[] {
  const filters: Filter[] = [];
  const add = <K extends keyof SearchFilters>(option: K, toSql: (value: NonNullable<SearchFilters[K]>) => string): void => {
    const value = asked[option];
    if (value !== undefined) filters.push({ option, value: String(value), sql: toSql(value as NonNullable<SearchFilters[K]>) });
  };
  const size = (option: string) => (value: number) => {
    assertWithin(option, value, { min: 0, max: 1e9 });
    return `${option.slice(3).toLowerCase()} >= ${value}`;
  };
  add('in', (folder) => `starts_with(path, ${toSqlText(`${folder.replace(/\/$/, '')}/`)})`);
  add('after', (date) => `taken_at >= ${toSqlText(checkDate(date, 'after'))}`);
  add('before', (date) => `taken_at < ${toSqlText(checkDate(date, 'before'))}`);
  add('camera', (camera) => `contains(lower(camera), ${toSqlText(camera.toLowerCase())})`);
  add('format', (format) => `format = ${toSqlText(checkFormat(format))}`);
  add('minWidth', size('minWidth'));
  add('minHeight', size('minHeight'));
  if (asked.where !== undefined) refuseLooseCondition(asked.where);
  add('where', (where) => where);
  return filters;
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
