/** What became of the occurrences of one schedule, with the pass in which it happened. */
import type { MissedRunPolicy } from '../../../src/plugin.ts';
import type { Happening } from './clock-life.ts';

/**
 * A start, the record of a run that never started, or a decision about occurrences that did not run. `atMs` is by the
 * clock that is never set.
 */
export interface SeenOutcome {
  readonly kind: 'start' | 'record' | 'decision';
  readonly atMs: number;
  /** The first and the last occurrence that it is about. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly isMissed: boolean;
  readonly runId?: string;
  pass: number;
}

interface Ending {
  readonly isLost: boolean;
  /** As the record says. */
  readonly passNumber: number;
}

export class Outcomes {
  readonly #all: SeenOutcome[];
  readonly #starts: Map<number, SeenOutcome[]>;
  readonly #others: readonly SeenOutcome[];
  readonly #endings = new Map<string, Ending>();

  constructor(key: string, happenings: readonly Happening[]) {
    const started = new Set(happenings.flatMap((each) => (each.what === 'start' ? [each.runId] : [])));
    this.#all = happenings.flatMap((each) =>
      each.what === 'end' && started.has(each.record.runId) ? [] : (seen(key, each) ?? []),
    );
    this.#starts = Map.groupBy(
      this.#all.filter(({ kind }) => kind === 'start'),
      ({ fromMs }) => fromMs,
    );
    this.#others = this.#all.filter(({ kind }) => kind !== 'start');
    for (const happening of happenings) {
      if (happening.what !== 'end' || happening.record.key !== key) continue;
      const { runId, outcome } = happening.record;
      const passNumber = (happening.record as { readonly pass?: number }).pass ?? 1;
      this.#endings.set(runId, { isLost: outcome === 'lost', passNumber });
    }
  }

  /** In [fromMs, untilMs), by the clock that is never set. */
  within(fromMs: number, untilMs: number): SeenOutcome[] {
    return this.#all.filter(({ atMs }) => fromMs <= atMs && atMs < untilMs);
  }

  /** Everything from now on belongs to this pass, until the next one begins. */
  beginPass(fromMs: number, pass: number): void {
    for (const outcome of this.#all) if (outcome.atMs >= fromMs) outcome.pass = pass;
  }

  has(occurrenceMs: number, pass: number): boolean {
    return this.#of(occurrenceMs, pass).length > 0;
  }

  /** Whether it ran, or met a run of its schedule. */
  isOrdinary(occurrenceMs: number, pass: number): boolean {
    return this.#of(occurrenceMs, pass).some(({ isMissed }) => !isMissed);
  }

  /**
   * An occurrence starts once in each pass, which its record names; again only in place of a run that was lost with its
   * process.
   */
  doubles(policy: MissedRunPolicy): string[] {
    return [...this.#starts.values()].flatMap((starts) =>
      starts.slice(1).flatMap((start, index) => {
        const before = starts[index] as SeenOutcome;
        const ending = this.#endings.get(before.runId ?? '');
        const isNamedAgain = ending?.passNumber === this.#endings.get(start.runId ?? '')?.passNumber;
        if (before.pass !== start.pass && !isNamedAgain) return [];
        const isRecovery = ending?.isLost === true && policy !== 'skip';
        const at = new Date(start.fromMs).toISOString();
        return isRecovery ? [] : [`${at} (pass ${start.pass}) began twice`];
      }),
    );
  }

  #of(occurrenceMs: number, pass: number): SeenOutcome[] {
    const isOf = (outcome: SeenOutcome): boolean =>
      outcome.pass === pass && outcome.fromMs <= occurrenceMs && occurrenceMs <= outcome.untilMs;
    return [...(this.#starts.get(occurrenceMs) ?? []).filter(isOf), ...this.#others.filter(isOf)];
  }
}

function seen(key: string, happening: Happening): SeenOutcome | null {
  if (happening.what === 'start' && happening.key === key) {
    const { atMs, scheduledAtMs, runId } = happening;
    return { kind: 'start', atMs, fromMs: scheduledAtMs, untilMs: scheduledAtMs, isMissed: false, runId, pass: 0 };
  }
  if (happening.what === 'end' && happening.record.key === key) {
    const { scheduledAtMs } = happening.record;
    return {
      kind: 'record',
      atMs: happening.atMs,
      fromMs: scheduledAtMs,
      untilMs: scheduledAtMs,
      isMissed: false,
      pass: 0,
    };
  }
  if (happening.what !== 'decision' || happening.decision.key !== key) return null;
  const { fromMs, untilMs, outcome } = happening.decision;
  return { kind: 'decision', atMs: happening.atMs, fromMs, untilMs, isMissed: outcome === 'missed-skipped', pass: 0 };
}
