/**
 * The clock of a real process.
 *
 * Wall time: `Date.now()` is cut to whole milliseconds, and `performance.timeOrigin + performance.now()` never notices
 * that the system's clock was stepped. So we bracket the offset between wall and monotonic time: every reading of
 * `Date.now()` puts it into an interval 1 ms wide, and the intervals are intersected. An empty intersection means that
 * the clock was stepped or slewed, and bracketing starts anew. We use the lower end, so that `nowMs()` is never ahead
 * of the system's clock.
 *
 * Sleeping: a libuv timer counts whole milliseconds from a cached time and wakes a bare thread about 0.8 ms late at
 * p50. `Atomics.wait` wakes it within 0.2 ms (bench/clock-sleep), but meanwhile the thread receives no messages. A
 * caller that needs precision therefore sleeps until `tailMs` before the instant, and waits out the rest if nothing
 * else is to do.
 */
import { MAX_TIMER_MS } from '../../machines/calendar/duration.ts';
import type { Cancel, Clock, Instant } from '../ports/clock.ts';

export class SystemClock implements Clock {
  readonly tailMs = 1.5;
  /** One wake-up a second costs about 0.005 % of a core. */
  readonly maxSleepMs = 1_000;
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4));
  #offsetLowMs = Number.NEGATIVE_INFINITY;
  #offsetHighMs = Number.POSITIVE_INFINITY;

  nowMs(): number {
    return this.read().wallMs;
  }

  read(): Instant {
    const [seconds, nanoseconds] = process.hrtime();
    const monotonicMs = seconds * 1_000 + nanoseconds / 1_000_000;
    const wallMs = Date.now();
    const lowMs = wallMs - monotonicMs;
    this.#offsetLowMs = Math.max(this.#offsetLowMs, lowMs);
    this.#offsetHighMs = Math.min(this.#offsetHighMs, lowMs + 1);
    if (this.#offsetLowMs >= this.#offsetHighMs) {
      this.#offsetLowMs = lowMs;
      this.#offsetHighMs = lowMs + 1;
    }
    return { wallMs: monotonicMs + this.#offsetLowMs, monotonicMs };
  }

  monotonicMs(): number {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000 + nanoseconds / 1_000_000;
  }

  sleep(delayMs: number, wake: () => void): Cancel {
    return sleepFor(delayMs, wake);
  }

  sleepByWall(delayMs: number, wake: () => void): Cancel {
    return sleepFor(delayMs, wake);
  }

  waitOut(restMs: number): void {
    Atomics.wait(this.#sleeper, 0, 0, restMs);
  }

  defer(callback: () => void): void {
    setImmediate(callback);
  }
}

function sleepFor(delayMs: number, wake: () => void): Cancel {
  const timer = setTimeout(wake, Math.min(Math.max(Math.ceil(delayMs), 0), MAX_TIMER_MS));
  return () => clearTimeout(timer);
}
