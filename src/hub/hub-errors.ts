import { isError, LabelwiseError, messageOf } from '../errors.js';

/** An answer of the hub that is not a success, in our words. */
export function toStatusError(status: number, subject: string, endpoint: string): LabelwiseError {
  if (status === 401 || status === 403) {
    return new LabelwiseError('HUB_UNAUTHORIZED', `The hub denies access to ${subject} (${status}).`, {
      hint: 'Check the spelling; for a gated or private repository accept its terms on its page and set HF_TOKEN.',
    });
  }
  if (status === 404) {
    return new LabelwiseError('HUB_NOT_FOUND', `The hub has no ${subject}.`, { hint: 'Check the spelling and, after @, the revision.' });
  }
  if (status === 429) {
    return new LabelwiseError('HUB_RATE_LIMITED', `The hub asks us to slow down (429) for ${subject}.`, {
      hint: 'Try again later; a token (HF_TOKEN) raises the limit.',
    });
  }
  return new LabelwiseError('HUB_UNREACHABLE', `The hub at ${endpoint} answered ${status} for ${subject}.`, {
    hint: 'Try again; what was downloaded is kept.',
  });
}

/** A connection that failed or broke, in our words. */
export function toConnectionError(error: unknown, subject: string, endpoint: string): LabelwiseError {
  if (error instanceof LabelwiseError) return error;
  const cause = isError(error) && error.cause ? `${error.message}: ${messageOf(error.cause)}` : messageOf(error);
  return new LabelwiseError('HUB_UNREACHABLE', `The hub at ${endpoint} cannot be reached for ${subject} (${cause}).`, {
    hint: `Check the network and HF_ENDPOINT, then run the same command again: what was downloaded is kept.${subject.startsWith('datasets/') ? '' : ' The embedded model, "pocket", needs no network.'}`,
    cause: error,
  });
}
