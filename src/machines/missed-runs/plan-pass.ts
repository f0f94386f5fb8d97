/**
 * Plans a schedule whose occurrences may come again, because the clock was set back. What an earlier pass has given an
 * outcome and this pass has missed is passed over. What is on time runs again.
 */
import { countsAsRunUntilMs, type Repeat } from '../position/repeat.ts';
import type { DuePlan, DueSituation, MissedRunRules, Recurrence } from './due-plan.ts';
import { Gap } from './gap.ts';
import { planDue } from './plan-due.ts';

/** A plan, and how far the cursor moves on before it because an earlier pass has done what was due until then. */
export interface PassPlan extends DuePlan {
  readonly passedMs?: number;
}

/** Like `planDue`. A lost run that is owed waits until the clock has come to its occurrence. */
export function planPass(
  recurrence: Recurrence,
  rules: MissedRunRules,
  at: DueSituation & { readonly repeat: Repeat | undefined },
): PassPlan {
  const { repeat } = at;
  // The ordinary case: the clock was never set back.
  if (repeat === undefined) return planDue(recurrence, rules, at);
  const owed = at.owed !== null && at.owed.scheduledAtMs > at.nowMs ? null : at.owed;
  const ranUntilMs = countsAsRunUntilMs(repeat, at.nowMs);
  if (ranUntilMs <= at.cursorMs) return planDue(recurrence, rules, { ...at, owed });
  const missedMs = new Gap(recurrence, rules, at).newestMissed();
  if (missedMs === undefined) return planDue(recurrence, rules, { ...at, owed });
  const passedMs = Math.min(missedMs, ranUntilMs);
  return { ...planDue(recurrence, rules, { ...at, cursorMs: passedMs, owed }), passedMs };
}
