interface Waiting {
  readonly size: number;
  readonly enter: () => void;
}

/**
 * Room for so much at a time. What does not fit waits for its turn, in order. Something that is larger than all of the
 * room goes alone.
 */
export class Room {
  readonly #size: number;
  readonly #waiting: Waiting[] = [];
  #used = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Does the work when there is room for it. */
  async within<T>(size: number, work: () => Promise<T>): Promise<T> {
    await this.#enter(size);
    try {
      return await work();
    } finally {
      this.#used -= size;
      this.#letIn();
    }
  }

  #enter(size: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ size, enter: resolve });
    this.#letIn();
    return promise;
  }

  #letIn(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || (this.#used > 0 && this.#used + next.size > this.#size)) return;
      this.#waiting.shift();
      this.#used += next.size;
      next.enter();
    }
  }
}
