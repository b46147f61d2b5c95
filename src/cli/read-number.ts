import { LabelwiseError } from '../errors.js';

interface NumberRule {
  readonly flag: string;
  readonly min: number;
  readonly max?: number;
  readonly isWhole?: boolean;
}

/** The number in a flag, or undefined if the flag is not given. @throws LabelwiseError `INVALID_ARGUMENT` unless it fits the rule */
export function readNumber(text: string, rule: NumberRule): number;
export function readNumber(text: string | undefined, rule: NumberRule): number | undefined;
export function readNumber(text: string | undefined, { flag, min, max = Infinity, isWhole = false }: NumberRule): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= min && value <= max && (!isWhole || Number.isSafeInteger(value))) return value;
  const range = max === Infinity ? `from ${min}` : `from ${min} to ${max}`;
  throw new LabelwiseError(
    'INVALID_ARGUMENT',
    `Expected ${flag} to be a ${isWhole ? 'whole number' : 'number'} ${range}, got ${JSON.stringify(text)}.`,
  );
}
