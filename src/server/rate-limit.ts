import { RequestProblem } from './problem.js';

interface Bucket {
  tokens: number;
  /** Milliseconds of a clock that never goes back. */
  at: number;
}

/** Clients that are remembered. Of more, those that were quiet longest are forgotten, and begin again with a full bucket. */
const MOST_CLIENTS = 100_000;

/** So many requests a minute for each client: a bucket of tokens that fills up steadily, so a burst of a whole minute's is possible. */
export class RateLimit {
  readonly #buckets = new Map<string, Bucket>();

  constructor(
    readonly perMinute: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get clients(): number {
    return this.#buckets.size;
  }

  /** Counts a request. @throws RequestProblem 429 with the seconds until the next is possible */
  take(client: string): void {
    const now = this.now();
    const { tokens, at } = this.#buckets.get(client) ?? { tokens: this.perMinute, at: now };
    const left = Math.min(this.perMinute, tokens + ((now - at) / 60_000) * this.perMinute);
    this.#buckets.delete(client);
    this.#buckets.set(client, { tokens: left < 1 ? left : left - 1, at: now }); // last in the order of the map
    if (this.#buckets.size > MOST_CLIENTS) this.#buckets.delete(this.#buckets.keys().next().value as string);
    if (left >= 1) return;
    const seconds = Math.max(1, Math.ceil(((1 - left) / this.perMinute) * 60));
    throw new RequestProblem(429, 'RATE_LIMITED', `Expected at most ${this.perMinute} requests a minute.`, {
      hint: `Try again in ${seconds} s.`,
      headers: { 'Retry-After': String(seconds) },
    });
  }
}

/** Whom an address stands for: one host, and for IPv6 the network that a provider gives to one customer. */
export function clientOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  return networkOf(address.replace(/%.*$/, ''));
}

/** The first 64 bits of an IPv6 address. */
function networkOf(address: string): string {
  const [before = '', after] = address.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const gap = after === undefined ? [] : Array(Math.max(0, 8 - head.length - tail.length)).fill('0');
  return `${[...head, ...gap, ...tail]
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(':')}::/64`;
}
