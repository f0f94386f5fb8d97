import type { Sample } from './sample.ts';

/** What memory of the last tenth may be above that of the second: less is what a measurement is off by. */
const MAX_GROWTH = 0.03;

/** A tenth of a campaign: the least of each figure. */
export type Tenth = Sample;

/**
 * Between two collections a heap grows by what is not needed any more, and a sample sees it somewhere on that way. What
 * is kept shows in the least of several.
 */
export function leastOf(samples: readonly Sample[]): Tenth {
  const least = (figure: keyof Sample): number => Math.min(...samples.map((sample) => sample[figure]));
  return {
    residentMb: least('residentMb'),
    proportionalMb: least('proportionalMb'),
    anonymousMb: least('anonymousMb'),
    hostHeapMb: least('hostHeapMb'),
    supervisorUsedMb: least('supervisorUsedMb'),
    supervisorHeldMb: least('supervisorHeldMb'),
    descriptors: least('descriptors'),
    threads: least('threads'),
  };
}

export interface Verdict {
  /** Of the resident memory, as a share of the second tenth's. */
  readonly growth: number;
  readonly problems: readonly string[];
}

/** The first tenth does not count: until its end, heaps and caches grow to their size. */
export function judge(tenths: readonly Tenth[]): Verdict {
  const [second, last] = [tenths[1], tenths.at(-1)];
  if (second === undefined || last === undefined) throw new RangeError(`${tenths.length} tenths cannot be judged`);
  const growth = last.residentMb / second.residentMb - 1;
  const problems = [
    ...(growth > MAX_GROWTH ? [`memory grew by ${percent(growth)}, and ${percent(MAX_GROWTH)} are allowed`] : []),
    ...(last.descriptors === second.descriptors
      ? []
      : [`there were ${second.descriptors} open descriptors, and there are ${last.descriptors}`]),
    ...(last.threads === second.threads ? [] : [`there were ${second.threads} threads, and there are ${last.threads}`]),
  ];
  return { growth, problems };
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
