/**
 * Audits the life of a node whose clock was set, by what really began and ended. It has the documented rules of a clock
 * that was set, written down a second time: which occurrences come again, which are waited for, and so which must have
 * an outcome and how often each may start.
 */

import type { ClockLife } from './clock-life.ts';
import type { LifeSchedule } from './life-schedules.ts';
import { Outcomes, type SeenOutcome } from './outcomes.ts';
import { PassRule } from './pass-rule.ts';
import { type WallSpan, WallTime, wallSpans } from './wall-spans.ts';

export interface ClockAudit {
  /** How many occurrences fell due while the node was looking at its clock, and were looked for. */
  readonly occurrences: number;
  /** How often the clock went through occurrences once more. */
  readonly repeats: number;
  readonly problems: readonly string[];
}

/** What is left to chance, in milliseconds. */
export interface AuditLimits {
  /** So long after a change a schedule has an outcome for everything that was due: also for a backlog of ten runs. */
  readonly settledMs: number;
  /** What falls due within so long after a change may be missed: when the change was noticed is chance. */
  readonly noticedMs: number;
  /** The same after a process began to start. */
  readonly bootMs: number;
  /** How exactly the start of a run is known. */
  readonly startsMs: number;
}

/** A clock that drifts is moved by a few milliseconds at a time, also between the tick and the start. */
const VIRTUAL_LIMITS: AuditLimits = { settledMs: 15_000, noticedMs: 1_200, bootMs: 0, startsMs: 10 };
/** So long a run may wait for a thread. */
const WAITING_MS = 10_000;
/** Of a long time, so many occurrences are looked for at each end, and so many in between. */
const SAMPLE = 100;

export function auditClockLife(life: ClockLife, limits: AuditLimits = VIRTUAL_LIMITS): ClockAudit {
  const spans = wallSpans(life.happenings, life.startSkewMs, life.endMs);
  const audits = life.schedules.map((schedule) => new ScheduleAudit(schedule, { life, spans, limits }));
  for (const audit of audits) audit.run();
  return {
    occurrences: audits.reduce((sum, audit) => sum + audit.occurrences, 0),
    repeats: audits.reduce((sum, audit) => sum + audit.repeats, 0),
    problems: [...audits.flatMap(({ problems }) => problems), ...miscounts(life)],
  };
}

/** What fell due and how it ended are the same number, once nothing is under way. */
function miscounts({ statuses }: ClockLife): string[] {
  return statuses.flatMap(({ key, state, dueCount, outcomes }) => {
    const ended = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
    return state !== 'idle' || ended === dueCount ? [] : [`${key}: ${dueCount} fell due, ${ended} ended`];
  });
}

interface AuditParts {
  readonly life: ClockLife;
  readonly spans: readonly WallSpan[];
  readonly limits: AuditLimits;
}

class ScheduleAudit {
  readonly problems: string[] = [];
  occurrences = 0;
  repeats = 0;
  readonly #schedule: LifeSchedule;
  readonly #limits: AuditLimits;
  readonly #spans: readonly WallSpan[];
  readonly #outcomes: Outcomes;
  readonly #wall: WallTime;
  readonly #rule: PassRule;
  /** Everything up to here was looked for in this pass, by the wall clock. */
  #checkedMs: number;

  constructor(schedule: LifeSchedule, { life, spans, limits }: AuditParts) {
    this.#schedule = schedule;
    this.#limits = limits;
    this.#spans = spans;
    this.#outcomes = new Outcomes(schedule.key, life.happenings);
    this.#wall = new WallTime(life.happenings, life.startSkewMs);
    const createdMs = spans[0]?.wallFromMs ?? 0;
    this.#rule = new PassRule(schedule, createdMs);
    this.#checkedMs = createdMs + limits.bootMs;
  }

  run(): void {
    for (const [index, span] of this.#spans.entries()) this.#auditSpan(span, this.#spans[index + 1]);
    this.repeats = this.#rule.pass - 1;
    this.problems.push(...this.#outcomes.doubles(this.#schedule.policy).map((text) => `${this.#schedule.key} ${text}`));
  }

  #auditSpan(span: WallSpan, next: WallSpan | undefined): void {
    const passBefore = this.#rule.pass;
    if (this.#rule.enter(span)) this.#checkedMs = this.#noticedFromMs(span);
    this.#outcomes.beginPass(span.fromMs, this.#rule.pass);
    const untilMs = next?.fromMs ?? Number.POSITIVE_INFINITY;
    for (const outcome of this.#outcomes.within(span.fromMs, untilMs)) {
      // A run that began before its time was waiting when the clock was set back: it is of the pass before.
      if (this.#isEarly(outcome)) outcome.pass = passBefore;
      else this.#auditOutcome(outcome);
    }
    this.#rule.leave(span);
    const settledMs = span.wallUntilMs - this.#limits.settledMs;
    if (span.untilMs - span.fromMs <= this.#limits.settledMs || settledMs <= this.#checkedMs) return;
    for (const atMs of this.#sampled(this.#checkedMs, settledMs)) this.#expect(atMs, span);
    this.#checkedMs = settledMs;
  }

  /** Whether a run began before its time by the clock, which is a problem unless the clock was set back just before. */
  #isEarly({ kind, atMs, fromMs }: SeenOutcome): boolean {
    const { startsMs } = this.#limits;
    if (kind !== 'start' || fromMs <= this.#wall.latestWithin(0, atMs) + startsMs) return false;
    if (fromMs > this.#wall.latestWithin(WAITING_MS, atMs) + startsMs) this.#problem(fromMs, 'started early');
    return true;
  }

  #auditOutcome({ fromMs, untilMs, isMissed }: SeenOutcome): void {
    if (isMissed && this.#rule.isRepeated(fromMs)) this.#problem(fromMs, 'was missed again, although it ran before');
    this.#rule.reached(untilMs);
  }

  #expect(atMs: number, span: WallSpan): void {
    if (!this.#rule.isExpected(atMs)) return;
    const isOnTime = atMs > this.#onTimeFromMs(span);
    this.occurrences += Number(isOnTime);
    // What was missed now, but ran before the clock was set back, is not missed again.
    if (!isOnTime && this.#rule.hasRunBefore(atMs)) return;
    if (!this.#outcomes.has(atMs, this.#rule.pass)) this.#problem(atMs, 'has no outcome');
    else if (atMs > span.wallFromMs + this.#limits.settledMs && !this.#outcomes.isOrdinary(atMs, this.#rule.pass))
      this.#problem(atMs, 'was missed although all was well');
  }

  /** A node that starts takes up its schedules at once; a clock that is set is noticed a moment later. */
  #noticedFromMs({ wallFromMs, setByMs }: WallSpan): number {
    return wallFromMs + (setByMs === 0 ? this.#limits.bootMs : this.#limits.noticedMs);
  }

  #onTimeFromMs({ wallFromMs }: WallSpan): number {
    return wallFromMs + Math.max(this.#limits.bootMs, this.#limits.noticedMs);
  }

  #sampled(afterMs: number, untilMs: number): number[] {
    const { periodMs, phaseMs } = this.#schedule;
    const instant = (index: number): number => phaseMs + index * periodMs;
    const first = Math.floor((afterMs - phaseMs) / periodMs) + 1;
    const last = Math.floor((untilMs - phaseMs) / periodMs);
    const count = last - first + 1;
    if (count <= 3 * SAMPLE) return Array.from({ length: Math.max(count, 0) }, (_, index) => instant(first + index));
    return Array.from({ length: SAMPLE }, (_, index) => [
      first + index,
      Math.round(first + (count * (index + 0.5)) / SAMPLE),
      last - index,
    ]).flatMap((indexes) => indexes.map(instant));
  }

  #problem(atMs: number, text: string): void {
    this.problems.push(`${this.#schedule.key}@${iso(atMs)} (pass ${this.#rule.pass}) ${text}`);
  }
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
