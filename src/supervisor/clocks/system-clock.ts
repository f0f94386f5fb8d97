/**
 * The clock of a real process.
 *
 * Wall time: `Date.now()` is cut to whole milliseconds, and `performance.timeOrigin + performance.now()` never learns
 * that the system's clock was stepped. So the offset between the two is bracketed: every reading of `Date.now()` tells
 * that it lies in an interval 1 ms wide, intervals are intersected, and an empty intersection means that the clock was
 * stepped or slewed, and starts anew. The lower end is used, so that `nowMs()` is never ahead of the system's clock.
 *
 * Sleeping: a libuv timer is cut to whole milliseconds and starts a bare thread about 1 ms late at p50. So the timer is
 * set for the whole milliseconds, and the rest, below `SPIN_FREE_TAIL_MS`, is slept in `Atomics.wait`, which wakes
 * within 0.1–0.2 ms (see bench/clock-sleep). The thread hears no message during the tail: 2 ms at the most.
 */
import type { Cancel, Clock } from '../clock.ts';

const TAIL_MS = 1.5;
/** Longest delay of a libuv timer: beyond it Node fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class SystemClock implements Clock {
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4));
  #offsetLowMs = Number.NEGATIVE_INFINITY;
  #offsetHighMs = Number.POSITIVE_INFINITY;

  nowMs(): number {
    const monotonicMs = this.monotonicMs();
    const wallMs = Date.now();
    const lowMs = wallMs - monotonicMs;
    this.#offsetLowMs = Math.max(this.#offsetLowMs, lowMs);
    this.#offsetHighMs = Math.min(this.#offsetHighMs, lowMs + 1);
    if (this.#offsetLowMs >= this.#offsetHighMs) {
      this.#offsetLowMs = lowMs;
      this.#offsetHighMs = lowMs + 1;
    }
    return monotonicMs + this.#offsetLowMs;
  }

  monotonicMs(): number {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000 + nanoseconds / 1_000_000;
  }

  sleep(delayMs: number, wake: () => void): Cancel {
    const wakeAtMs = this.monotonicMs() + delayMs;
    const timerMs = Math.min(Math.max(Math.floor(delayMs - TAIL_MS), 0), MAX_TIMER_MS);
    const timer = setTimeout(() => {
      this.#sleepTail(wakeAtMs);
      wake();
    }, timerMs);
    return () => clearTimeout(timer);
  }

  defer(callback: () => void): void {
    setImmediate(callback);
  }

  #sleepTail(wakeAtMs: number): void {
    const restMs = wakeAtMs - this.monotonicMs();
    if (restMs > 0 && restMs <= 2 * TAIL_MS) Atomics.wait(this.#sleeper, 0, 0, restMs);
  }
}
