import { LabelwiseError } from '../errors.js';

/** A number that a flag holds. @throws LabelwiseError `INVALID_ARGUMENT` unless it lies between `min` and `max` */
export function readNumber(text: string, { flag, min, max }: { flag: string; min: number; max: number }): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= min && value <= max) return value;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected ${flag} to be a number from ${min} to ${max}, got ${JSON.stringify(text)}.`);
}
