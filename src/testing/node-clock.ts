import type { Cancel, Instant } from '../supervisor/ports/clock.ts';
import type { PatientClock, VirtualClock } from './virtual-clock.ts';

/**
 * The clock of one process, on a virtual time that several processes may share. Its wall time may be wrong. While the
 * process is stopped nothing wakes it, and what would have woken it does so when it continues. A dead process is never
 * woken.
 */
export class NodeClock implements PatientClock {
  readonly tailMs = 0;
  /** How far its wall time is ahead, in milliseconds. */
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

  read(): Instant {
    return { wallMs: this.nowMs(), monotonicMs: this.monotonicMs() };
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

  /** A callback from outside. While the process is stopped it waits, and once the process is dead it does nothing. */
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

  /**
   * If a sleep is cancelled while its wake-up waits for a stopped process to continue, it must not wake the process
   * then.
   */
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
