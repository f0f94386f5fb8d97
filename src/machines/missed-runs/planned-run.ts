import type { Occurrence, OwedRun } from '../run.ts';
import type { SkippedSpan } from './due-plan.ts';
import type { Gap } from './gap.ts';

/** What was missed before a run that stands for it. */
export interface MissedBefore {
  readonly missedCount: number;
  readonly firstMissedAtMs: number;
}

/** What a run stands for besides its own occurrence. */
interface StandsFor {
  readonly missed?: MissedBefore | undefined;
  readonly owed?: OwedRun | null;
}

/** What was missed before a run: the run that is owed, which is the oldest, and the skipped occurrences. */
export function missedBefore(owed: OwedRun | null, skipped: SkippedSpan | undefined): MissedBefore | undefined {
  if (owed !== null) return { missedCount: 1 + (skipped?.count ?? 0), firstMissedAtMs: owed.scheduledAtMs };
  return skipped && { missedCount: skipped.count, firstMissedAtMs: skipped.fromMs };
}

/** The ordinary run of an occurrence that is due now. */
export function onTimeRun(gap: Gap, scheduledAtMs: number, { missed, owed }: StandsFor = {}): Occurrence {
  return { scheduledAtMs, dueAtMs: gap.dueAt(scheduledAtMs), trigger: 'clock', ...missed, ...recoveryOf(owed) };
}

/** The run of a missed occurrence. By default it stands for that occurrence alone. */
export function catchUpRun(gap: Gap, scheduledAtMs: number, { missed, owed }: StandsFor = {}): Occurrence {
  const stoodFor = missed ?? { missedCount: 1, firstMissedAtMs: scheduledAtMs };
  return { scheduledAtMs, dueAtMs: gap.nowMs, trigger: 'catch-up', ...stoodFor, ...recoveryOf(owed) };
}

/** The run that makes up for a lost one. */
export function recoveryRun(gap: Gap, owed: OwedRun): Occurrence {
  return catchUpRun(gap, owed.scheduledAtMs, { owed });
}

function recoveryOf(owed: OwedRun | null | undefined): Pick<Occurrence, 'recoveryOf'> {
  return owed ? { recoveryOf: owed.runId } : {};
}
