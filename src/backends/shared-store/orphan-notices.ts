import type { Clock } from '../../supervisor/ports/clock.ts';

/** How long other nodes have to settle a run that was reported, before it is reported again. */
const REPEAT_MS = 5_000;

/** Of one run: until when it is not reported, monotonic milliseconds. */
interface Notice {
  quietUntilMs: number;
}

/**
 * Remembers which runs of nodes that are gone were seen, and which of them were reported to the supervisor, so that not
 * every look reports them anew.
 */
export class OrphanNotices {
  readonly #clock: Clock;
  /** By run: those of the last look. */
  #notices: ReadonlyMap<string, Notice> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** When to look again because of those that were seen, monotonic milliseconds. */
  get nextAtMs(): number {
    return Math.min(...[...this.#notices.values()].map(({ quietUntilMs }) => quietUntilMs));
  }

  /**
   * Of the orphans that a look has seen, those that have to be reported now. They then count as reported.
   * @param confirmMs How long a node that looks gone from now on must look so.
   */
  due(runIds: readonly string[], confirmMs: number): ReadonlySet<string> {
    const nowMs = this.#clock.monotonicMs();
    this.#see(runIds, nowMs + confirmMs);
    const due = [...this.#notices].filter(([, { quietUntilMs }]) => quietUntilMs <= nowMs);
    for (const [, notice] of due) notice.quietUntilMs = nowMs + REPEAT_MS;
    return new Set(due.map(([runId]) => runId));
  }

  /** These were reported already. */
  reported(runIds: readonly string[]): void {
    this.#see(runIds, this.#clock.monotonicMs() + REPEAT_MS);
  }

  /** Forgets what is not orphaned any more. */
  #see(runIds: readonly string[], quietUntilMs: number): void {
    const known = this.#notices;
    this.#notices = new Map(runIds.map((runId) => [runId, known.get(runId) ?? { quietUntilMs }]));
  }
}
