/**
 * When a node looks around in the database. Without news it looks twice a second. While it hears what other nodes write
 * it looks only to show that it is alive, to find what got lost, and when a node with runs may be gone; and a write that
 * goes anyway does for a look.
 */
import type { Clock } from '../../../supervisor/ports/clock.ts';

/** The shortest time between two looks. */
export const LOOK_MS = 500;
/** The longest time between two looks of a node that hears, and of one that must not lose its runs to a lost answer. */
const IDLE_MS = 10_000;
const BUSY_MS = 4_000;

/** The longest time without a sign of life of a node that has runs, as long as its calls succeed. */
export function busyMs(ttlMs: number): number {
  return Math.min(BUSY_MS, ttlMs / 3);
}

export interface LookPaceParts {
  readonly clock: Clock;
  /** After this time without a sign of life the node counts as gone. */
  readonly ttlMs: number;
  /** Whether runs of this node are under way. */
  readonly hasRuns: () => boolean;
  /** When an orphan that was seen has to be looked at again, monotonic milliseconds. */
  readonly orphanAtMs: () => number;
}

/** Instants are monotonic milliseconds. */
export class LookPace {
  readonly #parts: LookPaceParts;
  readonly #idleMs: number;
  readonly #busyMs: number;
  /** When the last look was sent, and the last that was answered. */
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #hearingSinceMs = Number.POSITIVE_INFINITY;
  /** When a node with runs may be gone. */
  #doubtAtMs = Number.POSITIVE_INFINITY;
  /** Since when a look is wanted soon; the last one may have failed. */
  #wantedAtMs: number | null = null;

  constructor(parts: LookPaceParts) {
    this.#parts = parts;
    // Two looks may fail before a node that has runs is trusted no longer, and one may before an idle one counts as gone.
    this.#busyMs = busyMs(parts.ttlMs);
    this.#idleMs = Math.min(IDLE_MS, (parts.ttlMs * 2) / 3);
  }

  get isHearing(): boolean {
    return this.#hearingSinceMs !== Number.POSITIVE_INFINITY;
  }

  /** Whether news arrive and nothing asks for a look. */
  get isQuiet(): boolean {
    return this.isHearing && this.#wantedAtMs === null;
  }

  /** Whether the node has seen everything since it hears, so that a look should find nothing new. */
  get isInformed(): boolean {
    return this.#askedAtMs >= this.#hearingSinceMs;
  }

  /** Whether a write that goes now should do for a look. A node that does not hear looks often enough. */
  get isRideDue(): boolean {
    return this.isHearing && (this.waitMs <= 0 || this.#nowMs - this.#askedAtMs >= this.#busyMs);
  }

  /** How long to wait before the next look, as far as is known now. Not above 0 when it is due. */
  get waitMs(): number {
    const soonestAtMs = this.#sentAtMs + LOOK_MS;
    if (!this.isQuiet) return soonestAtMs - this.#nowMs;
    const { hasRuns, orphanAtMs } = this.#parts;
    const ownAtMs = this.#askedAtMs + (hasRuns() ? this.#busyMs : this.#idleMs);
    return Math.max(soonestAtMs, Math.min(ownAtMs, this.#doubtAtMs, orphanAtMs())) - this.#nowMs;
  }

  hearing(isHearing: boolean): void {
    this.#hearingSinceMs = isHearing ? this.#nowMs : Number.POSITIVE_INFINITY;
    this.want();
  }

  want(): void {
    this.#wantedAtMs = this.#nowMs;
  }

  sent(): void {
    this.#sentAtMs = this.#nowMs;
  }

  /** A look that was sent then is answered. */
  answered(askedAtMs: number, doubtInMs: number | undefined): void {
    this.#askedAtMs = Math.max(this.#askedAtMs, askedAtMs);
    if (this.#wantedAtMs !== null && this.#wantedAtMs <= askedAtMs) this.#wantedAtMs = null;
    this.#doubtAtMs = this.#nowMs + (doubtInMs ?? Number.POSITIVE_INFINITY);
  }

  get #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}
