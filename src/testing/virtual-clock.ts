import type { Cancel, Clock, Instant } from '../supervisor/ports/clock.ts';
import { endOfMicrotasks, settlesWithin, turnOfTheEventLoop } from './real-time.ts';
import { type Sleeper, Sleepers } from './sleepers.ts';

/** How long a real clock takes at most to notice that the wall clock was stepped or that its process was stopped. */
const NOTICE_MS = 1_000;

/** Real timers and I/O get a turn after this many wake-ups, because a turn costs more than most wake-ups. */
const WAKE_UPS_PER_TURN = 64;

/** How a virtual clock differs from a real one. */
export interface VirtualClockOptions {
  /** See `Clock`. Default 1,000, as on a real clock. A longer one saves wake-ups and changes nothing else. */
  readonly maxSleepMs?: number;
}

/** A clock that can wait for something that does not happen in virtual time. */
export interface PatientClock extends Clock {
  /** Holds the clock until `work` settles, at most for `realMs` of real time. Resolves with whether it has settled. */
  holdFor(work: Promise<unknown>, realMs: number): Promise<boolean>;
}

/**
 * A clock that moves only when a test moves it. Sleeps end in the order of their instants. Between two of them every
 * promise that can settle does, so that a day passes in milliseconds and always in the same way.
 */
export class VirtualClock implements PatientClock {
  /** Its sleeps are exact. */
  readonly tailMs: number = 0;
  readonly #maxSleepMs: number;
  readonly #sleepers = new Sleepers();
  /** What the clock is held for. */
  readonly #holds = new Set<Promise<unknown>>();
  #isRousing = false;
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #lastOrder = 0;
  #wakeUps = 0;
  #deferred: (() => void)[] = [];

  /** @param startAtMs Wall time at the start, epoch milliseconds. Default 2026-01-01 in UTC. */
  constructor(startAtMs = Date.UTC(2026, 0, 1), { maxSleepMs = NOTICE_MS }: VirtualClockOptions = {}) {
    this.#wallOffsetMs = startAtMs;
    this.#maxSleepMs = maxSleepMs;
  }

  /** The longest sleep, in milliseconds. */
  get maxSleepMs(): number {
    return this.#isRousing ? Math.min(this.#maxSleepMs, NOTICE_MS) : this.#maxSleepMs;
  }

  /** The virtual time of day, in epoch milliseconds. */
  nowMs(): number {
    return this.#monotonicMs + this.#wallOffsetMs;
  }

  /** Both clocks at one instant. */
  read(): Instant {
    return { wallMs: this.nowMs(), monotonicMs: this.monotonicMs() };
  }

  /** The virtual time since the start, in milliseconds. */
  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Calls back after that much virtual time. */
  sleep(delayMs: number, wake: () => void): Cancel {
    return this.#addSleeper({ delayMs, wake, isByWall: false });
  }

  /** The same by the time of day. */
  sleepByWall(delayMs: number, wake: () => void): Cancel {
    return this.#addSleeper({ delayMs, wake, isByWall: true });
  }

  /** Lets the rest of a sleep pass at once. */
  waitOut(restMs: number): void {
    this.#monotonicMs += restMs;
  }

  /** Calls back in the next turn. */
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

  /** Lets as much time pass as `work` needs to settle. It must wait for nothing but this clock and real I/O. */
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

  /**
   * Lets time pass in which nothing of this process runs: the machine sleeps, or the process is stopped. Wakes nobody.
   */
  suspend(forMs: number): void {
    this.#rouse();
    this.#monotonicMs += forMs;
  }

  /** Moves only the wall clock, as when an operator or NTP sets the time. */
  stepWall(byMs: number): void {
    this.#rouse();
    this.#wallOffsetMs += byMs;
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.#settle(turnOfTheEventLoop);
  }

  /** Keeps virtual time from passing while real work is done. Resolves to whether it ended in time. */
  holdFor(work: Promise<unknown>, realMs: number): Promise<boolean> {
    const hold = settlesWithin(work, realMs);
    this.#holds.add(hold);
    return hold.finally(() => this.#holds.delete(hold));
  }

  #addSleeper({ delayMs, wake, isByWall }: Pick<Sleeper, 'wake' | 'isByWall'> & { readonly delayMs: number }): Cancel {
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
      while (this.#holds.size > 0) await Promise.all(this.#holds);
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
   * Wakes every sleeper that waits for a wall time and sleeps longer than a real clock would let it. It goes back to
   * sleep for as long as a real clock allows, and so notices the next change of the clock as late as it would in
   * production.
   */
  #rouse(): void {
    if (this.#maxSleepMs <= NOTICE_MS) return;
    this.#isRousing = true;
    for (const { wake } of this.#sleepers.takeByWall()) wake();
    this.#isRousing = false;
  }
}
