import { throwIfAborted } from '../errors.js';
import { Permits } from './permits.js';

export interface AheadOptions {
  /** How many results may wait or be in the making. */
  readonly ahead: number;
  /** How many may be in the making. */
  readonly atOnce?: number | undefined;
  /** Each item waits for this before its work begins. */
  readonly admit?: (() => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Result<R> {
  readonly made: Promise<R>;
  isSettled: boolean;
}

/**
 * Maps an iterable in order, working ahead of its consumer. Each result is handed over as soon as it is ready, also while the source waits;
 * an error of the source comes after the results of what it gave before. A rejection is thrown at its place, and an abort is heard at once.
 */
export async function* mapAhead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  map: (item: T, index: number) => Promise<R>,
  { ahead, atOnce = Number.POSITIVE_INFINITY, admit, signal }: AheadOptions,
): AsyncGenerator<R> {
  const queue: Result<R>[] = [];
  const [news, room] = [new Bell(), new Bell()]; // for the consumer, and for the source
  const making = new Permits();
  let source = 'open' as 'open' | 'pulled' | 'ended';
  let end: { readonly error?: unknown } | undefined;
  let isClosed = false;
  let index = 0;
  const iterator = open(items);

  async function work(item: T, place: number): Promise<R> {
    await making.take(1, atOnce, signal);
    try {
      if (isClosed) throw new Error('nobody waits for this any more');
      return await map(item, place);
    } finally {
      making.give(1);
    }
  }

  function start(item: T): void {
    const result = { made: work(item, index++), isSettled: false };
    const settle = (): void => {
      result.isSettled = true;
      news.ring();
    };
    result.made.then(settle, settle);
    queue.push(result);
  }

  /** The source's next item; one that throws has ended. */
  async function next(): Promise<{ readonly item: T } | undefined> {
    source = 'pulled';
    try {
      const { done, value } = await iterator.next();
      const item = await value; // an iterable may hold promises
      if (done) return undefined;
      source = 'open';
      return { item };
    } finally {
      if (source === 'pulled') source = 'ended';
    }
  }

  async function pull(): Promise<void> {
    try {
      for (let given = await next(); given && !isClosed; given = await next()) {
        await admit?.();
        start(given.item);
        while (queue.length >= ahead && !isClosed) await room.rung();
        if (isClosed) return;
      }
      end = {};
    } catch (error) {
      end = { error };
    }
    news.ring();
  }

  const stop = (): void => news.ring();
  signal?.addEventListener('abort', stop);
  try {
    throwIfAborted(signal);
    pull();
    for (;;) {
      const first = queue[0];
      if (first?.isSettled) {
        queue.shift();
        room.ring();
        yield await first.made;
      } else if (first === undefined && end !== undefined) {
        if ('error' in end) throw end.error;
        return;
      } else await news.rung();
      throwIfAborted(signal);
    }
  } finally {
    isClosed = true;
    signal?.removeEventListener('abort', stop);
    room.ring();
    if (source !== 'ended') {
      const closing = Promise.resolve(iterator.return?.());
      if (source === 'open') await closing;
      else closing.catch(() => {}); // a generator hears it when it goes on, which may be never
    }
  }
}

function open<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

/** Lets one side wait for the other. */
class Bell {
  #hear = (): void => {};

  ring(): void {
    this.#hear();
  }

  rung(): Promise<void> {
    return new Promise((resolve) => {
      this.#hear = resolve;
    });
  }
}
