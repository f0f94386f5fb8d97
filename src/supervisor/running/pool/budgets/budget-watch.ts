import type { Cancel, Clock } from '../../../ports/clock.ts';

/** A task with a limit in time. */
export interface Watched {
  /** When to wake it, monotonic milliseconds. It may change at any time; when it becomes earlier, call `hurry`. */
  readonly wakeAtMs: number;
  woken(nowMs: number): void;
}

/**
 * Wakes all live tasks at their times, with one timer. A task that ends leaves the timer as it is; when it fires, the
 * watch wakes the tasks that are still there. So ten thousand short runs a second cost a few timers a second, and a
 * pool without tasks has none.
 */
export class BudgetWatch {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #cancel: Cancel | null = null;
  #armedForMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(watched: Watched, nowMs: number): void {
    this.#watched.add(watched);
    if (watched.wakeAtMs < this.#armedForMs) this.#arm(watched.wakeAtMs, nowMs);
  }

  remove(watched: Watched): void {
    this.#watched.delete(watched);
  }

  /** Call it when `wakeAtMs` may have become earlier. */
  hurry(watched: Watched): void {
    if (watched.wakeAtMs < this.#armedForMs) this.#arm(watched.wakeAtMs, this.#clock.monotonicMs());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#armedForMs = Number.POSITIVE_INFINITY;
  }

  #arm(atMs: number, nowMs: number): void {
    this.#cancel?.();
    this.#armedForMs = atMs;
    this.#cancel = this.#clock.sleep(Math.max(atMs - nowMs, 0), () => this.#wake());
  }

  #wake(): void {
    this.stop();
    const nowMs = this.#clock.monotonicMs();
    // A copy, because a task that is woken may end, which changes the set.
    for (const watched of [...this.#watched]) if (watched.wakeAtMs <= nowMs) watched.woken(nowMs);
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { wakeAtMs } of this.#watched) nextMs = Math.min(nextMs, wakeAtMs);
    if (nextMs < this.#armedForMs) this.#arm(nextMs, this.#clock.monotonicMs());
  }
}
