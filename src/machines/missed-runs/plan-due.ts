/**
 * What to do with the occurrences that fell due since the cursor, by policy:
 *
 * - `skip`: missed occurrences do not run; they are recorded once, with their count.
 * - `run-once`: the newest missed one runs as a catch-up for all of them. If another one is due right now, that one
 *   runs instead, as an ordinary run that says how many were missed before it.
 * - `run-all`: every one runs, oldest first: see `plan-all.ts`.
 *
 * A lost run that is owed counts as the oldest missed occurrence. What is found within `missedAfterMs()` is not missed:
 * it is an ordinary run under every policy.
 */
import type { Occurrence, OwedRun } from '../run.ts';
import type { DuePlan, DueSituation, MissedRunRules, NextRun, Recurrence } from './due-plan.ts';
import { Gap } from './gap.ts';
import { missedAfterMs } from './missed-after.ts';
import { skipOverlapped } from './overlaps.ts';
import { planAll } from './plan-all.ts';
import { catchUpRun, missedBefore, onTimeRun, recoveryRun } from './planned-run.ts';

/**
 * Plans what follows the cursor at `nowMs`. A plan without a run and without spans means that nothing is due yet. The
 * plan settles the run that is owed: either a run makes up for it, or it is given up.
 */
export function planDue(recurrence: Recurrence, rules: MissedRunRules, at: DueSituation): DuePlan {
  const { cursorMs, nowMs, owed, turnDelayMs = 0, executed = null } = at;
  // The ordinary case: the first occurrence is on time, and nothing was missed before it.
  if (owed === null) {
    const scheduledAtMs = recurrence.next(cursorMs);
    const dueAtMs = recurrence.dueAt(scheduledAtMs);
    if (dueAtMs > nowMs) return { skipped: [], backlog: null, isBehind: false };
    const isOverlapped = rules.policy === 'run-all' && executed !== null && dueAtMs < executed.untilMs;
    const onTimeMs = missedAfterMs(recurrence, rules, scheduledAtMs) + turnDelayMs;
    if (!isOverlapped && nowMs - dueAtMs <= onTimeMs) {
      const isBehind = rules.policy === 'run-all' && recurrence.dueAt(recurrence.next(scheduledAtMs)) <= nowMs;
      return { run: { scheduledAtMs, dueAtMs, trigger: 'clock' }, skipped: [], backlog: null, isBehind };
    }
  }
  const gap = new Gap(recurrence, rules, at);
  return { ...planMissed(gap, rules, at), skipped: gap.skipped };
}

/** Plans what to do when the first occurrence was missed, or a lost run is owed. */
function planMissed(gap: Gap, rules: MissedRunRules, at: DueSituation): NextRun {
  if (rules.policy === 'skip') return single(planSkip(gap));
  if (rules.policy === 'run-all') skipOverlapped(gap, at);
  const tooOldMs = gap.newestOlderThan(rules.maxLateMs);
  if (tooOldMs !== undefined) gap.skip(tooOldMs, 'missed-skipped', 'max-late');
  const recoverable = recoverableOf(at.owed, gap, rules);
  return rules.policy === 'run-once' ? single(planOnce(gap, rules, recoverable)) : planAll(gap, rules, recoverable, at);
}

/** A run after which the schedule is planned as usual. */
function single(run: Occurrence | undefined): NextRun {
  return { backlog: null, isBehind: false, ...(run && { run }) };
}

/** The lost run, unless the rules say not to make up for it. */
function recoverableOf(owed: OwedRun | null, gap: Gap, { maxCatchup, maxLateMs }: MissedRunRules): OwedRun | null {
  if (owed === null || maxCatchup === 0) return null;
  return gap.nowMs - owed.scheduledAtMs > maxLateMs ? null : owed;
}

function planSkip(gap: Gap): Occurrence | undefined {
  const newestMs = gap.newestDue();
  if (newestMs === undefined) return undefined;
  if (!gap.isOnTime(newestMs)) {
    gap.skip(newestMs, 'missed-skipped', 'policy');
    return undefined;
  }
  return onTimeRun(gap, newestMs, { missed: missedBefore(null, gap.skipBefore(newestMs, 'policy')) });
}

function planOnce(gap: Gap, { maxCatchup }: MissedRunRules, owed: OwedRun | null): Occurrence | undefined {
  const newestMs = gap.newestDue();
  if (newestMs === undefined) return owed === null ? undefined : recoveryRun(gap, owed);
  const isOnTime = gap.isOnTime(newestMs);
  if (maxCatchup === 0 && !isOnTime) {
    gap.skip(newestMs, 'missed-skipped', 'max-catchup');
    return undefined;
  }
  const skipped = gap.skipBefore(newestMs, maxCatchup === 0 ? 'max-catchup' : 'superseded');
  const missed = missedBefore(owed, skipped);
  if (isOnTime) return onTimeRun(gap, newestMs, { missed, owed });
  const { missedCount, firstMissedAtMs } = missed ?? { missedCount: 0, firstMissedAtMs: newestMs };
  return catchUpRun(gap, newestMs, { missed: { missedCount: missedCount + 1, firstMissedAtMs }, owed });
}
