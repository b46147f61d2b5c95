import { LabelwiseError } from '../errors.js';

/**
 * Checks a number that a caller may leave out. A message names the option as the library spells it, between backticks; the command line and
 * the service spell it their own way.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`
 */
export function assertCount(option: string, value: unknown, least = 1): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= least)) return;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`${option}\` to be a whole number from ${least}, got ${show(value)}.`);
}

/** @throws LabelwiseError `INVALID_ARGUMENT` */
export function assertWithin(option: string, value: unknown, { min, max }: { min: number; max: number }): void {
  if (value === undefined || (typeof value === 'number' && value >= min && value <= max)) return;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`${option}\` to be a number from ${min} to ${max}, got ${show(value)}.`);
}

/** A value in a message, short whatever it is. */
export function show(value: unknown): string {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return `a ${typeof value}`;
  if (typeof value === 'number' || value === undefined) return String(value);
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (Array.isArray(value)) return 'an array';
  return value === null ? 'null' : typeof value === 'object' ? 'an object' : String(value);
}
