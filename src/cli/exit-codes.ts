import { type ErrorKind, LabelwiseError } from '../errors.js';

/** The exit code of each kind of failure. */
export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = { usage: 2, input: 3, model: 4, store: 5, bug: 70, stopped: 130 };

export const exitCodeOf = (error: unknown): number => EXIT_CODES[error instanceof LabelwiseError ? error.kind : 'bug'];
