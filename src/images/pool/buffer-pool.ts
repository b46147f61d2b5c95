/** Buffers that are handed on from thread to thread and come back, so that steady work allocates nothing. */
export class BufferPool {
  readonly #free = new Map<number, ArrayBuffer[]>();

  /** `most` bounds how many of one size wait for use. */
  constructor(private readonly most: number) {}

  /** A buffer of this many bytes; what is in it is left from earlier use. */
  take(bytes: number): ArrayBuffer {
    return this.#free.get(bytes)?.pop() ?? new ArrayBuffer(bytes);
  }

  /** Gives a buffer back; one that was transferred away meanwhile is dropped. */
  give(buffer: ArrayBuffer): void {
    const free = this.#free.get(buffer.byteLength) ?? [];
    if (buffer.byteLength > 0 && free.length < this.most) free.push(buffer);
    this.#free.set(buffer.byteLength, free);
  }
}
