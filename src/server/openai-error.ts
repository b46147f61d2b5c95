/** What a problem says, as far as this needs it. */
interface Said {
  readonly status: number;
  readonly body: { readonly detail: string; readonly hint?: string; readonly code: string };
}

/** Paths of OpenAI's protocol: its clients show `error.message`, and nothing of a problem without one. */
const isOpenAi = (path: string): boolean => /^(?:\/v1)?\/embeddings(?:_image)?$/.test(path);

/** The body of a problem, with OpenAI's `error` beside its own fields where the clients look for that. */
export function withOpenAiError({ body, status }: Said, path: string): object {
  if (!isOpenAi(path)) return body;
  const message = body.hint === undefined ? body.detail : `${body.detail} ${body.hint}`;
  const type = status >= 500 ? 'server_error' : status === 429 ? 'rate_limit_error' : 'invalid_request_error';
  return { ...body, error: { message, type, code: body.code, param: null } };
}
