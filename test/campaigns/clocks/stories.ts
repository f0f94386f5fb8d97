/** What happens to the wall clock of a process, as a list of how far it is ahead, one for each phase of the story. */

export interface Story {
  readonly name: string;
  /** Seconds, by the phase; the first is that of the first phase. */
  readonly skewsS: readonly number[];
  /** Whether each phase is a process of its own, or the clock is set while one process is running. */
  readonly when: 'boot' | 'running';
}

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
/**
 * After a change by whole days less this, the time of day at which the daily schedule ran comes again within the phase.
 */
const REWOUND_S = 12;

/** @param nowMs The true time, epoch milliseconds. */
export function stories(nowMs: number): Story[] {
  const daysTo = (date: string): number => Math.floor((Date.parse(date) - nowMs) / (DAY_S * 1_000)) * DAY_S;
  const changes: readonly (readonly [name: string, skewsS: readonly number[]])[] = [
    ['3 s ahead', [0, 3]],
    ['3 s back', [0, -3]],
    ['1 h ahead', [0, HOUR_S]],
    ['1 h back', [0, -HOUR_S]],
    ['1 d ahead', [0, DAY_S - REWOUND_S]],
    ['1 d back', [0, -DAY_S - REWOUND_S]],
    ['10 y ahead, back', [0, 3_652 * DAY_S - REWOUND_S, 0]],
    ['1970, then right', [daysTo('1970-01-03'), 0]],
    ['right, then 1970', [0, daysTo('1970-01-03') - REWOUND_S]],
    ['2038, then right', [daysTo('2038-01-21'), 0]],
    ['right, then 2038', [0, daysTo('2038-01-21') - REWOUND_S]],
  ];
  return changes.flatMap(([name, skewsS]) => [
    { name, skewsS, when: 'boot' as const },
    { name, skewsS, when: 'running' as const },
  ]);
}
