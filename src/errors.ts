/** What each error code means and the exit code of the command line that goes with it. docs/reference/errors.md is made from it. */
export const ERROR_CATALOGUE = {
  INVALID_ARGUMENT: { exit: 2, meaning: 'A flag or an option has a value that cannot be used.' },
  CONFIG_INVALID: { exit: 2, meaning: 'The configuration file or an environment variable has a value that cannot be used.' },
  LABEL_SET_INVALID: { exit: 3, meaning: 'The list of labels is empty, has blanks or duplicates, or cannot be read.' },
  TEMPLATE_INVALID: { exit: 3, meaning: 'A prompt template has no placeholder, or more than one.' },
  INPUT_NOT_FOUND: { exit: 3, meaning: 'A file, folder or pattern that was named does not exist or holds no images.' },
  INPUT_UNREADABLE: { exit: 3, meaning: 'A file or folder exists, and the system does not let us read it.' },
  IMAGE_UNSUPPORTED: { exit: 3, meaning: 'The bytes are not an image of a format that can be decoded here.' },
  IMAGE_DAMAGED: { exit: 3, meaning: 'The image is cut short or broken.' },
  IMAGE_TOO_LARGE: { exit: 3, meaning: 'The image has more pixels or bytes than the limit allows.' },
  DECODER_CRASHED: { exit: 3, meaning: 'The thread that decoded the image ended before it was done.' },
  SIDECAR_INVALID: {
    exit: 3,
    meaning: 'A sidecar is not XMP, or cannot be changed without harm to what other programs wrote; it was left as it is.',
  },
  OUTPUT_UNWRITABLE: { exit: 3, meaning: 'A file that was asked for cannot be written there.' },
  BATCH_INCOMPLETE: { exit: 3, meaning: 'Some images or folders could not be used; the rest was done.' },
  DATASET_NOT_FOUND: { exit: 3, meaning: 'No data set stands at this place, or nothing there can be read as one.' },
  DATASET_INVALID: { exit: 3, meaning: 'The data set has no such split, column or label, or no rows; the message lists what there is.' },
  DATASET_DAMAGED: { exit: 3, meaning: 'A file of the data set is cut short or broken.' },
  EXAMPLE_INVALID: { exit: 3, meaning: 'A row of a data set has no image or no label that can be used; the rest was done.' },
  EVALUATION_MISMATCH: { exit: 3, meaning: 'The folder for the report holds a run of other data, labels, prompts or another model.' },
  EVALUATION_LOCKED: { exit: 3, meaning: 'Another process is evaluating into the same folder.' },
  CHECKPOINT_NOT_FOUND: { exit: 4, meaning: 'No checkpoint stands at this path or under this name.' },
  CHECKPOINT_INCOMPLETE: { exit: 4, meaning: 'The checkpoint lacks a file that is needed to run it.' },
  CHECKPOINT_DAMAGED: { exit: 4, meaning: 'A file of the checkpoint is cut short or broken.' },
  CHECKPOINT_UNSUPPORTED: { exit: 4, meaning: 'The checkpoint is whole, and its layout, inputs or outputs are not known.' },
  DTYPE_UNAVAILABLE: { exit: 4, meaning: 'The checkpoint has no files of the dtype that was asked for.' },
  QUANTIZATION_REJECTED: { exit: 4, meaning: 'An int8 copy was too far from the weights that it was made from, and was not kept.' },
  PACKAGE_INCOMPLETE: { exit: 4, meaning: 'Files of labelwise itself are missing: a bundler or a copy left them behind.' },
  DEVICE_UNAVAILABLE: { exit: 4, meaning: 'The device that was asked for cannot be used here.' },
  NATIVE_LIBRARY_MISSING: { exit: 4, meaning: 'A native library (ONNX Runtime, sharp or LanceDB) cannot be loaded; the message names it.' },
  OUT_OF_MEMORY: { exit: 4, meaning: 'Memory ran out, or the system does not let the process start another thread.' },
  CLOSED: { exit: 70, meaning: 'An encoder or classifier was used after it was closed.' },
  HUB_OFFLINE: { exit: 4, meaning: 'The checkpoint or data set is not on disk, and the program was told to stay offline.' },
  HUB_UNREACHABLE: { exit: 4, meaning: 'The model hub did not answer, or broke off again and again.' },
  HUB_UNAUTHORIZED: { exit: 4, meaning: 'The model hub asks for a token, or for other rights.' },
  HUB_NOT_FOUND: { exit: 4, meaning: 'The model hub has no such repository, revision or file.' },
  HUB_RATE_LIMITED: { exit: 4, meaning: 'The model hub asks to wait for longer than we are ready to.' },
  HUB_HASH_MISMATCH: { exit: 4, meaning: 'What was downloaded is not what the hub says it should be.' },
  LABEL_TABLE_NOT_FOUND: { exit: 5, meaning: 'The database has no label table of this name.' },
  LABEL_TABLE_EXISTS: { exit: 5, meaning: 'A label table of this name exists and would be overwritten.' },
  LABEL_TABLE_MISMATCH: { exit: 5, meaning: 'The label table was built with another encoder.' },
  INDEX_NOT_FOUND: { exit: 5, meaning: 'No images were indexed in this database.' },
  INDEX_MISMATCH: { exit: 5, meaning: 'The images were indexed with another encoder.' },
  INDEX_LOCKED: { exit: 5, meaning: 'Another process is writing the index.' },
  LOCK_LOST: { exit: 5, meaning: 'Another process took over while this one was suspended or cut off from its disk.' },
  INDEX_DAMAGED: { exit: 5, meaning: 'Rows or files of the index are missing, doubled or broken; each fault is named.' },
  TAG_SET_NOT_FOUND: { exit: 5, meaning: 'The database has no tags of this name.' },
  FORMAT_NEWER: {
    exit: 5,
    meaning: 'A later version of labelwise wrote this table, file or backup in a newer format; the message names both formats.',
  },
  DATABASE_EXISTS: { exit: 5, meaning: 'Restoring the backup would replace a database, or a folder that holds other files.' },
  BACKUP_DAMAGED: {
    exit: 5,
    meaning: 'The folder holds no backup, or a file of the backup is missing or has changed. Nothing was restored.',
  },
  STORE_FAILED: { exit: 5, meaning: 'The database could not be read or written.' },
  DISK_FULL: { exit: 5, meaning: 'The disk has no room left.' },
  UNEXPECTED: { exit: 70, meaning: 'Something failed that labelwise does not expect. The cause holds the original error.' },
  ABORTED: { exit: 130, meaning: 'The work was stopped on request (Ctrl-C or an AbortSignal).' },
} as const;

/** A stable name for a kind of failure; every one stands in docs/reference/errors.md. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/**
 * Every failure that labelwise expects: what went wrong, and what to do about it. Anything else that is thrown is a bug.
 *
 * @example
 * try { parseTemplate('a photo') } catch (error) { console.log(error.code, error.hint) }
 */
export class LabelwiseError extends Error {
  override readonly name = 'LabelwiseError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
  }

  /** What the user can do about it. */
  readonly hint: string | undefined;

  toJSON(): { code: ErrorCode; message: string; hint?: string } {
    return { code: this.code, message: this.message, ...(this.hint === undefined ? {} : { hint: this.hint }) };
  }
}

/**
 * Whether something that was thrown is an error. Test runners and vm contexts have classes of their own, and Node throws those of the main
 * context: `instanceof Error` would not know them.
 */
export function isError(thrown: unknown): thrown is Error {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'stack' in thrown;
}

/** Whether an error comes from the system with this code, for example `ENOENT`. */
export function hasSystemCode(error: unknown, ...codes: string[]): boolean {
  return isError(error) && 'code' in error && codes.includes(String(error.code));
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return isError(error) ? error.message : String(error);
}

/** The error of whatever is used after it was closed. */
export const closedError = (what = 'encoder'): LabelwiseError =>
  new LabelwiseError('CLOSED', `The ${what} was closed.`, { hint: 'Close it after its last call, or open another one.' });

/** Throws `ABORTED` when the signal says stop. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new LabelwiseError('ABORTED', 'Stopped before the work was done.', { cause: signal.reason });
  }
}
