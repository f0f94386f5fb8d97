import type { ScheduleIdentity } from '../../machines/run.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';

/**
 * Puts what one tick found due in its order: by priority, and among equals by turns of the tenants, so that one that has
 * thousands due delays no other. The schedules of a tenant go by plugin name, then schedule id, then the rest of the key.
 * The array is sorted in place.
 */
export function inTickOrder(due: LiveSchedule[]): readonly LiveSchedule[] {
  due.sort(compareWithinTick);
  const tenantId = due[0]?.definition.source.tenantId;
  if (due.every(({ definition }) => definition.source.tenantId === tenantId)) return due;
  const byPriority = Map.groupBy(due, ({ definition }) => definition.priority);
  return [...byPriority.values()].flatMap((equals) => {
    const tenants = Map.groupBy(equals, ({ definition }) => definition.source.tenantId);
    return [...byTurns([...tenants.values()])];
  });
}

/** The first of each list, then the second of each that has one, and so on. */
function* byTurns<T>(lists: readonly (readonly T[])[]): Generator<T> {
  let left = lists;
  for (let turn = 0; left.length > 0; turn += 1) {
    for (const list of left) yield list[turn] as T;
    left = left.filter((list) => list.length > turn + 1);
  }
}

function compareWithinTick(a: LiveSchedule, b: LiveSchedule): number {
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
