import type { Benchmark } from '../bench.ts';
import { barChart } from '../pictures/bar-chart.ts';
import { interleaved, ratioOf, spreadOf, spreadText } from '../rounds.ts';
import { STORE_NAMES } from '../stores.ts';
import { type Load, type Measured, runsByClock, runsByTrigger, runsOfBarePool } from './measure.ts';

const BARE = 'bare piscina';

/** Empty runs a second from end to end, beside the same number of empty tasks in the bare pool. */
export const throughputBenchmark: Benchmark = {
  name: 'throughput',
  summary: 'empty runs a second with every store, by the clock and by trigger(), beside bare piscina',
  run: async ({ isQuick }) => {
    const load: Load = { schedules: 200, threads: 2, period: '5ms', durationMs: isQuick ? 1_500 : 8_000 };
    const rounds = isQuick ? 2 : 5;
    const measured = await interleaved<string, Measured>(rounds, {
      [BARE]: () => runsOfBarePool(load),
      ...Object.fromEntries(STORE_NAMES.map((store) => [`${store}, trigger()`, () => runsByTrigger(store, load)])),
      ...Object.fromEntries(STORE_NAMES.map((store) => [`${store}, clock`, () => runsByClock(store, load)])),
    });
    const bare = rates(measured[BARE]);
    const figures = Object.fromEntries(
      Object.entries(measured).map(([name, of]) => [
        name,
        {
          runsPerSecond: spreadOf(rates(of)),
          toBarePiscina: ratioOf(rates(of), bare),
          notRun: of.map(({ notRun }) => notRun),
        },
      ]),
    );
    return {
      parameters: { ...load, rounds },
      figures,
      tables: [
        {
          title: `empty runs a second on ${load.threads} threads, ${load.schedules} in flight: median (min–max) of ${rounds} rounds`,
          columns: ['', 'runs/s', 'ratio to bare piscina'],
          rows: Object.entries(figures).map(([name, { runsPerSecond, toBarePiscina }]) => [
            name,
            spreadText(runsPerSecond),
            name === BARE ? '1' : spreadText(toBarePiscina),
          ]),
        },
      ],
      pictures: {
        'throughput.svg': barChart({
          title: 'Empty runs a second',
          subtitle: `${load.schedules} in flight on ${load.threads} threads; median and spread of the rounds`,
          xLabel: 'runs a second (logarithmic): right is better',
          bars: Object.entries(figures).map(([name, { runsPerSecond }]) => ({ name, ...runsPerSecond })),
        }),
      },
    };
  },
};

function rates(measured: readonly Measured[] = []): number[] {
  return measured.map(({ runsPerSecond }) => runsPerSecond);
}
