import type { Cancel, Clock } from '../supervisor/ports/clock.ts';
import { type Sleeper, Sleepers } from './sleepers.ts';

/** What a real clock would need at most to notice that the wall clock was stepped, or that its process had stopped. */
const NOTICE_MS = 1_000;

/** So often real timers and I/O get a turn while virtual time goes on: a turn costs more than most wake-ups. */
const WAKE_UPS_PER_TURN = 64;

/** How a virtual clock differs from a real one. */
export interface VirtualClockOptions {
  /** See `Clock`. Default 1,000, as a real one. A longer one saves wake-ups, and nothing else is different. */
  readonly maxSleepMs?: number;
}

/**
 * A clock that moves only when it is told to. Sleeps wake in the order of their instants, and between two of them every
 * promise that can settle does, so that a day passes in milliseconds and always in the same way.
 */
export class VirtualClock implements Clock {
  /** Its sleeps are exact. */
  readonly tailMs = 0;
  readonly #maxSleepMs: number;
  readonly #sleepers = new Sleepers();
  readonly #awaited = new Set<Promise<unknown>>();
  #isRousing = false;
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #lastOrder = 0;
  #wakeUps = 0;
  #deferred: (() => void)[] = [];

  /** @param startAtMs Wall time at the start, epoch milliseconds. */
  constructor(startAtMs = Date.UTC(2026, 0, 1), { maxSleepMs = NOTICE_MS }: VirtualClockOptions = {}) {
    this.#wallOffsetMs = startAtMs;
    this.#maxSleepMs = maxSleepMs;
  }

  get maxSleepMs(): number {
    return this.#isRousing ? Math.min(this.#maxSleepMs, NOTICE_MS) : this.#maxSleepMs;
  }

  nowMs(): number {
    return this.#monotonicMs + this.#wallOffsetMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  sleep(delayMs: number, wake: () => void): Cancel {
    return this.#lieDown(delayMs, wake, false);
  }

  sleepByWall(delayMs: number, wake: () => void): Cancel {
    return this.#lieDown(delayMs, wake, true);
  }

  waitOut(restMs: number): void {
    this.#monotonicMs += restMs;
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  /** How many sleeps are under way. */
  get sleeperCount(): number {
    return this.#sleepers.count;
  }

  /** Lets time pass, and everything that falls due in it happen. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#monotonicMs + byMs;
    await this.settle();
    while (this.#sleepers.nextWakeAtMs <= untilMs) await this.#wakeNext();
    this.#monotonicMs = Math.max(this.#monotonicMs, untilMs);
  }

  /** Lets as much time pass as `work` needs to settle. It must not wait for anything but this clock, and real I/O. */
  async advanceUntil<T>(work: Promise<T>): Promise<T> {
    const state = { isPending: true };
    const isOver = (): void => {
      state.isPending = false;
    };
    work.then(isOver, isOver);
    await this.settle();
    while (state.isPending) {
      if (this.#sleepers.count > 0) await this.#wakeNext();
      else await this.settle();
    }
    return work;
  }

  /** Lets time pass in which nothing of this process ran: a suspended machine, a stopped process. Wakes nobody. */
  suspend(forMs: number): void {
    this.#rouse();
    this.#monotonicMs += forMs;
  }

  /** Moves the wall clock, and only it: an operator or NTP sets the time. */
  stepWall(byMs: number): void {
    this.#rouse();
    this.#wallOffsetMs += byMs;
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.#settle(turnOfTheEventLoop);
  }

  /** Holds this clock until `work` settles, but not longer than `realMs` of real time. Tells whether it has settled. */
  holdFor(work: Promise<unknown>, realMs: number): Promise<boolean> {
    const held = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), realMs);
      const isOver = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      work.then(isOver, isOver);
    });
    this.#awaited.add(held);
    return held.finally(() => this.#awaited.delete(held));
  }

  #lieDown(delayMs: number, wake: () => void, isByWall: boolean): Cancel {
    this.#lastOrder += 1;
    const wakeAtMs = this.#monotonicMs + Math.max(delayMs, 0);
    const sleeper: Sleeper = { wakeAtMs, order: this.#lastOrder, wake, isByWall, isCancelled: false };
    this.#sleepers.add(sleeper);
    return () => this.#sleepers.cancel(sleeper);
  }

  async #settle(letPromisesSettle: () => Promise<void>): Promise<void> {
    do {
      const deferred = this.#deferred;
      this.#deferred = [];
      for (const callback of deferred) callback();
      await letPromisesSettle();
      while (this.#awaited.size > 0) await Promise.all(this.#awaited);
    } while (this.#deferred.length > 0);
  }

  async #wakeNext(): Promise<void> {
    const next = this.#sleepers.take() as Sleeper;
    this.#monotonicMs = Math.max(this.#monotonicMs, next.wakeAtMs);
    next.wake();
    this.#wakeUps += 1;
    await this.#settle(this.#wakeUps % WAKE_UPS_PER_TURN === 0 ? turnOfTheEventLoop : endOfMicrotasks);
  }

  /**
   * Wakes who sleeps longer towards a wall time than a real clock would let it: it lies down again for as long as that
   * would have, and so notices what happens to the clock next as late as it would in earnest.
   */
  #rouse(): void {
    if (this.#maxSleepMs <= NOTICE_MS) return;
    this.#isRousing = true;
    for (const { wake } of this.#sleepers.takeByWall()) wake();
    this.#isRousing = false;
  }
}

function turnOfTheEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when no promise can settle any more without a turn of the event loop: Node calls ticks when no microtask is left. */
async function endOfMicrotasks(): Promise<void> {
  // From within a tick another tick would come first.
  await null;
  await new Promise<void>((resolve) => process.nextTick(resolve));
}
