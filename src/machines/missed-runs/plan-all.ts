/**
 * `run-all`: every missed occurrence runs, oldest first. Only the first one is planned, the next one after it has
 * ended, so that a gap of any length takes no memory. What falls due in the meantime joins in passes: see `Backlog`.
 */
import type { OwedRun } from '../run.ts';
import type { Backlog, DueSituation, MissedRunRules, NextRun } from './due-plan.ts';
import type { Gap } from './gap.ts';
import { catchUpRun, onTimeRun, recoveryRun } from './planned-run.ts';

/** What became of the backlog. */
interface Pass {
  readonly backlog: Backlog | null;
  /** The backlog did not shrink and was dropped: the schedule is on time again, with overlaps. */
  readonly hasFallenBehind: boolean;
}

export function planAll(gap: Gap, rules: MissedRunRules, owed: OwedRun | null, at: DueSituation): NextRun {
  const backlog = waited(at);
  if (owed !== null) return { run: recoveryRun(gap, owed), backlog, isBehind: true };
  const pass = nextPass(gap, rules, backlog);
  const firstMs = gap.firstMs();
  if (!gap.isDue(firstMs)) return { backlog: null, isBehind: false };
  if (!gap.isOnTime(firstMs)) return { run: catchUpRun(gap, firstMs), backlog: pass.backlog, isBehind: true };
  if (pass.hasFallenBehind) return { run: onTimeRun(gap, firstMs), backlog: null, isBehind: false };
  // When the next occurrence is due too, it waits for this run.
  return { run: onTimeRun(gap, firstMs), backlog: null, isBehind: gap.isNextDue(firstMs) };
}

/** The pass that is under way, which may be later by the time in which nothing executed. */
function waited({ backlog, nowMs, executed }: DueSituation): Backlog | null {
  if (backlog === null) return null;
  const executedMs = executed ? Math.min(executed.untilMs, nowMs) - executed.fromMs : 0;
  const waitedMs = Math.max(nowMs - backlog.plannedAtMs - executedMs, 0);
  return { ...backlog, lateMs: backlog.lateMs + waitedMs, plannedAtMs: nowMs };
}

/** Goes on with a pass that is not over yet; otherwise what is left becomes the next pass, if the backlog shrinks. */
function nextPass(gap: Gap, rules: MissedRunRules, last: Backlog | null): Pass {
  if (last !== null && gap.cursorMs < last.untilMs) return { backlog: last, hasFallenBehind: false };
  const untilMs = gap.newestMissed();
  if (untilMs === undefined) return { backlog: null, hasFallenBehind: false };
  const lateMs = gap.lateMs(gap.firstMs());
  if (last !== null && lateMs >= last.lateMs) {
    gap.skip(untilMs, 'overlap', 'fell-behind');
    return { backlog: null, hasFallenBehind: true };
  }
  keepNewest(gap, rules.maxCatchup, untilMs);
  return { backlog: { untilMs, lateMs, plannedAtMs: gap.nowMs }, hasFallenBehind: false };
}

/** Skips all but the newest occurrences up to `untilMs`. */
function keepNewest(gap: Gap, maxCatchup: number, untilMs: number): void {
  const size = gap.count(untilMs);
  const kept = Math.min(size, maxCatchup);
  if (kept === size) return;
  gap.skip(kept === 0 ? untilMs : gap.lastBeforeNewest(kept, untilMs), 'missed-skipped', 'max-catchup');
}
