import type { Benchmark } from '../bench.ts';
import { countLockOperations, type LockCounts } from './count.ts';
import { lockOperationsPicture, perOccurrence } from './picture.ts';

const NODES = [1, 2, 4, 8];
const SCHEDULES = [50, 10, 1];

/** How often a cluster calls its lock backend for one occurrence. */
export const lockOperationsBenchmark: Benchmark = {
  name: 'lock-operations',
  summary: 'calls of the lock backend for one occurrence, by nodes and schedules, on a virtual cluster',
  run: async ({ isQuick }) => {
    const seconds = isQuick ? 20 : 120;
    const counts: LockCounts[] = [];
    for (const schedules of SCHEDULES) {
      for (const nodes of NODES) counts.push(await countLockOperations({ nodes, schedules, seconds }));
    }
    return {
      parameters: {
        seconds,
        nodes: NODES.join(', '),
        schedules: SCHEDULES.join(', '),
        runMs: '1 to 50',
        period: '1 s',
      },
      figures: counts.map((each) => ({ ...each, roundTripsPerOccurrence: rounded(perOccurrence(each)) })),
      tables: [
        {
          title: `every second for ${seconds} s, runs of 1 to 50 ms`,
          columns: ['', 'round trips/occ.', 'attempts/occ.', 'releases/occ.', 'signs of life', 'occurrences'],
          rows: counts.map(rowOf),
        },
      ],
      pictures: { 'lock-operations.svg': lockOperationsPicture(counts) },
    };
  },
};

function rowOf(counts: LockCounts): (string | number)[] {
  const { nodes, schedules, attempts, releases, announcements, occurrences } = counts;
  return [
    `${schedules} schedules, ${nodes} nodes`,
    rounded(perOccurrence(counts)),
    rounded(attempts / occurrences),
    rounded(releases / occurrences),
    announcements,
    occurrences,
  ];
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
