import type { LiveSchedule } from '../schedules/live-schedule.ts';

/** Order within a tick: priority, then plugin name, then schedule id, then the rest of the key. */
export function compareWithinTick(a: LiveSchedule, b: LiveSchedule): number {
  const left = a.definition;
  const right = b.definition;
  return (
    left.priority - right.priority ||
    compareText(left.identity.plugin, right.identity.plugin) ||
    compareText(left.identity.scheduleId, right.identity.scheduleId) ||
    compareText(left.key, right.key)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
