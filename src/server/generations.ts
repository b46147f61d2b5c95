interface Generation {
  count: number;
  onEmpty: (() => void) | undefined;
}

const newGeneration = (): Generation => ({ count: 0, onEmpty: undefined });

/** Counts who works with what is open now, so that it can be closed when all who began before a change have ended. */
export class Generations {
  #current = newGeneration();

  /** Takes part in the present generation; call the result at the end. */
  enter(): () => void {
    const own = this.#current;
    own.count++;
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      own.count--;
      if (own.count === 0) own.onEmpty?.();
    };
  }

  /** Begins another generation, and waits until all who are in the present one have left. */
  async next(): Promise<void> {
    const before = this.#current;
    this.#current = newGeneration();
    if (before.count === 0) return;
    await new Promise<void>((empty) => {
      before.onEmpty = empty;
    });
  }
}
