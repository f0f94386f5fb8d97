import type { Clock } from '../../supervisor/ports/clock.ts';

/** How long other nodes have to settle a run that was reported, before it is reported again. */
const REPEAT_MS = 5_000;

/**
 * Remembers which runs of nodes that are gone were reported to the supervisor, so that not every look reports them
 * anew.
 */
export class OrphanNotices {
  readonly #clock: Clock;
  /** By run: until when it is not reported again, monotonic milliseconds. */
  readonly #quietUntilMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a run has to be reported now: then it counts as reported. */
  isDue(runId: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    for (const [id, untilMs] of this.#quietUntilMs) if (untilMs <= nowMs) this.#quietUntilMs.delete(id);
    if (this.#quietUntilMs.has(runId)) return false;
    this.#quietUntilMs.set(runId, nowMs + REPEAT_MS);
    return true;
  }
}
