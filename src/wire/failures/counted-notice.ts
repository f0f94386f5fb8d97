/** For how long further ones are only counted. */
const QUIET_MS = 60_000;

/** The part of a `Clock` that counting needs. */
export interface CountingClock {
  monotonicMs(): number;
  /** Calls back when so many milliseconds have passed. Returns how to cancel that. */
  sleep(delayMs: number, wake: () => void): () => void;
}

/**
 * Turns what may happen thousands of times a second into a few notices: the first at once, and then one a minute with the
 * number of those that came since. What was counted is always told, so that the numbers add up.
 */
export class CountedNotice<T> {
  readonly #notify: (latest: T, count: number) => void;
  readonly #clock: CountingClock;
  #noticedAtMs = Number.NEGATIVE_INFINITY;
  /** What was counted since the last notice; null if nothing was. */
  #counted: { readonly latest: T; readonly count: number } | null = null;
  #cancel: (() => void) | null = null;

  constructor(notify: (latest: T, count: number) => void, clock: CountingClock) {
    [this.#notify, this.#clock] = [notify, clock];
  }

  add(latest: T): void {
    this.#counted = { latest, count: (this.#counted?.count ?? 0) + 1 };
    const quietMs = this.#noticedAtMs + QUIET_MS - this.#clock.monotonicMs();
    if (quietMs <= 0) this.flush();
    else this.#cancel ??= this.#clock.sleep(quietMs, () => this.flush());
  }

  /** Tells at once what was only counted. Call it before the end, after which nobody would hear of it. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = null;
    const counted = this.#counted;
    if (counted === null) return;
    this.#counted = null;
    this.#noticedAtMs = this.#clock.monotonicMs();
    this.#notify(counted.latest, counted.count);
  }
}
