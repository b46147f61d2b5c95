import { RequestProblem } from './problem.js';

/** So many bodies of the largest size may be in memory at once; clients beyond that are sent away. */
const LARGEST_AT_ONCE = 32;

/** Memory that all requests share for their bodies and for the images that they name by address. What has arrived counts, not what a head announces. */
export class RequestMemory {
  readonly #most: number;
  #held = 0;

  /** @param maxBodyBytes the largest body */
  constructor(maxBodyBytes: number) {
    this.#most = LARGEST_AT_ONCE * maxBodyBytes;
  }

  /** Bytes that are held now. */
  get held(): number {
    return this.#held;
  }

  /**
   * Does work that holds bytes, and gives them back when it ends.
   *
   * @param work gets a function that counts bytes as they come; it throws RequestProblem 503 where all requests together hold too many
   */
  async hold<T>(work: (onBytes: (bytes: number) => void) => Promise<T>): Promise<T> {
    let own = 0;
    try {
      return await work((bytes) => {
        own += bytes;
        this.#held += bytes;
        if (this.#held > this.#most) throw full();
      });
    } finally {
      this.#held -= own;
    }
  }
}

const full = (): RequestProblem =>
  new RequestProblem(503, 'QUEUE_FULL', 'The service holds as many bytes of requests as it takes.', {
    hint: 'Try again later.',
    headers: { 'Retry-After': '1' },
  });
