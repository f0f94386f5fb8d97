import type { ScheduleIdentity } from '../../machines/run.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';

/** Order within a tick: priority, then plugin name, then schedule id, then the rest of the key. */
export function compareWithinTick(a: LiveSchedule, b: LiveSchedule): number {
  const left = a.definition;
  const right = b.definition;
  // The keys of one plugin in one place begin alike.
  if (left.source === right.source) return compareText(left.key, right.key);
  return (
    left.priority - right.priority ||
    compareIdentities(left.identity, right.identity) ||
    compareText(left.key, right.key)
  );
}

function compareIdentities(left: ScheduleIdentity, right: ScheduleIdentity): number {
  return compareText(left.plugin, right.plugin) || compareText(left.scheduleId, right.scheduleId);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
