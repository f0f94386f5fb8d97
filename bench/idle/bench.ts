import { askProcess } from '../ask-process.ts';
import type { Benchmark } from '../bench.ts';
import type { IdleCost, IdleRequest } from './idle-process.ts';

const PROCESS = new URL('./idle-process.ts', import.meta.url);
const MIB = 1_024 * 1_024;

/** A number of schedules, compared with a single one. */
interface Comparison extends IdleCost {
  readonly addedRssMiB: number;
  readonly supervisorHeapBytesPerSchedule: number;
  readonly hostHeapBytesPerSchedule: number;
  readonly startMicrosPerSchedule: number;
}

/** Compares up to a million schedules that are not due with a single one. */
export const idleBenchmark: Benchmark = {
  name: 'idle',
  summary: 'up to a million schedules of which none is due: load time, memory of supervisor and host, CPU',
  run: async ({ isQuick }) => {
    const sizes = isQuick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000];
    const idleMs = isQuick ? 3_000 : 10_000;
    const measure = (schedules: number): Promise<IdleCost> =>
      askProcess(PROCESS, { schedules, settleMs: isQuick ? 1_000 : 5_000, idleMs } satisfies IdleRequest);
    const one = await measure(1);
    const many: Comparison[] = [];
    for (const schedules of sizes) many.push(compared(await measure(schedules), one));
    return {
      parameters: { sizes, idleMs },
      figures: { one, many },
      tables: [
        {
          title: 'cost of idle schedules, each number in its own process',
          columns: ['schedules', 'start() ms', 'supervisor heap MiB', 'host heap MiB', 'RSS MiB', 'CPU ms while idle'],
          rows: [one, ...many].map(rowOf),
        },
        {
          title: 'what they add to a process with one schedule',
          columns: ['schedules', 'RSS MiB', 'supervisor heap B each', 'host heap B each', 'µs of start() each'],
          rows: many.map((each) => [
            each.schedules.toLocaleString('en'),
            each.addedRssMiB,
            each.supervisorHeapBytesPerSchedule,
            each.hostHeapBytesPerSchedule,
            each.startMicrosPerSchedule,
          ]),
        },
      ],
    };
  },
};

function compared(many: IdleCost, one: IdleCost): Comparison {
  const each = (name: keyof IdleCost): number => (many[name] - one[name]) / (many.schedules - 1);
  return {
    ...many,
    addedRssMiB: Math.round((many.rssBytes - one.rssBytes) / MIB),
    supervisorHeapBytesPerSchedule: Math.round(each('supervisorHeapBytes')),
    hostHeapBytesPerSchedule: Math.round(each('hostHeapBytes')),
    startMicrosPerSchedule: Math.round(each('startMs') * 1_000),
  };
}

function rowOf(cost: IdleCost): (string | number)[] {
  const bytes = [cost.supervisorHeapBytes, cost.hostHeapBytes, cost.rssBytes];
  return [
    cost.schedules.toLocaleString('en'),
    cost.startMs,
    ...bytes.map((each) => (each / MIB).toFixed(1)),
    cost.idleCpuMs,
  ];
}
