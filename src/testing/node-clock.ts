import type { Cancel } from '../supervisor/ports/clock.ts';
import type { PatientClock } from './in-process-run.ts';
import type { VirtualClock } from './virtual-clock.ts';

/**
 * The clock of one process on virtual time that it may share with others. Its wall time may be off; while the node is stopped nothing wakes
 * it, and what would have does so when it is continued; once it is dead it is woken no more.
 */
export class NodeClock implements PatientClock {
  readonly tailMs = 0;
  /** How far its wall time is ahead. */
  skewMs: number;
  readonly #clock: VirtualClock;
  #isDead = false;
  #isStopped = false;
  #held: (() => void)[] = [];

  constructor(clock: VirtualClock, skewMs = 0) {
    this.#clock = clock;
    this.skewMs = skewMs;
  }

  get maxSleepMs(): number {
    return this.#clock.maxSleepMs;
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.skewMs;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  sleep(delayMs: number, wake: () => void): Cancel {
    return this.#cancellable(wake, (gated) => this.#clock.sleep(delayMs, gated));
  }

  sleepByWall(delayMs: number, wake: () => void): Cancel {
    return this.#cancellable(wake, (gated) => this.#clock.sleepByWall(delayMs, gated));
  }

  waitOut(restMs: number): void {
    this.#clock.waitOut(restMs);
  }

  defer(callback: () => void): void {
    this.#clock.defer(this.gated(callback));
  }

  holdFor(work: Promise<unknown>, realMs: number): Promise<boolean> {
    return this.#clock.holdFor(work, realMs);
  }

  /** What reaches the node from outside: it takes effect when the node is not stopped, and never when it is dead. */
  gated(callback: () => void): () => void {
    return () => {
      if (this.#isDead) return;
      if (this.#isStopped) this.#held.push(callback);
      else callback();
    };
  }

  stop(): void {
    this.#isStopped = true;
  }

  continue(): void {
    this.#isStopped = false;
    const held = this.#held;
    this.#held = [];
    for (const callback of held) this.#clock.defer(this.gated(callback));
  }

  die(): void {
    this.#isDead = true;
    this.#held = [];
  }

  /** A sleep that is cancelled after its time while the node is stopped does not wake it either. */
  #cancellable(wake: () => void, sleep: (gated: () => void) => Cancel): Cancel {
    let isCancelled = false;
    const cancel = sleep(
      this.gated(() => {
        if (!isCancelled) wake();
      }),
    );
    return () => {
      isCancelled = true;
      cancel();
    };
  }
}
