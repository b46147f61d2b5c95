import { resolve } from 'node:path';
import { isRealTime } from '../core/is-real-time.js';
import { LabelwiseError } from '../errors.js';
import { IMAGE_FORMATS } from '../images/image-format.js';
import { refuseLooseCondition, toSqlText } from '../store/sql-text.js';
import { readNumber } from './read-number.js';

/** The filters of a search that have names of their own. */
export interface FilterFlags {
  readonly where?: string | undefined;
  readonly in?: string | undefined;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly camera?: string | undefined;
  readonly format?: string | undefined;
  readonly minWidth?: string | undefined;
  readonly minHeight?: string | undefined;
}

/** A filter as one SQL condition, and how it was typed. */
export interface Filter {
  readonly typed: string;
  readonly sql: string;
}

/** The filters of a search. What the named flags hold is quoted; `--where` has to be one condition by itself. */
export function toFilters(flags: FilterFlags, cwd: string): Filter[] {
  const filters: Filter[] = [];
  const add = (flag: string, value: string | undefined, toSql: (value: string) => string): void => {
    if (value !== undefined) filters.push({ typed: `${flag} ${value}`, sql: toSql(value) });
  };
  const size = (flag: string) => (value: string) => `${flag.slice(6)} >= ${readNumber(value, { flag, min: 0, max: 1e9 })}`;
  add('--in', flags.in, (folder) => `starts_with(path, ${toSqlText(`${resolve(cwd, folder).replace(/\/$/, '')}/`)})`);
  add('--after', flags.after, (date) => `taken_at >= ${toSqlText(checkDate(date, '--after'))}`);
  add('--before', flags.before, (date) => `taken_at < ${toSqlText(checkDate(date, '--before'))}`);
  add('--camera', flags.camera, (camera) => `contains(lower(camera), ${toSqlText(camera.toLowerCase())})`);
  add('--format', flags.format, (format) => `format = ${toSqlText(checkFormat(format))}`);
  add('--min-width', flags.minWidth, size('--min-width'));
  add('--min-height', flags.minHeight, size('--min-height'));
  if (flags.where !== undefined) refuseLooseCondition(flags.where);
  add('--where', flags.where, (where) => where);
  return filters;
}

/** One condition that all filters make, or undefined. */
export const toWhere = ([first, ...others]: readonly Filter[]): string | undefined =>
  first && (others.length === 0 ? first.sql : [first, ...others].map(({ sql }) => `(${sql})`).join(' AND '));

function checkFormat(given: string): string {
  const format = given.toLowerCase().replace(/^jpg$/, 'jpeg').replace(/^tif$/, 'tiff');
  if (IMAGE_FORMATS.includes(format)) return format;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected --format to be one of ${IMAGE_FORMATS.join(', ')}, got "${given}".`);
}

function checkDate(date: string, flag: string): string {
  const isDate = /^\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d)?)?)?)?$/.test(date);
  if (isDate && isRealTime(date + '0000-01-01T00:00:00'.slice(date.length))) return date;
  throw new LabelwiseError(
    'INVALID_ARGUMENT',
    `Expected ${flag} to be a date such as 2024-06-01, got "${date}"${isDate ? ', which no calendar has' : ''}.`,
    { hint: 'A year, a month (2024-06), a day, or a time on it (2024-06-01T18:30).' },
  );
}
