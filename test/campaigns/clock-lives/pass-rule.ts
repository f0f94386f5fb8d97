/**
 * The rule of a clock that was set back, as it is documented: up to ten seconds repeat nothing, so that schedules wait
 * until the time has come again. Up to three hours are a repeated hour: intervals and wildcards go on, and fixed times
 * wait. After more everything goes on by the new time.
 */
import type { LifeSchedule } from './life-schedules.ts';
import type { WallSpan } from './wall-spans.ts';

const TOLERATED_MS = 10_000;
const REPEATED_MS = 3 * 3_600_000;
/** Near a limit it depends on what exactly the node knew: then nothing is expected of it. */
const NEAR_TOLERATED_MS = 4_500;
const NEAR_REPEATED_MS = 60_000;

export class PassRule {
  pass = 1;
  readonly #isFixedTime: boolean;
  /** How far the schedule has come in this pass: at least, and at most. */
  #reachedLeastMs: number;
  #reachedMostMs: number;
  /** How far it has ever come. */
  #everMs: number;
  /** What was due up to here ran before the clock was set back by a little. */
  #repeatedUntilMs = Number.NEGATIVE_INFINITY;
  /** Nothing is expected up to here: it is waited for, or nobody can say. */
  #waitsUntilMs: number;

  constructor({ isFixedTime }: LifeSchedule, createdMs: number) {
    this.#isFixedTime = isFixedTime;
    this.#reachedLeastMs = createdMs;
    this.#reachedMostMs = createdMs;
    this.#everMs = createdMs;
    this.#waitsUntilMs = createdMs;
  }

  /** A process looks at its clock. Returns whether what follows begins with the new time. */
  enter({ wallFromMs, setByMs }: WallSpan): boolean {
    const least = this.#reachedLeastMs - wallFromMs;
    const most = this.#reachedMostMs - wallFromMs;
    if (most <= 0) return false;
    const isBlurred =
      isNear([least, most], TOLERATED_MS, NEAR_TOLERATED_MS) ||
      isNear([Math.max(least, -setByMs), Math.max(most, -setByMs)], REPEATED_MS, NEAR_REPEATED_MS);
    if (isBlurred) {
      this.#waitsUntilMs = Math.max(this.#waitsUntilMs, this.#reachedMostMs);
      this.#reachedLeastMs = Math.min(wallFromMs, this.#reachedLeastMs);
      this.#repeatedUntilMs = Number.NEGATIVE_INFINITY;
      this.pass += 1;
      return false;
    }
    const isRepeated = Math.max(most, -setByMs) <= REPEATED_MS;
    if (most <= TOLERATED_MS || (isRepeated && this.#isFixedTime)) {
      this.#waitsUntilMs = Math.max(this.#waitsUntilMs, this.#reachedMostMs);
      return false;
    }
    this.#repeatedUntilMs = isRepeated ? this.#reachedLeastMs : Number.NEGATIVE_INFINITY;
    this.#reachedLeastMs = wallFromMs;
    this.#reachedMostMs = wallFromMs;
    this.#waitsUntilMs = wallFromMs;
    this.pass += 1;
    return true;
  }

  /** The process no longer looks at its clock, or that is set. Its position is not beyond what it saw. */
  leave({ wallUntilMs }: WallSpan): void {
    if (this.pass > 1) this.reachedAtMost(Math.min(wallUntilMs, this.#everMs));
  }

  reached(occurrenceMs: number): void {
    this.#reachedLeastMs = Math.max(this.#reachedLeastMs, occurrenceMs);
    this.reachedAtMost(occurrenceMs);
    this.#everMs = Math.max(this.#everMs, occurrenceMs);
  }

  reachedAtMost(atMs: number): void {
    this.#reachedMostMs = Math.max(this.#reachedMostMs, atMs);
  }

  isExpected(atMs: number): boolean {
    return atMs > this.#waitsUntilMs;
  }

  /** Whether it comes again by a step that is short enough: then it is not missed again. */
  isRepeated(atMs: number): boolean {
    return atMs <= this.#repeatedUntilMs;
  }

  /** Whether an earlier pass came so far. */
  hasRunBefore(atMs: number): boolean {
    return this.pass > 1 && atMs <= this.#everMs;
  }
}

function isNear([least, most]: readonly [number, number], limitMs: number, byMs: number): boolean {
  return least <= limitMs + byMs && most >= limitMs - byMs;
}
