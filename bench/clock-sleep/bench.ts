import { Worker } from 'node:worker_threads';
import type { Benchmark, Table } from '../bench.ts';
import { type Distribution, distribution, rounded } from '../distribution.ts';
import { interleaved, type Spread, spreadOf, spreadText } from '../rounds.ts';
import type { SleepRequest, SleepSamples } from './sleeper-thread.ts';
import { tickLatenessMs } from './ticks.ts';

/** Tick lateness over the rounds, with a number of sleeping runs live. */
interface Ticks {
  readonly p50: Spread;
  readonly p99: Spread;
}

/** How late a bare thread wakes, and how late the supervisor ticks while nothing or one sleeping run is live. */
export const clockSleepBenchmark: Benchmark = {
  name: 'clock-sleep',
  summary: 'lateness of a sleep in a bare thread, and of a tick with none and with one sleeping run live',
  run: async ({ isQuick }) => {
    const request: SleepRequest = { sleeps: isQuick ? 60 : 400, minMs: 5, maxMs: 45 };
    const ticking = { rounds: isQuick ? 2 : 5, durationMs: isQuick ? 3_000 : 20_000 };
    const samples = await sleepInThread(request);
    const timer = distribution(samples.timerMs);
    const clock = distribution(samples.clockMs);
    const ratio = { p50: rounded(timer.p50 / clock.p50), p99: rounded(timer.p99 / clock.p99) };
    const ticks = await measureTicks(ticking);
    return {
      parameters: { ...request, ...ticking },
      figures: {
        latenessMs: { timer, clock },
        earlyWakes: { timer: early(samples.timerMs), clock: early(samples.clockMs) },
        ratio,
        tickMs: ticks,
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
        ticksTable(ticks, ticking.rounds),
      ],
    };
  },
};

async function measureTicks({
  rounds,
  durationMs,
}: {
  readonly rounds: number;
  readonly durationMs: number;
}): Promise<Record<'none' | 'one', Ticks>> {
  const measured = await interleaved(rounds, {
    none: async () => distribution(await tickLatenessMs(false, durationMs)),
    one: async () => distribution(await tickLatenessMs(true, durationMs)),
  });
  const over = (each: readonly Distribution[]): Ticks => ({
    p50: spreadOf(each.map(({ p50 }) => p50)),
    p99: spreadOf(each.map(({ p99 }) => p99)),
  });
  return { none: over(measured.none), one: over(measured.one) };
}

function ticksTable(ticks: Readonly<Record<'none' | 'one', Ticks>>, rounds: number): Table {
  return {
    title: `tick lateness in ms: median (min–max) of ${rounds} rounds`,
    columns: ['sleeping runs live', 'p50', 'p99'],
    rows: Object.entries(ticks).map(([live, { p50, p99 }]) => [live, spreadText(p50), spreadText(p99)]),
  };
}

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
