import type { Cancel, Clock } from '../supervisor/clock.ts';

interface Sleeper {
  readonly wakeAtMs: number;
  readonly order: number;
  readonly wake: () => void;
}

/**
 * A clock that moves only when it is told to. Sleeps wake in the order of their instants, and between two of them every
 * promise that can settle does, so that a day passes in milliseconds and always in the same way.
 */
export class VirtualClock implements Clock {
  /** Its sleeps are exact. */
  readonly tailMs = 0;
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #lastOrder = 0;
  readonly #sleepers = new Set<Sleeper>();
  #deferred: (() => void)[] = [];

  /** @param startAtMs Wall time at the start, epoch milliseconds. */
  constructor(startAtMs = Date.UTC(2026, 0, 1)) {
    this.#wallOffsetMs = startAtMs;
  }

  nowMs(): number {
    return this.#monotonicMs + this.#wallOffsetMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  sleep(delayMs: number, wake: () => void): Cancel {
    this.#lastOrder += 1;
    const sleeper = { wakeAtMs: this.#monotonicMs + Math.max(delayMs, 0), order: this.#lastOrder, wake };
    this.#sleepers.add(sleeper);
    return () => this.#sleepers.delete(sleeper);
  }

  waitOut(restMs: number): void {
    this.#monotonicMs += restMs;
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  /** How many sleeps are under way. */
  get sleeperCount(): number {
    return this.#sleepers.size;
  }

  /** Lets time pass, and everything that falls due in it happen. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#monotonicMs + byMs;
    await this.settle();
    for (let next = this.#earliest(); next !== undefined && next.wakeAtMs <= untilMs; next = this.#earliest()) {
      this.#sleepers.delete(next);
      this.#monotonicMs = Math.max(this.#monotonicMs, next.wakeAtMs);
      next.wake();
      await this.settle();
    }
    this.#monotonicMs = untilMs;
  }

  /** Lets time pass in which nothing of this process ran: a suspended machine, a stopped process. Wakes nobody. */
  suspend(forMs: number): void {
    this.#monotonicMs += forMs;
  }

  /** Moves the wall clock, and only it: an operator or NTP sets the time. */
  stepWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    do {
      const deferred = this.#deferred;
      this.#deferred = [];
      for (const callback of deferred) callback();
      await new Promise<void>((resolve) => setImmediate(resolve));
    } while (this.#deferred.length > 0);
  }

  #earliest(): Sleeper | undefined {
    let earliest: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (earliest === undefined || isBefore(sleeper, earliest)) earliest = sleeper;
    }
    return earliest;
  }
}

function isBefore(a: Sleeper, b: Sleeper): boolean {
  return a.wakeAtMs === b.wakeAtMs ? a.order < b.order : a.wakeAtMs < b.wakeAtMs;
}
