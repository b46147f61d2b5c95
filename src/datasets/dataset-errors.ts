import { LabelwiseError } from '../errors.js';

/** There is no data set at this place. */
export function notFound(message: string, hint: string, cause?: unknown): LabelwiseError {
  return new LabelwiseError('DATASET_NOT_FOUND', message, { hint, cause });
}

/** The data set is there, and it has not what was asked for. */
export function invalid(message: string, hint: string, cause?: unknown): LabelwiseError {
  return new LabelwiseError('DATASET_INVALID', message, { hint, cause });
}

/** A file of the data set is cut short or broken. */
export function damaged(message: string, cause?: unknown): LabelwiseError {
  return new LabelwiseError('DATASET_DAMAGED', message, { hint: 'Copy or download it again from where it came.', cause });
}

/** One row that cannot be used; the message names it. */
export function badRow(message: string): LabelwiseError {
  return new LabelwiseError('EXAMPLE_INVALID', message);
}

/** Names for a message: all of a few, the first of many. */
export function listNames(names: readonly string[], most = 20): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
