import { isError, LabelwiseError } from '../errors.js';

/** A line of the log. By default it holds no image, key, address of a client, text of a query or name of a file. */
export interface RequestLine {
  readonly requestId: string;
  readonly method: string;
  /** The pattern of the route, `/v1/images/{id}`, not what was asked for. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  /** The name of the key, from the file of keys. */
  readonly key?: string | undefined;
  /** The code of the answer, where it is an error. */
  readonly code?: string | undefined;
  /** What was asked, where the log is told to hold it. */
  readonly asked?: Readonly<Record<string, unknown>> | undefined;
}

/** Where a service writes its log; pino's loggers fit. */
export interface ServiceLog {
  info(line: object, message: string): void;
  error(line: object, message: string): void;
}

const TEXT_FIELDS = ['query', 'without', 'labels', 'templates', 'input', 'texts', 'like', 'parameters'] as const;
const LONGEST_TEXT = 500;

/** The texts of a JSON body: what was searched for, which labels. Longer ones are images, and are left out. */
export function textsOf(body: unknown): Record<string, unknown> | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const fields = TEXT_FIELDS.filter((field) => field in body).map((field) => [field, (body as Record<string, unknown>)[field]] as const);
  const short = fields.filter(([, value]) => JSON.stringify(value).length <= LONGEST_TEXT);
  return Object.fromEntries(short);
}

/**
 * What the log holds of a failure: where it happened and which code it has. Messages may repeat what was asked, so they are only written
 * where the log is told to hold texts.
 */
export function describeFailure(error: unknown, hasTexts: boolean): object {
  if (!isError(error)) return { failure: hasTexts ? String(error) : typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const code = error instanceof LabelwiseError ? error.code : (error as NodeJS.ErrnoException).code;
  const cause = error.cause === undefined ? {} : { cause: describeFailure(error.cause, hasTexts) };
  return { name: error.name, code, ...(hasTexts ? { message: error.message } : {}), stack: frames.map((line) => line.trim()), ...cause };
}
