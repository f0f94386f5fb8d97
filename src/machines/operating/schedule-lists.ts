/** How schedules are told apart and put in order, for whoever looks at a list of them. */

/** The states of a schedule. `quarantined`: its last run cannot be ended, because its thread does not exit. */
export const SCHEDULE_STATES = [
  'idle',
  'locking',
  'running',
  'recording',
  'quarantined',
  'paused',
  'faulted',
  'disabled',
] as const;

/** The state of a schedule. `quarantined`: its last run cannot be ended, because its thread does not exit. */
export type ScheduleStateName = (typeof SCHEDULE_STATES)[number];

/** `problem` has what is wrong first, `next` what falls due first, `last` what ran last first. */
export const SCHEDULE_SORTS = ['key', 'next', 'last', 'problem'] as const;

export type ScheduleSort = (typeof SCHEDULE_SORTS)[number];

/** The most problems that are listed at a time. */
export const MAX_PROBLEMS = 100;

/** How many problems there are, as `2 problems`, or `at least 100 problems` when the list is full. */
export function problemCountText(count: number, one: string, several: string): string {
  if (count >= MAX_PROBLEMS) return `at least ${count} ${several}`;
  return `${count} ${count === 1 ? one : several}`;
}
