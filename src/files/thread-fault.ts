import { type ErrorCode, isError, LabelwiseError, messageOf } from '../errors.js';

/** An error as it crosses threads: a clone would lose its class and code. */
export interface Fault {
  /** None for an error that labelwise does not expect. */
  readonly code?: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly cause?: string;
  readonly stack?: string;
}

export function toFault(error: unknown): Fault {
  if (error instanceof LabelwiseError)
    return { ...error.toJSON(), ...(error.cause === undefined ? {} : { cause: messageOf(error.cause) }) };
  return { message: messageOf(error), ...(isError(error) && error.stack !== undefined ? { stack: error.stack } : {}) };
}

export function fromFault({ code, message, hint, cause, stack }: Fault): Error {
  if (code === undefined) return Object.assign(new Error(message), stack === undefined ? {} : { stack });
  return new LabelwiseError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause: new Error(cause) }),
  });
}
