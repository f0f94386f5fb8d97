const MINUTE_MS = 60_000;
/** So many owners are remembered before those are forgotten that have not called for a minute. */
const MANY_OWNERS = 1_000;

/** Counts calls in the minute that ends now, for each owner. */
export class CallRate {
  /** When each owner's calls were made, monotonic milliseconds, the oldest first. */
  readonly #calls = new Map<string, number[]>();

  /** Counts a call, and returns 0; or, if the owner has used up its calls, how long until there is another one. */
  take(owner: string, perMinute: number, nowMs: number): number {
    const calls = this.#calls.get(owner) ?? [];
    const current = calls.findIndex((atMs) => atMs > nowMs - MINUTE_MS);
    calls.splice(0, current === -1 ? calls.length : current);
    if (calls.length >= perMinute) {
      const next = calls[calls.length - perMinute];
      return next === undefined ? Number.POSITIVE_INFINITY : next + MINUTE_MS - nowMs;
    }
    calls.push(nowMs);
    this.#calls.set(owner, calls);
    if (this.#calls.size > MANY_OWNERS) this.#forget(nowMs);
    return 0;
  }

  #forget(nowMs: number): void {
    for (const [owner, calls] of this.#calls) {
      if ((calls.at(-1) ?? 0) <= nowMs - MINUTE_MS) this.#calls.delete(owner);
    }
  }
}
