import type { Cancel } from '../supervisor/clock.ts';
import type { PatientClock } from './in-process-run.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A virtual clock as one process sees it: once the process is dead it is woken no more. */
export class MortalClock implements PatientClock {
  readonly tailMs = 0;
  readonly #clock: VirtualClock;
  #isDead = false;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get maxSleepMs(): number {
    return this.#clock.maxSleepMs;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  sleep(delayMs: number, wake: () => void): Cancel {
    return this.#clock.sleep(delayMs, this.#unlessDead(wake));
  }

  sleepByWall(delayMs: number, wake: () => void): Cancel {
    return this.#clock.sleepByWall(delayMs, this.#unlessDead(wake));
  }

  waitOut(restMs: number): void {
    this.#clock.waitOut(restMs);
  }

  defer(callback: () => void): void {
    this.#clock.defer(this.#unlessDead(callback));
  }

  holdFor(work: Promise<unknown>, realMs: number): Promise<boolean> {
    return this.#clock.holdFor(work, realMs);
  }

  die(): void {
    this.#isDead = true;
  }

  #unlessDead(callback: () => void): () => void {
    return () => {
      if (!this.#isDead) callback();
    };
  }
}
