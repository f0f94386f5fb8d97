/**
 * Wakes the supervisor when the earliest occurrence falls due.
 *
 * One sleep at a time, never longer than the clock's `maxSleepMs`, because a sleep is measured in monotonic time and
 * occurrences in wall time: a step of the wall clock is seen within one sleep. At every wake-up both clocks are compared,
 * and whatever the timer did, a tick happens only if an occurrence is due by the wall clock: nothing starts early, also
 * after a step backwards.
 */
import type { Cancel, Clock } from '../ports/clock.ts';

/** A difference between the two clocks' progress that is told as a jump. */
const JUMP_MS = 1_000;

export interface TickClockListener {
  /** The earliest instant at which something falls due, by the wall clock. */
  nextDueAtMs(): number;
  /** Whether nothing is under way: nobody minds if the thread is deaf for a moment. */
  isQuiet(): boolean;
  /** Something is due. */
  ticked(nowMs: number): void;
  /** At every wake-up, due or not: the thread is alive. */
  woke(): void;
  /** The wall clock jumped (either way), or the thread slept through (positive). */
  jumped(byMs: number): void;
}

export class TickClock {
  readonly #clock: Clock;
  readonly #listener: TickClockListener;
  #isRunning = false;
  #cancel: Cancel | null = null;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #lastWallMs = 0;
  #lastMonotonicMs = 0;
  #expectedAtMonotonicMs = 0;

  constructor(clock: Clock, listener: TickClockListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  start(): void {
    this.#isRunning = true;
    this.#lastWallMs = this.#clock.nowMs();
    this.#lastMonotonicMs = this.#clock.monotonicMs();
    this.#sleep();
  }

  stop(): void {
    this.#isRunning = false;
    this.#cancel?.();
    this.#cancel = null;
    this.#wakeAtMs = Number.POSITIVE_INFINITY;
  }

  /** To be called when something may fall due earlier than what was known. Without effect on a stopped clock. */
  hurry(): void {
    if (this.#cancel === null || this.#listener.nextDueAtMs() >= this.#wakeAtMs) return;
    this.#cancel();
    this.#sleep();
  }

  #sleep(): void {
    const nowMs = this.#clock.nowMs();
    const untilDueMs = Math.max(this.#listener.nextDueAtMs() - nowMs, 0);
    // Two steps: to just before the instant with a timer, the rest as precisely as the moment allows.
    const delayMs = Math.min(
      untilDueMs > this.#clock.tailMs ? untilDueMs - this.#clock.tailMs : untilDueMs,
      this.#clock.maxSleepMs,
    );
    this.#wakeAtMs = nowMs + delayMs;
    this.#expectedAtMonotonicMs = this.#clock.monotonicMs() + delayMs;
    this.#cancel = this.#clock.sleepByWall(delayMs, () => this.#wake());
  }

  #wake(): void {
    this.#cancel = null;
    this.#waitOutTail();
    const nowMs = this.#clock.nowMs();
    this.#listener.woke();
    this.#compareClocks(nowMs);
    this.#armThenTick(nowMs);
  }

  #waitOutTail(): void {
    const restMs = this.#listener.nextDueAtMs() - this.#clock.nowMs();
    if (restMs > 0 && restMs <= this.#clock.tailMs && this.#listener.isQuiet()) this.#clock.waitOut(restMs);
  }

  /** The next sleep is armed even if the tick throws: a fault in one tick must not end all later ones. */
  #armThenTick(nowMs: number): void {
    try {
      if (this.#listener.nextDueAtMs() <= nowMs) this.#listener.ticked(nowMs);
    } finally {
      if (this.#isRunning) this.#sleep();
    }
  }

  #compareClocks(nowMs: number): void {
    const monotonicMs = this.#clock.monotonicMs();
    const stepMs = nowMs - this.#lastWallMs - (monotonicMs - this.#lastMonotonicMs);
    const sleptMs = monotonicMs - this.#expectedAtMonotonicMs;
    this.#lastWallMs = nowMs;
    this.#lastMonotonicMs = monotonicMs;
    if (Math.abs(stepMs) >= JUMP_MS) this.#listener.jumped(stepMs);
    else if (sleptMs >= JUMP_MS) this.#listener.jumped(sleptMs);
  }
}
