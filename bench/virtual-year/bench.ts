import type { Benchmark } from '../bench.ts';
import { simulateYear, WHOLE_YEAR, type YearReport } from './year.ts';

/**
 * How long a year of a thousand schedules takes in virtual time. It runs twice, and both histories must be the same.
 */
export const virtualYearBenchmark: Benchmark = {
  name: 'virtual-year',
  summary: 'a year of 1,000 schedules on the virtual scheduler, with crashes, a suspend and a pause',
  run: async ({ isQuick }) => {
    const size = isQuick ? { ...WHOLE_YEAR, days: 30 } : WHOLE_YEAR;
    const first = await timed(() => simulateYear(size));
    const second = await timed(() => simulateYear(size));
    const isDeterministic = first.report.hash === second.report.hash;
    if (!isDeterministic) throw new Error(`Two simulations with seed ${size.seed} differ.`);
    return {
      parameters: { ...size },
      figures: { first, second, isDeterministic },
      tables: [
        {
          title: `${size.days} days of 1,000 schedules`,
          columns: ['', 'seconds', 'runs', 'runs a second', 'of them catch-ups', 'not run'],
          rows: [rowOf('first', first), rowOf('again', second)],
        },
      ],
    };
  },
};

interface TimedYear {
  readonly seconds: number;
  readonly report: YearReport;
}

async function timed(simulate: () => Promise<{ readonly report: YearReport }>): Promise<TimedYear> {
  const fromMs = performance.now();
  const { report } = await simulate();
  return { seconds: Number(((performance.now() - fromMs) / 1_000).toFixed(1)), report };
}

function rowOf(name: string, { seconds, report }: TimedYear): (string | number)[] {
  const { runs, catchUps, decided } = report;
  return [name, seconds, runs, Math.round(runs / seconds), catchUps, decided];
}
