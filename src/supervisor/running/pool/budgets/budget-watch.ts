import type { Cancel, Clock } from '../../../ports/clock.ts';

/** A task with a limit in time. */
export interface Watched {
  /** When to wake it, monotonic milliseconds. It may change at any time; when it becomes earlier, call `hurry`. */
  readonly wakeAtMs: number;
  /** Where it stands among the tasks of its watch; -1 when it is not there. Only the watch writes it. */
  watchIndex: number;
  woken(nowMs: number): void;
}

/**
 * Wakes all live tasks at their times, with one timer. A task that ends leaves the timer as it is; when it fires, the
 * watch wakes the tasks that are still there. So ten thousand short runs a second cost a few timers a second, and a
 * pool without tasks has none.
 */
export class BudgetWatch {
  readonly #clock: Clock;
  /** In no particular order. Tasks come and go as fast as runs do, for which a set is dear: see `TransientMap`. */
  readonly #watched: Watched[] = [];
  #cancel: Cancel | null = null;
  #armedForMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(watched: Watched, nowMs: number): void {
    if (watched.watchIndex === -1) watched.watchIndex = this.#watched.push(watched) - 1;
    if (watched.wakeAtMs < this.#armedForMs) this.#arm(watched.wakeAtMs, nowMs);
  }

  remove(watched: Watched): void {
    const index = watched.watchIndex;
    if (index === -1) return;
    watched.watchIndex = -1;
    const last = this.#watched.pop() as Watched;
    if (last === watched) return;
    // The last one fills the gap.
    this.#watched[index] = last;
    last.watchIndex = index;
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
    // A copy, because a task that is woken may end, which changes the list.
    for (const watched of [...this.#watched]) if (watched.wakeAtMs <= nowMs) watched.woken(nowMs);
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { wakeAtMs } of this.#watched) nextMs = Math.min(nextMs, wakeAtMs);
    if (nextMs < this.#armedForMs) this.#arm(nextMs, this.#clock.monotonicMs());
  }
}
