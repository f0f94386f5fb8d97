import type { DueSituation, MissedRunRules, Recurrence, SkippedSpan } from './due-plan.ts';
import { Gap } from './gap.ts';

/** What fell due under `run-all` while a run executed: one span, or nothing. */
export function planOverlaps(recurrence: Recurrence, rules: MissedRunRules, at: DueSituation): readonly SkippedSpan[] {
  const gap = new Gap(recurrence, rules, at);
  skipOverlapped(gap, at);
  return gap.skipped;
}

/**
 * Skips what fell due while the last run executed. Unless something fell due before: that follows the run, and so does
 * what comes after it, because there is one cursor.
 */
export function skipOverlapped(gap: Gap, { owed, backlog, executed, isBehind }: DueSituation): void {
  if (!executed || isBehind === true || owed !== null || backlog !== null) return;
  if (gap.dueAt(gap.firstMs()) < executed.fromMs) return;
  const newestMs = gap.newestDueBefore(executed.untilMs);
  if (newestMs !== undefined) gap.skip(newestMs, 'overlap');
}
