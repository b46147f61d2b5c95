import { isIP } from 'node:net';
import { RequestProblem } from './problem.js';

/** What of a request says where it comes from. */
export interface Provenance {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly forwardedHost: string | undefined;
  /** What a browser says of the page: Sec-Fetch-Site. */
  readonly site: string | undefined;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what the page of another site has a browser send: such a page may post a form to this machine without asking. `allowed` are the
 * origins that may. Programs that are no browsers send neither header.
 */
export function assertSameOrigin({ method, host, origin, forwardedHost, site }: Provenance, allowed: readonly string[] = []): void {
  if (SAFE.has(method) || (origin !== undefined && allowed.includes(origin))) return;
  const from = origin === undefined ? undefined : (hostOf(origin) ?? 'none'); // a file's or a sandbox's origin is "null"
  const isOwn = site === undefined ? from === undefined || [host, forwardedHost].includes(from) : site === 'same-origin' || site === 'none';
  if (isOwn) return;
  throw new RequestProblem(403, 'ORIGIN_REFUSED', 'Expected a request from a page of this service, got one from another site.', {
    hint: 'Name the origin of that page with `corsOrigin`; or have the proxy pass on the header Host.',
  });
}

/**
 * Refuses a name that an attacker's name server may have pointed at this machine: a service on loopback without keys answers to addresses and
 * localhost alone.
 */
export function assertLocalName(host: string | undefined): void {
  const name = hostnameOf(host ?? '');
  if (isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')) return;
  throw new RequestProblem(421, 'HOST_REFUSED', 'Expected the name localhost or an address in the header Host, got another.', {
    hint: 'For a service behind a proxy on the same machine, start it with keys, or with `open`.',
  });
}

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined);
const hostnameOf = (host: string): string =>
  URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '') : '';
