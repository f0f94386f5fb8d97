import type { Cancel, Clock } from '../../ports/clock.ts';

/** Something with a limit in time. */
export interface Watched {
  /** When it wants to be woken, in monotonic milliseconds. May change at any time: to earlier, `hurry` must be called. */
  readonly wakeAtMs: number;
  woken(nowMs: number): void;
}

/**
 * Keeps the time of all live tasks with one timer. A task that ends leaves the timer as it is: at its wake-up the watch sees
 * who is there. So ten thousand short runs a second cost a few timers a second, and a pool without tasks has none.
 */
export class BudgetWatch {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #cancel: Cancel | null = null;
  #armedForMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(watched: Watched): void {
    this.#watched.add(watched);
    this.hurry(watched);
  }

  remove(watched: Watched): void {
    this.#watched.delete(watched);
  }

  /** `watched` may have to be woken earlier than it was known. */
  hurry(watched: Watched): void {
    if (watched.wakeAtMs < this.#armedForMs) this.#arm(watched.wakeAtMs);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#armedForMs = Number.POSITIVE_INFINITY;
  }

  #arm(atMs: number): void {
    this.stop();
    this.#armedForMs = atMs;
    this.#cancel = this.#clock.sleep(Math.max(atMs - this.#clock.monotonicMs(), 0), () => this.#wake());
  }

  #wake(): void {
    this.stop();
    const nowMs = this.#clock.monotonicMs();
    // A copy: to be woken may end a task, and so change the set.
    for (const watched of [...this.#watched]) if (watched.wakeAtMs <= nowMs) watched.woken(nowMs);
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { wakeAtMs } of this.#watched) nextMs = Math.min(nextMs, wakeAtMs);
    if (nextMs < this.#armedForMs) this.#arm(nextMs);
  }
}
