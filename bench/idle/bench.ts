import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { createScheduler } from '../../src/index.ts';
import type { Benchmark, BenchOptions } from '../bench.ts';

/** At most as many as a month of 28 days has minutes, so that each schedule has its own expression. */
const SCHEDULES = 10_000;

/** What a number of schedules cost while none is due. */
interface IdleCost {
  readonly schedules: number;
  readonly startMs: number;
  /** Heap in use in the supervisor thread after a full collection. */
  readonly supervisorHeapBytes: number;
  readonly idleCpuMs: number;
  readonly idleMs: number;
}

/** Compares ten thousand schedules that are not due with a single one. */
export const idleBenchmark: Benchmark = {
  name: 'idle',
  summary: `${SCHEDULES.toLocaleString('en')} schedules of which none is due: load time, memory, CPU`,
  run: async (options) => {
    const one = await measureIdle(1, options);
    const many = await measureIdle(SCHEDULES, options);
    const added = SCHEDULES - 1;
    const bytesPerSchedule = Math.round((many.supervisorHeapBytes - one.supervisorHeapBytes) / added);
    const startMicrosPerSchedule = Math.round(((many.startMs - one.startMs) / added) * 1_000);
    return {
      parameters: { schedules: SCHEDULES, idleMs: many.idleMs },
      figures: { one, many, bytesPerSchedule, startMicrosPerSchedule },
      tables: [
        {
          title: 'cost of idle schedules',
          columns: ['schedules', 'start() ms', 'supervisor heap MB', 'CPU ms while idle', 'idle ms'],
          rows: [one, many].map(rowOf),
        },
        {
          title: 'per schedule',
          columns: ['', 'value'],
          rows: [
            ['heap bytes', bytesPerSchedule],
            ['µs of start()', startMicrosPerSchedule],
          ],
        },
      ],
    };
  },
};

/** Takes a heap snapshot, which begins with a full collection, and discards it. */
async function collectedHeapBytes(thread: Worker): Promise<number> {
  const snapshot = await thread.getHeapSnapshot();
  for await (const _ of snapshot);
  const { used_heap_size } = await thread.getHeapStatistics();
  return used_heap_size;
}

async function measureIdle(schedules: number, { isQuick }: BenchOptions): Promise<IdleCost> {
  const scheduler = await createScheduler({
    plugins: [{ module: './idle-plugin.ts', options: { schedules } }],
    baseUrl: import.meta.url,
    pool: { maxThreads: 1, minThreads: 1 },
    logger: { level: 'silent' },
  });
  const supervisorStarted = once(process, 'worker');
  const startedAtMs = performance.now();
  await scheduler.start();
  const [supervisor] = (await supervisorStarted) as [Worker];
  const startMs = Math.round(performance.now() - startedAtMs);
  await sleep(isQuick ? 1_000 : 5_000);
  const { user, system } = process.cpuUsage();
  const idleMs = isQuick ? 3_000 : 10_000;
  await sleep(idleMs);
  const used = process.cpuUsage({ user, system });
  const supervisorHeapBytes = await collectedHeapBytes(supervisor);
  await scheduler.stop();
  return { schedules, startMs, supervisorHeapBytes, idleCpuMs: Math.round((used.user + used.system) / 1_000), idleMs };
}

function rowOf({ schedules, startMs, supervisorHeapBytes, idleCpuMs, idleMs }: IdleCost): (string | number)[] {
  return [schedules, startMs, (supervisorHeapBytes / 2 ** 20).toFixed(1), idleCpuMs, idleMs];
}
