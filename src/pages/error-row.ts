import { showInput } from '../files/show-path.js';

/** An image that could not be used, as it is shown. */
export interface ErrorRow {
  readonly path: string;
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

export const describeError = ({ path, error }: ErrorRow): string =>
  `${showInput(path)}: ${error.code}: ${error.message}${error.hint ? ` (${error.hint})` : ''}`;
