import { Worker } from 'node:worker_threads';
import type { Benchmark } from '../bench.ts';
import { type Distribution, distribution, rounded } from '../distribution.ts';
import type { SleepRequest, SleepSamples } from './sleeper-thread.ts';

/** How late a bare thread wakes from a sleep: with a timer alone, and with the supervisor's clock. */
export const clockSleepBenchmark: Benchmark = {
  name: 'clock-sleep',
  summary: 'lateness of a sleep in a bare thread: setTimeout alone, and with the last of it waited out',
  run: async ({ isQuick }) => {
    const request: SleepRequest = { sleeps: isQuick ? 60 : 400, minMs: 5, maxMs: 45 };
    const samples = await sleepInThread(request);
    const timer = distribution(samples.timerMs);
    const clock = distribution(samples.clockMs);
    const ratio = { p50: rounded(timer.p50 / clock.p50), p99: rounded(timer.p99 / clock.p99) };
    return {
      parameters: { ...request },
      figures: {
        latenessMs: { timer, clock },
        earlyWakes: { timer: early(samples.timerMs), clock: early(samples.clockMs) },
        ratio,
      },
      tables: [
        {
          title: 'lateness in ms (the two take turns, sleep by sleep)',
          columns: ['', 'p50', 'p90', 'p99', 'max', 'early'],
          rows: [
            row('setTimeout', timer, early(samples.timerMs)),
            row('sleep and waitOut', clock, early(samples.clockMs)),
          ],
        },
      ],
    };
  },
};

function early(latenessMs: readonly number[]): number {
  return latenessMs.filter((lateMs) => lateMs < 0).length;
}

function row(name: string, { p50, p90, p99, max }: Distribution, earlyCount: number): (string | number)[] {
  return [name, p50, p90, p99, max, earlyCount];
}

function sleepInThread(workerData: SleepRequest): Promise<SleepSamples> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./sleeper-thread.ts', import.meta.url), { workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
