import type { DecisionReason } from '../run.ts';
import type { DueSituation, MissedRunRules, Recurrence, SkippedSpan } from './due-plan.ts';
import { lastWhere } from './last-where.ts';
import { missedAfterMs } from './missed-after.ts';

/** The first window of a search backwards. */
const FIRST_WINDOW_MS = 1_000;

/** The occurrences of a schedule between its cursor and now. Skipping some of them moves the cursor on. */
export class Gap {
  readonly nowMs: number;
  readonly #recurrence: Recurrence;
  readonly #rules: MissedRunRules;
  readonly #turnDelayMs: number;
  readonly #skipped: SkippedSpan[] = [];
  #cursorMs: number;

  constructor(recurrence: Recurrence, rules: MissedRunRules, { cursorMs, nowMs, turnDelayMs = 0 }: DueSituation) {
    this.#recurrence = recurrence;
    this.#rules = rules;
    this.#cursorMs = cursorMs;
    this.nowMs = nowMs;
    this.#turnDelayMs = turnDelayMs;
  }

  get cursorMs(): number {
    return this.#cursorMs;
  }

  /** What was skipped so far, oldest first. */
  get skipped(): readonly SkippedSpan[] {
    return this.#skipped;
  }

  /** The first occurrence after the cursor, which may lie in the future. */
  firstMs(): number {
    return this.#recurrence.next(this.#cursorMs);
  }

  dueAt(occurrenceMs: number): number {
    return this.#recurrence.dueAt(occurrenceMs);
  }

  isDue(occurrenceMs: number): boolean {
    return this.dueAt(occurrenceMs) <= this.nowMs;
  }

  /** Whether the occurrence that follows this one is due too. */
  isNextDue(occurrenceMs: number): boolean {
    return this.isDue(this.#recurrence.next(occurrenceMs));
  }

  lateMs(occurrenceMs: number): number {
    return this.nowMs - this.dueAt(occurrenceMs);
  }

  isOnTime(occurrenceMs: number): boolean {
    const onTimeMs = missedAfterMs(this.#recurrence, this.#rules, occurrenceMs) + this.#turnDelayMs;
    return this.lateMs(occurrenceMs) <= onTimeMs;
  }

  /** The newest occurrence whose jitter has passed, too. */
  newestDue(): number | undefined {
    let newestMs = this.#recurrence.previous(this.nowMs, this.#cursorMs);
    while (newestMs !== undefined && !this.isDue(newestMs)) newestMs = this.#lastBefore(newestMs);
    return newestMs;
  }

  /** The newest occurrence that was due before an instant. */
  newestDueBefore(untilMs: number): number | undefined {
    let newestMs = this.#recurrence.previous(Math.min(this.nowMs, untilMs), this.#cursorMs);
    while (newestMs !== undefined && !(this.isDue(newestMs) && this.dueAt(newestMs) < untilMs))
      newestMs = this.#lastBefore(newestMs);
    return newestMs;
  }

  /** The newest occurrence that is too late to be on time. All before it are, too. */
  newestMissed(): number | undefined {
    const newestMs = this.newestDue();
    if (newestMs === undefined || !this.isOnTime(newestMs)) return newestMs;
    const firstMs = this.firstMs();
    if (this.isOnTime(firstMs)) return undefined;
    const range = { firstMs, untilMs: newestMs };
    return lastWhere(
      (fromMs) => this.#recurrence.next(fromMs),
      range,
      (occurrenceMs) => !this.isOnTime(occurrenceMs),
    );
  }

  /** The newest missed occurrence that is older than `maxLateMs`. What is on time is never too old. */
  newestOlderThan(maxLateMs: number): number | undefined {
    if (maxLateMs === Number.POSITIVE_INFINITY) return undefined;
    const newestMs = this.#lastBefore(Math.ceil(this.nowMs - maxLateMs));
    return newestMs === undefined || !this.isOnTime(newestMs) ? newestMs : this.newestMissed();
  }

  /**
   * The last occurrence that is not among the `kept` newest up to `untilMs`; the gap has more than those. The search
   * begins at the end with a window that doubles, so that it does not count all of a gap of decades again and again.
   */
  lastBeforeNewest(kept: number, untilMs: number): number {
    const hasMore = (fromMs: number): boolean => this.#recurrence.count(fromMs, untilMs) > kept;
    let fewFromMs = untilMs;
    let windowMs = FIRST_WINDOW_MS;
    for (; untilMs - windowMs > this.#cursorMs && !hasMore(untilMs - windowMs); windowMs *= 2) {
      fewFromMs = untilMs - windowMs;
    }
    let manyFromMs = Math.max(Math.floor(this.#cursorMs), untilMs - windowMs);
    while (fewFromMs - manyFromMs > 1) {
      const middleMs = Math.floor((manyFromMs + fewFromMs) / 2);
      if (hasMore(middleMs)) manyFromMs = middleMs;
      else fewFromMs = middleMs;
    }
    return fewFromMs;
  }

  count(untilMs: number): number {
    return this.#recurrence.count(this.#cursorMs, untilMs);
  }

  /** Skips everything up to an occurrence and that occurrence. */
  skip(untilMs: number, outcome: SkippedSpan['outcome'], reason?: DecisionReason): SkippedSpan {
    const span = { outcome, ...(reason && { reason }), fromMs: this.firstMs(), untilMs, count: this.count(untilMs) };
    this.#skipped.push(span);
    this.#cursorMs = untilMs;
    return span;
  }

  /** Skips everything before an occurrence, if there is anything. */
  skipBefore(occurrenceMs: number, reason: DecisionReason): SkippedSpan | undefined {
    const lastMs = this.#lastBefore(occurrenceMs);
    return lastMs === undefined ? undefined : this.skip(lastMs, 'missed-skipped', reason);
  }

  #lastBefore(instantMs: number): number | undefined {
    return this.#recurrence.previous(instantMs - 1, this.#cursorMs);
  }
}
