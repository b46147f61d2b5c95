/**
 * Who can fix a failure: `usage` (whoever wrote the call), `input` (whoever supplied the files), `model` and `store` (whoever runs the
 * model or keeps the database), `stopped` (nobody: it stopped on request), `bug` (labelwise, or the program around it). Each door maps kinds to
 * its own codes.
 */
export type ErrorKind = 'usage' | 'input' | 'model' | 'store' | 'stopped' | 'bug';

/** The kind and meaning of each error code, as in docs/reference/errors.md. */
export const ERROR_CATALOGUE = {
  INVALID_ARGUMENT: { kind: 'usage', meaning: 'An option has a value that cannot be used.' },
  CONFIG_INVALID: { kind: 'usage', meaning: 'The configuration file or an environment variable has a value that cannot be used.' },
  LABEL_SET_INVALID: { kind: 'input', meaning: 'The list of labels is empty, contains blanks or duplicates, or cannot be read.' },
  TEMPLATE_INVALID: { kind: 'input', meaning: 'A prompt template has no placeholder, or more than one.' },
  INPUT_NOT_FOUND: { kind: 'input', meaning: 'A file, folder or pattern does not exist, or contains no images.' },
  INPUT_UNREADABLE: { kind: 'input', meaning: 'A file or folder exists but cannot be read.' },
  IMAGE_UNSUPPORTED: { kind: 'input', meaning: 'The bytes are not an image in a supported format.' },
  IMAGE_DAMAGED: { kind: 'input', meaning: 'The image is cut short or broken.' },
  IMAGE_TOO_LARGE: { kind: 'input', meaning: 'The image has more pixels or bytes than the limit allows.' },
  DECODER_CRASHED: { kind: 'input', meaning: 'The thread or process that decoded the image ended early.' },
  SIDECAR_INVALID: {
    kind: 'input',
    meaning: 'A sidecar is not XMP, or cannot be edited without harming what other programs wrote. It was not changed.',
  },
  OUTPUT_UNWRITABLE: { kind: 'input', meaning: 'An output file cannot be written.' },
  BATCH_INCOMPLETE: { kind: 'input', meaning: 'Some images or folders could not be used. The others were processed.' },
  DATASET_NOT_FOUND: { kind: 'input', meaning: 'There is no data set at this path or under this name.' },
  DATASET_INVALID: {
    kind: 'input',
    meaning: 'The data set has no such split, column or label, or no rows. The message lists what it has.',
  },
  DATASET_DAMAGED: { kind: 'input', meaning: 'A file of the data set is cut short or broken.' },
  EXAMPLE_INVALID: { kind: 'input', meaning: 'A row of a data set has no usable image or label. The other rows were processed.' },
  EVALUATION_MISMATCH: { kind: 'input', meaning: 'The report folder contains a run with other data, labels, prompts or another model.' },
  EVALUATION_LOCKED: { kind: 'input', meaning: 'Another process is evaluating into the same folder.' },
  CHECKPOINT_NOT_FOUND: { kind: 'model', meaning: 'There is no checkpoint at this path or under this name.' },
  CHECKPOINT_INCOMPLETE: { kind: 'model', meaning: 'The checkpoint lacks a file that is needed to run it.' },
  CHECKPOINT_DAMAGED: { kind: 'model', meaning: 'A file of the checkpoint is cut short or broken.' },
  CHECKPOINT_UNSUPPORTED: { kind: 'model', meaning: 'The checkpoint is complete, but its layout, inputs or outputs are not supported.' },
  DTYPE_UNAVAILABLE: { kind: 'model', meaning: 'The checkpoint has no files of the requested dtype.' },
  QUANTIZATION_REJECTED: { kind: 'model', meaning: 'An int8 copy differed too much from the original weights, and was not kept.' },
  PACKAGE_INCOMPLETE: { kind: 'model', meaning: 'Files of labelwise itself are missing: a bundler or a copy left them behind.' },
  PRECISION_UNCHECKED: { kind: 'model', meaning: 'The requested precision has to pass `models quantize` for this model first.' },
  ENGINE_UNAVAILABLE: { kind: 'model', meaning: 'The requested engine is missing, too old, or cannot run this model.' },
  DEVICE_UNAVAILABLE: { kind: 'model', meaning: 'The requested device cannot be used on this machine.' },
  NATIVE_LIBRARY_MISSING: {
    kind: 'model',
    meaning: 'A native library (ONNX Runtime, sharp or LanceDB) cannot be loaded; the message names it.',
  },
  OUT_OF_MEMORY: { kind: 'model', meaning: 'Memory ran out, or the system does not let the process start another thread.' },
  CLOSED: { kind: 'bug', meaning: 'An encoder, classifier or workspace was used after it was closed.' },
  HUB_OFFLINE: { kind: 'model', meaning: 'The checkpoint or data set is not on disk, and offline mode is on.' },
  HUB_UNREACHABLE: { kind: 'model', meaning: 'The model hub did not answer, or kept breaking off the download.' },
  HUB_UNAUTHORIZED: { kind: 'model', meaning: 'The model hub requires a token, or a token with more rights.' },
  HUB_NOT_FOUND: { kind: 'model', meaning: 'The model hub has no such repository, revision or file.' },
  HUB_RATE_LIMITED: { kind: 'model', meaning: 'The model hub asks to wait longer than labelwise is willing to.' },
  HUB_HASH_MISMATCH: { kind: 'model', meaning: 'A downloaded file does not match the hash that the hub states.' },
  LABEL_TABLE_NOT_FOUND: { kind: 'store', meaning: 'The database has no label table of this name.' },
  LABEL_TABLE_EXISTS: { kind: 'store', meaning: 'A label table of this name already exists.' },
  LABEL_TABLE_MISMATCH: { kind: 'store', meaning: 'The label table, or the examples of a label set, were made with another encoder.' },
  INDEX_NOT_FOUND: { kind: 'store', meaning: 'No images were indexed in this database.' },
  INDEX_MISMATCH: { kind: 'store', meaning: 'The images were indexed with another encoder.' },
  INDEX_LOCKED: { kind: 'store', meaning: 'Another process is writing the index.' },
  QUEUE_FAILED: {
    kind: 'store',
    meaning: 'The queue cannot be reached, refuses a command (as when its memory is full), or is set up so that it would lose jobs.',
  },
  SHARD_FAILED: { kind: 'input', meaning: 'Every worker that took these images failed or ended. The others were processed.' },
  LOCK_LOST: { kind: 'store', meaning: 'Another process took over while this one was suspended or cut off from its disk.' },
  INDEX_DAMAGED: { kind: 'store', meaning: 'Rows or files of the index are missing, duplicated or broken. Each fault is listed.' },
  TAG_SET_NOT_FOUND: { kind: 'store', meaning: 'The database has no tags of this name.' },
  FORMAT_NEWER: {
    kind: 'store',
    meaning: 'A later version of labelwise wrote this table, file or backup in a newer format. The message names both formats.',
  },
  DATABASE_EXISTS: { kind: 'store', meaning: 'Restoring the backup would replace a database, or a folder that holds other files.' },
  BACKUP_DAMAGED: {
    kind: 'store',
    meaning: 'The folder holds no backup, or a file of the backup is missing or has changed. Nothing was restored.',
  },
  STORE_UNSAFE: {
    kind: 'store',
    meaning: 'The object store does not keep conditional writes, and would lose rows. Nothing was written.',
  },
  STORE_FAILED: { kind: 'store', meaning: 'The database could not be read or written.' },
  DISK_FULL: { kind: 'store', meaning: 'The disk has no room left.' },
  UNEXPECTED: { kind: 'bug', meaning: 'An unexpected failure. `cause` is the original error.' },
  ABORTED: { kind: 'stopped', meaning: 'The work was stopped on request (Ctrl-C or an AbortSignal).' },
} as const satisfies Record<string, { kind: ErrorKind; meaning: string }>;

/** A stable name for a failure. docs/reference/errors.md lists all of them. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/**
 * Any failure that labelwise foresees, with what went wrong and what to do about it. Anything else that is thrown is a bug.
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

  /** Which kind of failure this is. */
  get kind(): (typeof ERROR_CATALOGUE)[ErrorCode]['kind'] {
    return ERROR_CATALOGUE[this.code].kind;
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
