import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { LabelwiseError, messageOf, throwIfAborted } from '../errors.js';
import { collectBytes } from '../files/collect-bytes.js';
import { VERSION } from '../files/package-root.js';
import { tooManyBytes } from '../images/read-image.js';
import { RequestProblem } from './problem.js';
import { isPublicAddress } from './public-address.js';

/** What may be fetched; tests have servers on loopback, so they bring rules of their own. */
export interface FetchRules {
  readonly isAllowedAddress: (address: string) => boolean;
  readonly isAllowedPort: (port: number) => boolean;
  /** All addresses of a name. */
  readonly resolve: (name: string) => Promise<readonly LookupAddress[]>;
  readonly maxRedirects: number;
  /** For all of it: names, redirects and the body. */
  readonly timeoutMs: number;
}

export const PUBLIC_RULES: FetchRules = {
  isAllowedAddress: isPublicAddress,
  isAllowedPort: (port) => port === 80 || port === 443,
  resolve: (name) => lookup(name, { all: true, order: 'verbatim' }),
  maxRedirects: 3,
  timeoutMs: 10_000,
};

interface FetchOptions {
  /** What messages call the image: they never repeat the address, which may hold a secret. */
  readonly name: string;
  readonly maxBytes: number;
  /** Counts bytes as they come; what it throws ends the fetch. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly signal: AbortSignal;
  readonly rules?: FetchRules | undefined;
}

const MAX_ADDRESS = 2048;
/** Names that are never public. They are not even looked up: the name server of a local network may know them. */
const LOCAL_NAME = /^[^.]*\.?$|\.(?:localhost|local|internal|intranet|lan|home|corp|arpa)\.?$/i;

/**
 * Fetches an image that a stranger names, from the public internet alone. Each hop is checked: the scheme, the port, credentials, and every
 * address of the name. The connection goes to an address that was checked, whatever the name says a moment later.
 *
 * @throws RequestProblem `URL_REFUSED`; LabelwiseError `INPUT_UNREADABLE` or `IMAGE_TOO_LARGE`
 */
export async function fetchImage(
  address: string,
  { name, maxBytes, onBytes, signal, rules = PUBLIC_RULES }: FetchOptions,
): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(rules.timeoutMs);
  const hop: Hop = { name, rules, signal: AbortSignal.any([signal, timeout]) };
  try {
    let url = parse(address, hop);
    for (let redirects = 0; ; redirects++) {
      const response = await ask(url, await pin(url, hop), hop);
      const next = nextOf(response);
      if (next === undefined) return await readBody(response, { name, maxBytes, onBytes });
      response.destroy();
      if (redirects >= rules.maxRedirects) throw unreadable(name, `it redirects more than ${rules.maxRedirects} times`);
      url = parse(next, hop, url);
    }
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof LabelwiseError || error instanceof RequestProblem) throw error;
    const reason = timeout.aborted ? `it took longer than ${rules.timeoutMs / 1000} s` : 'the connection failed';
    throw unreadable(name, reason, error);
  }
}

interface Hop {
  readonly name: string;
  readonly rules: FetchRules;
  readonly signal: AbortSignal;
}

/** A URL with nothing in it that a picture on the web does not need. The parser writes 0x7f.1 and 2130706433 as 127.0.0.1. */
function parse(address: string, { name, rules }: Hop, base?: URL): URL {
  const refuse = (why: string): RequestProblem => refused(name, why);
  if (address.length > MAX_ADDRESS) throw refuse(`an address of more than ${MAX_ADDRESS} characters`);
  if (!URL.canParse(address, base?.href)) throw refuse('something that is no address');
  const url = new URL(address, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse('another scheme than http or https');
  if (url.username !== '' || url.password !== '') throw refuse('an address with a user name or password');
  if (!rules.isAllowedPort(Number(url.port) || (url.protocol === 'https:' ? 443 : 80))) throw refuse('another port than 80 or 443');
  return url;
}

/** An address of the URL's host that the connection will go to. If one of several is not allowed, none is. */
async function pin({ hostname }: URL, { name, rules, signal }: Hop): Promise<LookupAddress> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  if (family === 0 && LOCAL_NAME.test(host)) throw refused(name, 'a name of a local network');
  const addresses = family === 0 ? await orAborted(rules.resolve(host), signal) : [{ address: host, family }];
  const [first] = addresses;
  if (!first) throw unreadable(name, 'its name has no address');
  if (!addresses.every(({ address }) => rules.isAllowedAddress(address))) throw refused(name, 'an address outside the public internet');
  return first;
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return await Promise.race([work, aborted]);
}

/** Asks the pinned address. Nothing of the client's request goes along, and no compression, which would hide the size. */
function ask(url: URL, pinned: LookupAddress, { rules, signal }: Hop): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      agent: false,
      signal,
      headers: { Accept: 'image/*', 'Accept-Encoding': 'identity', 'User-Agent': `labelwise/${VERSION}`, Connection: 'close' },
      lookup: (_name, options, done) =>
        options.all
          ? done(null, [pinned])
          : (done as unknown as (e: null, a: string, f: number) => void)(null, pinned.address, pinned.family),
    });
    request.once('response', (response) => {
      const { remoteAddress = '' } = response.socket;
      if (!rules.isAllowedAddress(remoteAddress)) request.destroy(new Error('connected elsewhere'));
      else resolve(response);
    });
    request.once('error', reject);
    request.end();
  });
}

/** Where a redirect leads; undefined for an answer. */
function nextOf({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  return [301, 302, 303, 307, 308].includes(statusCode) ? headers.location : undefined;
}

async function readBody(
  response: IncomingMessage,
  { name, maxBytes, onBytes }: Pick<FetchOptions, 'name' | 'maxBytes' | 'onBytes'>,
): Promise<Uint8Array> {
  const { statusCode = 0, headers } = response;
  const encoding = headers['content-encoding'] ?? 'identity';
  const tooLarge = tooManyBytes(name, { maxImageBytes: maxBytes });
  try {
    if (statusCode !== 200) throw unreadable(name, `its server answered ${statusCode}`);
    if (encoding !== 'identity') throw unreadable(name, 'its server compresses the answer');
    const declared = Number(headers['content-length'] ?? 0);
    if (declared > maxBytes) throw tooLarge(declared);
    return await collectBytes(response, { maxBytes, tooLarge, onBytes });
  } finally {
    response.destroy();
  }
}

const refused = (name: string, got: string): RequestProblem =>
  new RequestProblem(400, 'URL_REFUSED', `Expected ${name} to be on the public internet, at an http or https address, got ${got}.`, {
    hint: 'Send the bytes of the image.',
  });

const unreadable = (name: string, why: string, cause?: unknown): LabelwiseError =>
  new LabelwiseError('INPUT_UNREADABLE', `${name} cannot be fetched: ${why}.`, {
    hint: 'Send the bytes of the image.',
    ...(cause === undefined ? {} : { cause: messageOf(cause) }),
  });
