/** A request that was not answered as wished: what happened, and what to do, in words for people. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: number, code: string, message: string, hint?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';

/** What to show for any failure. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof TypeError && /fetch|network|load failed/i.test(error.message)) return UNREACHABLE();
  return new Refusal(
    0,
    'PAGE_FAILED',
    'This page failed.',
    `Load it again. It said: ${error instanceof Error ? error.message : String(error)}`,
  );
}

const UNREACHABLE = (): Refusal =>
  new Refusal(0, 'UNREACHABLE', 'The service does not answer.', 'Check that “labelwise serve” still runs, then try again.');

interface Problem {
  readonly detail?: string;
  readonly code?: string;
  readonly hint?: string;
}

export async function refusalOf(response: Response): Promise<Refusal> {
  const problem = (await response.json().catch(() => ({}))) as Problem;
  const { code = 'UNKNOWN', detail = `The service answered with status ${response.status}.` } = problem;
  return toPlainRefusal(response.status, code, detail, problem.hint);
}

export function toPlainRefusal(status: number, code: string, message: string, hint: string | undefined): Refusal {
  const own = IN_PLAIN_WORDS[code];
  return new Refusal(status, code, own?.[0] ?? message, own?.[1] ?? hint);
}

/** Where the service speaks to programmers, the page speaks to people. */
const IN_PLAIN_WORDS: Readonly<Record<string, readonly [string, string]>> = {
  BODY_TOO_LARGE: [
    'This picture is too large for the service.',
    'Choose a smaller one, or raise --max-body-bytes where the service is started.',
  ],
  IMAGE_UNSUPPORTED: ['This file is not a picture that labelwise reads.', 'Use JPEG, PNG, WebP, AVIF, GIF or TIFF.'],
  KEY_READ_ONLY: ['Your key may look, but not change anything.', 'Ask whoever runs the service for a key with the scope “write”.'],
  INDEX_NOT_FOUND: ['There is no library yet.', 'Index a folder of pictures first.'],
  QUEUE_FULL: ['The service is busy.', 'Try again in a moment.'],
};
