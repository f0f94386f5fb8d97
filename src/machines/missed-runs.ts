/**
 * What to do with the occurrences that fell due since the cursor. An occurrence is missed when it is found later than
 * `MISSED_AFTER_MS` after it was due: nothing was ticking. (A run that is still executing is another matter: overlap.)
 *
 * - `skip`: missed occurrences do not run; they are told once, with their count.
 * - `run-once`: the newest missed one runs as a catch-up for all of them. If another is due right now, that one runs,
 *   as an ordinary run that tells how many were missed before it.
 * - `run-all`: every one runs, oldest first. Only the first is planned here, the next when it has settled, so that a gap of any
 *   length takes no memory. What falls due meanwhile joins, as long as each pass begins less late than the last (`Backlog`).
 *
 * A lost run that is owed counts as the oldest of the missed. Pure: the recurrence comes in as functions.
 */
import type { MissedRunPolicy } from '../plugin.ts';
import type { DecisionReason, Occurrence, OwedRun } from './run.ts';

/** Later than this an occurrence is missed; sooner it is an ordinary run that starts late. */
export const MISSED_AFTER_MS = 1_000;

/** Up to this many missed occurrences are counted one by one; a longer gap is told as this many. */
export const MISSED_COUNT_LIMIT = 100_000;

/** One schedule's sequence of occurrences. */
export interface Recurrence {
  /** The first occurrence after `fromMs`. */
  next(fromMs: number): number;
  /** The last occurrence in (sinceMs, atMs]. */
  previous(atMs: number, sinceMs: number): number | undefined;
  /** How many occurrences lie in (afterMs, untilMs], at most `limit`. */
  count(afterMs: number, untilMs: number, limit: number): number;
  /** When an occurrence is to start: itself plus its jitter. */
  dueAt(occurrenceMs: number): number;
}

/** What a schedule wants done with missed occurrences. */
export interface MissedRunRules {
  readonly policy: MissedRunPolicy;
  /** How many missed occurrences of one gap are made up for, the newest of them. Infinity: all. */
  readonly maxCatchup: number;
  /** How old a missed occurrence may be to be made up for. Infinity: any age. */
  readonly maxLateMs: number;
}

/** Where a schedule stands when it is looked at. */
export interface DueSituation {
  readonly cursorMs: number;
  readonly nowMs: number;
  readonly owed: OwedRun | null;
  readonly backlog: Backlog | null;
  /** How long it let other nodes go first: what it finds late for that reason alone is not missed. Default 0. */
  readonly turnDelayMs?: number;
}

/**
 * One pass of `run-all` over what was missed, up to `untilMs`, whose first was `lateMs` late when it began. What fell due
 * during a pass is the next pass, if it begins less late; if not, runs take longer than their period, and what is late is
 * told as overlap.
 */
export interface Backlog {
  readonly untilMs: number;
  readonly lateMs: number;
}

/** Occurrences that will not run. Instants are the first and the last of them. */
export interface SkippedSpan {
  readonly outcome: 'missed-skipped' | 'overlap';
  readonly reason: DecisionReason;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly count: number;
}

/** What is to be done: spans to be told, oldest first, then a run. */
export interface DuePlan {
  readonly skipped: readonly SkippedSpan[];
  readonly run?: Occurrence;
  readonly backlog: Backlog | null;
  /** More is to be planned when the run has settled, and not before: it would meet it as an overlap. */
  readonly isBehind: boolean;
  /** What was owed is planned, or given up. */
  readonly isOwedSettled: boolean;
}

/** Plans what follows the cursor at `nowMs`; without a run and without spans when nothing is due yet. */
export function planDue(recurrence: Recurrence, rules: MissedRunRules, at: DueSituation): DuePlan {
  return new DuePlanner(recurrence, rules, at).plan();
}

class DuePlanner {
  readonly #recurrence: Recurrence;
  readonly #rules: MissedRunRules;
  readonly #nowMs: number;
  readonly #missedAfterMs: number;
  readonly #skipped: SkippedSpan[] = [];
  #cursorMs: number;
  #owed: OwedRun | null;
  #isOwedSettled = false;
  #backlog: Backlog | null;
  #hasFallenBehind = false;

  constructor(recurrence: Recurrence, rules: MissedRunRules, at: DueSituation) {
    this.#recurrence = recurrence;
    this.#rules = rules;
    this.#nowMs = at.nowMs;
    this.#missedAfterMs = MISSED_AFTER_MS + (at.turnDelayMs ?? 0);
    this.#cursorMs = at.cursorMs;
    this.#owed = at.owed;
    this.#backlog = at.backlog;
  }

  plan(): DuePlan {
    const firstMs = this.#recurrence.next(this.#cursorMs);
    const isFirstDue = this.#recurrence.dueAt(firstMs) <= this.#nowMs;
    if (this.#owed === null && (!isFirstDue || this.#isOnTime(firstMs))) {
      return this.#end(isFirstDue ? this.#onTime(firstMs) : undefined);
    }
    this.#dropTooLate();
    switch (this.#rules.policy) {
      case 'run-all':
        return this.#end(this.#planAll());
      case 'run-once':
        return this.#end(this.#planOnce());
      case 'skip':
        return this.#end(this.#planSkip());
    }
  }

  #end(run: Occurrence | undefined): DuePlan {
    const backlog = run?.trigger === 'catch-up' ? this.#backlog : null;
    return {
      skipped: this.#skipped,
      backlog,
      isBehind: run !== undefined && this.#isBehind(run),
      isOwedSettled: this.#isOwedSettled,
      ...(run && { run }),
    };
  }

  #isBehind(run: Occurrence): boolean {
    // One that cannot keep up is on time again, with overlaps.
    if (this.#rules.policy !== 'run-all' || this.#hasFallenBehind) return false;
    return (
      run.trigger === 'catch-up' || this.#recurrence.dueAt(this.#recurrence.next(run.scheduledAtMs)) <= this.#nowMs
    );
  }

  /** Moves on past what is older than `maxLateMs`. What is due now is never too old. */
  #dropTooLate(): void {
    const oldestMs = this.#nowMs - Math.max(this.#rules.maxLateMs, this.#missedAfterMs);
    if (this.#owed !== null && this.#owed.scheduledAtMs < oldestMs) this.#settleOwed();
    if (this.#rules.policy === 'skip' || oldestMs === Number.NEGATIVE_INFINITY) return;
    const lastMs = this.#recurrence.previous(Math.ceil(oldestMs) - 1, this.#cursorMs);
    if (lastMs !== undefined) this.#skip(lastMs, 'missed-skipped', 'max-late');
  }

  #planSkip(): Occurrence | undefined {
    this.#settleOwed();
    const newestMs = this.#newestDue();
    if (newestMs === undefined) return undefined;
    if (!this.#isOnTime(newestMs)) return this.#skip(newestMs, 'missed-skipped', 'policy');
    return this.#onTime(newestMs, this.#skipBefore(newestMs, 'policy'));
  }

  #planOnce(): Occurrence | undefined {
    const owed = this.#rules.maxCatchup === 0 ? null : this.#owed;
    this.#settleOwed();
    const newestMs = this.#newestDue();
    if (newestMs === undefined) return owed === null ? undefined : this.#recovery(owed);
    if (this.#rules.maxCatchup === 0 && !this.#isOnTime(newestMs))
      return this.#skip(newestMs, 'missed-skipped', 'max-catchup');
    const older = this.#skipBefore(newestMs, this.#rules.maxCatchup === 0 ? 'max-catchup' : 'superseded');
    const missed = joined(owed, older);
    if (this.#isOnTime(newestMs)) return this.#onTime(newestMs, missed, owed);
    const count = (missed?.missedCount ?? 0) + 1;
    return this.#catchUp(newestMs, { missedCount: count, firstMissedAtMs: missed?.firstMissedAtMs ?? newestMs }, owed);
  }

  #planAll(): Occurrence | undefined {
    const owed = this.#owed;
    this.#settleOwed();
    if (owed !== null && this.#rules.maxCatchup > 0) return this.#recovery(owed);
    this.#beginPass();
    const firstMs = this.#recurrence.next(this.#cursorMs);
    if (this.#recurrence.dueAt(firstMs) > this.#nowMs) return undefined;
    if (this.#isOnTime(firstMs)) return this.#onTime(firstMs);
    return this.#catchUp(firstMs, { missedCount: 1, firstMissedAtMs: firstMs }, null);
  }

  /** Looks at what is left when a pass is over: another pass, a cap, or a backlog that does not shrink. */
  #beginPass(): void {
    const last = this.#backlog;
    if (last !== null && this.#cursorMs < last.untilMs) return;
    const untilMs = this.#newestLate();
    if (untilMs === undefined) return;
    const lateMs = this.#nowMs - this.#recurrence.dueAt(this.#recurrence.next(this.#cursorMs));
    if (last !== null && lateMs >= last.lateMs) {
      this.#hasFallenBehind = true;
      this.#skip(untilMs, 'overlap', 'fell-behind');
      return;
    }
    const size = this.#count(untilMs);
    const kept = Math.min(size, this.#rules.maxCatchup);
    if (kept < size)
      this.#skip(kept === 0 ? untilMs : this.#lastBeforeNewest(kept, untilMs), 'missed-skipped', 'max-catchup');
    this.#backlog = { untilMs, lateMs };
  }

  /** The last occurrence that is not among the `kept` newest up to `untilMs`: found by halving what lies between. */
  #lastBeforeNewest(kept: number, untilMs: number): number {
    let manyFromMs = Math.floor(this.#cursorMs);
    let fewFromMs = untilMs;
    while (fewFromMs - manyFromMs > 1) {
      const middleMs = Math.floor((manyFromMs + fewFromMs) / 2);
      if (this.#recurrence.count(middleMs, untilMs, kept + 1) > kept) manyFromMs = middleMs;
      else fewFromMs = middleMs;
    }
    return fewFromMs;
  }

  /** The newest occurrence whose jitter has passed as well. */
  #newestDue(): number | undefined {
    let newestMs = this.#recurrence.previous(this.#nowMs, this.#cursorMs);
    while (newestMs !== undefined && this.#recurrence.dueAt(newestMs) > this.#nowMs) {
      newestMs = this.#recurrence.previous(newestMs - 1, this.#cursorMs);
    }
    return newestMs;
  }

  /** The newest one that is too late to be on time. */
  #newestLate(): number | undefined {
    let newestMs = this.#newestDue();
    while (newestMs !== undefined && this.#isOnTime(newestMs)) {
      newestMs = this.#recurrence.previous(newestMs - 1, this.#cursorMs);
    }
    return newestMs;
  }

  #skipBefore(occurrenceMs: number, reason: DecisionReason): SkippedSpan | undefined {
    const lastMs = this.#recurrence.previous(occurrenceMs - 1, this.#cursorMs);
    if (lastMs === undefined) return undefined;
    this.#skip(lastMs, 'missed-skipped', reason);
    return this.#skipped.at(-1);
  }

  #skip(untilMs: number, outcome: SkippedSpan['outcome'], reason: DecisionReason): undefined {
    const fromMs = this.#recurrence.next(this.#cursorMs);
    this.#skipped.push({ outcome, reason, fromMs, untilMs, count: this.#count(untilMs) });
    this.#cursorMs = untilMs;
  }

  #count(untilMs: number): number {
    return this.#recurrence.count(this.#cursorMs, untilMs, MISSED_COUNT_LIMIT);
  }

  #settleOwed(): void {
    this.#isOwedSettled ||= this.#owed !== null;
    this.#owed = null;
  }

  #onTime(scheduledAtMs: number, older?: SkippedSpan | MissedBefore, owed: OwedRun | null = null): Occurrence {
    const dueAtMs = this.#recurrence.dueAt(scheduledAtMs);
    return { scheduledAtMs, dueAtMs, trigger: 'clock', ...missedBefore(older), ...recoveryOf(owed) };
  }

  #catchUp(scheduledAtMs: number, missed: MissedBefore, owed: OwedRun | null): Occurrence {
    return { scheduledAtMs, dueAtMs: this.#nowMs, trigger: 'catch-up', ...missed, ...recoveryOf(owed) };
  }

  #recovery(owed: OwedRun): Occurrence {
    const { scheduledAtMs } = owed;
    return this.#catchUp(scheduledAtMs, { missedCount: 1, firstMissedAtMs: scheduledAtMs }, owed);
  }

  #isOnTime(occurrenceMs: number): boolean {
    return this.#nowMs - this.#recurrence.dueAt(occurrenceMs) <= this.#missedAfterMs;
  }
}

interface MissedBefore {
  readonly missedCount: number;
  readonly firstMissedAtMs: number;
}

function missedBefore(older: SkippedSpan | MissedBefore | undefined): MissedBefore | undefined {
  if (older === undefined || 'missedCount' in older) return older;
  return { missedCount: older.count, firstMissedAtMs: older.fromMs };
}

/** What was missed before a run, the one that is owed included. */
function joined(owed: OwedRun | null, older: SkippedSpan | undefined): MissedBefore | undefined {
  if (owed === null) return missedBefore(older);
  return { missedCount: 1 + (older?.count ?? 0), firstMissedAtMs: owed.scheduledAtMs };
}

function recoveryOf(owed: OwedRun | null): { readonly recoveryOf?: string } {
  return owed === null ? {} : { recoveryOf: owed.runId };
}
