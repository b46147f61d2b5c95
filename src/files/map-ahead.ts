/**
 * Maps an iterable in order, working ahead of its consumer: up to `ahead` results wait or are being made, `atOnce` of them
 * are being made. A rejection is thrown at its place.
 */
export async function* mapAhead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  map: (item: T, index: number) => Promise<R>,
  limits: { ahead: number; atOnce: number },
): AsyncGenerator<R> {
  const isFree = createSemaphore(limits.atOnce);
  const queue: Promise<R>[] = [];
  let index = 0;
  for await (const item of items) {
    const place = index++;
    const result = isFree(() => map(item, place));
    result.catch(() => {}); // thrown below, at its place
    queue.push(result);
    if (queue.length >= limits.ahead) yield await (queue.shift() as Promise<R>);
  }
  for (const result of queue) yield await result;
}

function createSemaphore(size: number): <R>(work: () => Promise<R>) => Promise<R> {
  let free = size;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free--;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
