import { spanText } from '../../machines/explaining/span-text.ts';
import type { PositionChange, Repositioning } from '../../machines/position/repositioning.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';

/** How many schedules a warning names. */
const NAMED = 3;

/** What becomes of one schedule, and of several. */
const BECOMES: Readonly<Record<Exclude<PositionChange, 'placed'>, readonly [one: string, several: string]>> = {
  anew: ['it is planned anew from now on', 'are planned anew from now on'],
  repeated: ['it goes on from now, and what is due until then runs again', 'go on from now and run again what is due'],
  kept: ['a fixed time does not repeat, so it goes on after that', 'have fixed times, which do not repeat, and wait'],
};

/** The warning for schedules that were found ahead of the clock when they were added. At least one. */
export function positionsAhead(found: readonly Repositioning[]): SchedulerWarning {
  const code = 'position-ahead';
  const [first] = found;
  if (first !== undefined && found.length === 1) {
    const { key, fromMs, atMs, how } = first;
    const [becomes] = BECOMES[how as keyof typeof BECOMES];
    const message = `The clock was set back: schedule "${key}" stood ${spanText(fromMs - atMs)} ahead of it, at ${instantText(fromMs)}. So ${becomes}.`;
    return { code, message, key };
  }
  const farthestMs = found.reduce((farthest, { fromMs, atMs }) => Math.max(farthest, fromMs - atMs), 0);
  const names = found.slice(0, NAMED).map(({ key }) => `"${key}"`);
  const others = found.length > NAMED ? ' and others' : '';
  const counts = (Object.keys(BECOMES) as (keyof typeof BECOMES)[]).flatMap((how) => {
    const count = found.filter((each) => each.how === how).length;
    return count === 0 ? [] : [`${count} ${BECOMES[how][1]}`];
  });
  const message = `The clock was set back: ${found.length} schedules stood up to ${spanText(farthestMs)} ahead of it (${names.join(', ')}${others}). ${counts.join('; ')}.`;
  return { code, message };
}

function instantText(atMs: number): string {
  return new Date(atMs).toISOString();
}
