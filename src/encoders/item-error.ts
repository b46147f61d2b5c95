import { LabelwiseError, messageOf } from '../errors.js';

/** What is wrong with the process or the encoder, and not with one image: it ends the whole call. */
const FATAL = ['ABORTED', 'CLOSED', 'NATIVE_LIBRARY_MISSING', 'OUT_OF_MEMORY', 'PACKAGE_INCOMPLETE'];

/** The error of one image, for its outcome. @throws what is not the fault of the image */
export function toItemError(error: unknown): LabelwiseError {
  if (!(error instanceof LabelwiseError)) {
    return new LabelwiseError('UNEXPECTED', `The image could not be prepared: ${messageOf(error)}`, {
      hint: 'This is a fault of labelwise: please report it with its cause.',
      cause: error,
    });
  }
  if (FATAL.includes(error.code)) throw error;
  return error;
}
