/**
 * The clock that a node plans by. The nodes of a cluster go by their backend's clock: its time is this node's monotonic
 * time plus an offset, which every reading of the backend's clock corrects. So it does not matter when the clock of a
 * machine is wrong, or is set.
 *
 * A small error is corrected by running a little faster or slower, never backwards. After a large one, which means that
 * the backend's clock was set, the time jumps, as a wall clock does. Where there is no such backend, and before the
 * first reading, it is the machine's own clock.
 */
import {
  type ClockReading,
  errorOf,
  isPossible,
  middleOf,
  type OffsetBounds,
  withReading,
} from '../../machines/cluster-time/clock-offset.ts';
import { monotonicDelayMs, offsetAt, type Slew, steered } from '../../machines/cluster-time/slew.ts';
import type { Cancel, Clock, Instant } from '../ports/clock.ts';

export class ClusterClock implements Clock {
  readonly #machine: Clock;
  /** Whether it goes by the readings. Otherwise they only show how far the machine's clock is off. */
  readonly isFollowing: boolean;
  #bounds: OffsetBounds | null = null;
  #slew: Slew | null = null;

  constructor(machine: Clock, { isFollowing }: { readonly isFollowing: boolean }) {
    this.#machine = machine;
    this.isFollowing = isFollowing;
  }

  get maxSleepMs(): number {
    return this.#machine.maxSleepMs;
  }

  get tailMs(): number {
    return this.#machine.tailMs;
  }

  /** How far the machine's wall clock is ahead of the backend's, in milliseconds; null if that was never measured. */
  get skewMs(): number | null {
    if (this.#bounds === null) return null;
    const { wallMs, monotonicMs } = this.#machine.read();
    return wallMs - monotonicMs - middleOf(this.#bounds);
  }

  /** By how much the backend's time may differ from what was measured, in milliseconds; null if it never was. */
  get errorMs(): number | null {
    return this.#bounds && errorOf(this.#bounds);
  }

  /** Takes a reading of the backend's clock in. Returns false for one that cannot be true, which changes nothing. */
  measured(reading: ClockReading): boolean {
    const monotonicMs = this.#machine.monotonicMs();
    if (!isPossible(reading, monotonicMs)) return false;
    this.#bounds = withReading(this.#bounds, reading);
    if (this.isFollowing) this.#slew = steered(this.#slew, this.#bounds, monotonicMs);
    return true;
  }

  /** Jumps to the time as it is known best. Call it before anything goes by this clock. */
  begin(): void {
    if (this.isFollowing && this.#bounds !== null)
      this.#slew = steered(null, this.#bounds, this.#machine.monotonicMs());
  }

  nowMs(): number {
    return this.read().wallMs;
  }

  read(): Instant {
    if (this.#slew === null) return this.#machine.read();
    const monotonicMs = this.#machine.monotonicMs();
    return { wallMs: monotonicMs + offsetAt(this.#slew, monotonicMs), monotonicMs };
  }

  monotonicMs(): number {
    return this.#machine.monotonicMs();
  }

  sleep(delayMs: number, wake: () => void): Cancel {
    return this.#machine.sleep(delayMs, wake);
  }

  sleepByWall(delayMs: number, wake: () => void): Cancel {
    if (this.#slew === null) return this.#machine.sleepByWall(delayMs, wake);
    return this.#machine.sleepByWall(monotonicDelayMs(this.#slew, this.#machine.monotonicMs(), delayMs), wake);
  }

  waitOut(restMs: number): void {
    this.#machine.waitOut(restMs);
  }

  defer(callback: () => void): void {
    this.#machine.defer(callback);
  }
}
