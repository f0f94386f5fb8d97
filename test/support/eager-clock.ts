/** A clock for what talks to real servers: some sleeps end at once, and the others never do. */
export class EagerClock {
  /** Every sleep that was asked for, in milliseconds. */
  readonly sleeps: number[] = [];
  readonly #asleep: { readonly delayMs: number; readonly wake: () => void }[] = [];
  readonly #endsAtOnce: (delayMs: number) => boolean;
  /** Monotonic and wall time: it moves on by each sleep that ends. */
  atMs = Date.UTC(2026, 0, 1);

  /** @param endsAtOnce Default: no sleep ends. */
  constructor(endsAtOnce: (delayMs: number) => boolean = () => false) {
    this.#endsAtOnce = endsAtOnce;
  }

  nowMs(): number {
    return this.atMs;
  }

  monotonicMs(): number {
    return this.atMs;
  }

  sleep(delayMs: number, wake: () => void): () => void {
    this.sleeps.push(delayMs);
    if (this.#endsAtOnce(delayMs)) {
      const end = setImmediate(() => {
        this.atMs += delayMs;
        wake();
      });
      return () => clearImmediate(end);
    }
    const sleeper = { delayMs, wake };
    this.#asleep.push(sleeper);
    return () => this.#remove(sleeper);
  }

  /** Ends a sleep of this length that would never end by itself. */
  end(delayMs: number): void {
    const sleeper = this.#asleep.find((each) => each.delayMs === delayMs);
    if (sleeper === undefined) throw new Error(`nobody sleeps for ${delayMs} ms`);
    this.#remove(sleeper);
    this.atMs += delayMs;
    sleeper.wake();
  }

  #remove(sleeper: { readonly delayMs: number; readonly wake: () => void }): void {
    const index = this.#asleep.indexOf(sleeper);
    if (index !== -1) this.#asleep.splice(index, 1);
  }
}
