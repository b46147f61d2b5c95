import { ERROR_CATALOGUE, LabelwiseError } from '../errors.js';

/** The exit code for a failure: 2 usage, 3 input or output, 4 model, 5 index or full disk, 130 stopped, 70 a bug of ours. */
export function exitCodeOf(error: unknown): number {
  return error instanceof LabelwiseError ? ERROR_CATALOGUE[error.code].exit : 70;
}
