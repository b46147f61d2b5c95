import { LabelwiseError } from '../errors.js';

/**
 * The address of a queue as messages show it: without user, password and options.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT` for what is no address of Redis
 */
export function nameOfQueue(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url && /^rediss?:$/.test(url.protocol) && url.hostname !== '') return `${url.protocol}//${url.host}${url.pathname}`;
  const got = /[@?]/.test(address) ? '' : `, got ${JSON.stringify(address)}`; // it may hold a password
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`queue\` to be the address of Redis or Valkey${got}.`, {
    hint: 'Write redis://HOST:6379, or rediss:// with TLS. In a password, write "/", "@" and "?" as %2F, %40 and %3F.',
  });
}
