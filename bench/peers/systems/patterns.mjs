/** Due at every second. */
export const EVERY_SECOND = '* * * * * *';
/** Due once a year, on a day on which nobody measures. */
export const ONCE_A_YEAR = '0 0 0 1 1 *';
export const ONCE_A_YEAR_IN_MINUTES = '0 0 1 1 *';

export function patternOf({ due }) {
  return due === 'every second' ? EVERY_SECOND : ONCE_A_YEAR;
}

/** Keeps one run in flight in each lane until `count` runs have been started and have ended. */
export async function inLanes(lanes, count, run) {
  let left = count;
  const lane = async (index) => {
    while (left > 0) {
      left -= 1;
      await run(index);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)));
}
