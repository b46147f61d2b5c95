import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import { ERROR_CATALOGUE, type ErrorCode, type ErrorKind, LabelwiseError } from '../errors.js';
import { withOpenAiError } from './openai-error.js';

/** The status of each kind of failure. */
const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = { usage: 400, input: 422, model: 500, store: 500, bug: 500, stopped: 503 };

/** Where a code says more than its kind. */
const STATUS_OF_CODE: Partial<Record<ErrorCode, number>> = {
  IMAGE_TOO_LARGE: 413,
  IMAGE_UNSUPPORTED: 415,
  INPUT_NOT_FOUND: 404,
  INDEX_NOT_FOUND: 404,
  LABEL_TABLE_NOT_FOUND: 404,
  TAG_SET_NOT_FOUND: 404,
  INDEX_LOCKED: 409,
  LABEL_TABLE_MISMATCH: 409,
  INDEX_MISMATCH: 409,
  OUT_OF_MEMORY: 503,
  CLOSED: 503,
  DISK_FULL: 507,
};

/** A failure of the request itself, before a task sees it. */
export class RequestProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly options: { readonly hint?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
  }
}

/** An error as an answer, RFC 9457: what went wrong and what to do, never a stack or a path of the server. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly type: string;
    readonly title: string;
    readonly status: number;
    readonly detail: string;
    readonly code: string;
    readonly hint?: string;
    readonly requestId: string;
  };
}

export function toProblem(error: unknown, requestId: string): Problem {
  const { status, code, detail, hint, headers = {} } = describe(error);
  const body = {
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    detail,
    code,
    ...(hint === undefined ? {} : { hint }),
    requestId,
  };
  return { status, headers, body };
}

function describe(error: unknown): {
  status: number;
  code: string;
  detail: string;
  hint?: string | undefined;
  headers?: Problem['headers'];
} {
  if (error instanceof RequestProblem) return { status: error.status, code: error.code, detail: error.message, ...error.options };
  if (error instanceof HTTPException)
    return {
      status: error.status,
      code: error.status === 413 ? 'BODY_TOO_LARGE' : 'REQUEST_INVALID',
      detail: error.message || 'The request cannot be read.',
    };
  if (error instanceof z.ZodError) return { status: 400, code: 'REQUEST_INVALID', detail: describeIssues(error.issues) };
  if (error instanceof SyntaxError) return { status: 400, code: 'REQUEST_INVALID', detail: 'The body is not JSON.' };
  if (!(error instanceof LabelwiseError)) return INTERNAL;
  const { code, kind } = error;
  const status = STATUS_OF_CODE[code] ?? STATUS_OF_KIND[kind];
  if (status === 500) return { ...INTERNAL, code };
  const headers = status === 503 || code === 'INDEX_LOCKED' ? { 'Retry-After': '1' } : {};
  const isOurs = kind === 'store' || kind === 'model'; // such messages name folders of the server
  return isOurs
    ? { status, code, detail: ERROR_CATALOGUE[code].meaning, headers }
    : { status, code, detail: error.message, hint: error.hint, headers };
}

/** What is wrong with a request, field by field. */
export function describeIssues(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  const [first, ...others] = issues.map(({ path, message }) => (path.length === 0 ? message : `\`${path.join('.')}\`: ${message}`));
  return `The request cannot be used. ${first}${others.length === 0 ? '' : ` (and ${others.length} more)`}.`;
}

const INTERNAL = { status: 500, code: 'INTERNAL', detail: 'The server failed. Its log has the details under this request id.' };

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Content too large',
  415: 'Unsupported media type',
  421: 'Misdirected request',
  422: 'Unprocessable content',
  429: 'Too many requests',
  500: 'Internal server error',
  501: 'Not implemented',
  503: 'Service unavailable',
  507: 'Insufficient storage',
};

export function sendProblem(c: Context, problem: Problem): Response {
  for (const [name, value] of Object.entries(problem.headers)) c.header(name, value);
  c.header('Content-Type', 'application/problem+json');
  return c.body(JSON.stringify(withOpenAiError(problem, c.req.path)), problem.status as 400);
}
