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

/** The filters as SQL, or undefined. What the named flags hold is quoted; `--where` has to be one condition by itself. */
export function toWhere(flags: FilterFlags, cwd: string): string | undefined {
  const terms: string[] = [];
  if (flags.in !== undefined) terms.push(`starts_with(path, ${toSqlText(`${resolve(cwd, flags.in).replace(/\/$/, '')}/`)})`);
  if (flags.after !== undefined) terms.push(`taken_at >= ${toSqlText(checkDate(flags.after, '--after'))}`);
  if (flags.before !== undefined) terms.push(`taken_at < ${toSqlText(checkDate(flags.before, '--before'))}`);
  if (flags.camera !== undefined) terms.push(`contains(lower(camera), ${toSqlText(flags.camera.toLowerCase())})`);
  if (flags.format !== undefined) terms.push(`format = ${toSqlText(checkFormat(flags.format))}`);
  if (flags.minWidth !== undefined) terms.push(`width >= ${readNumber(flags.minWidth, { flag: '--min-width', min: 0, max: 1e9 })}`);
  if (flags.minHeight !== undefined) terms.push(`height >= ${readNumber(flags.minHeight, { flag: '--min-height', min: 0, max: 1e9 })}`);
  if (flags.where !== undefined) {
    refuseLooseCondition(flags.where);
    terms.push(terms.length === 0 ? flags.where : `(${flags.where})`);
  }
  return terms.length === 0 ? undefined : terms.join(' AND ');
}

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
