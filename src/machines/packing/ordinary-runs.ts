/** Which runs a row of the table can hold: most of them. */
import type { RunRecord } from '../run.ts';
import type { RunDraft } from '../schedule-entries.ts';

const OF_DRAFT: ReadonlySet<string> = new Set([
  ...['runId', 'key', 'plugin', 'scheduleId', 'tenantId', 'siteId', 'nodeId', 'trigger', 'isCatchup', 'scheduledAtMs'],
  'dueAtMs',
]);
const OF_RECORD: ReadonlySet<string> = new Set([
  ...OF_DRAFT,
  ...['startedAtMs', 'finishedAtMs', 'outcome', 'lateness', 'cpuMs', 'fuel', 'fuelBudget', 'fencingToken', 'threadId'],
]);

/** Whether a row can hold everything that is in a draft. */
export function isOrdinaryDraft(draft: RunDraft): boolean {
  return isHeld(draft, OF_DRAFT);
}

/** Whether a row can hold everything that is in a record. */
export function isOrdinary(record: RunRecord): boolean {
  return isHeld(record, OF_RECORD);
}

function isHeld(run: RunDraft, names: ReadonlySet<string>): boolean {
  if (run.isCatchup !== (run.trigger === 'catch-up')) return false;
  for (const name in run) if (!names.has(name) && run[name as keyof RunDraft] !== undefined) return false;
  return true;
}
