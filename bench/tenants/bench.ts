import type { Benchmark, Table } from '../bench.ts';
import { distribution } from '../distribution.ts';
import { interleaved, ratioOf, spreadOf, spreadText } from '../rounds.ts';
import { FLOOD_SCHEDULES, OWN_SCHEDULES, runTenants, TENANTS, type TenantsRun, THREADS, WORK_MS } from './measure.ts';

const KINDS = { atOnce: 0, spread: 900 } as const;
type Kind = keyof typeof KINDS;

/** What a tenant that floods does to the others. */
export const tenantsBenchmark: Benchmark = {
  name: 'tenants',
  summary: `${TENANTS} tenants, one of which floods: how late the runs of the others start`,
  run: async ({ isQuick }) => {
    const rounds = isQuick ? 2 : 5;
    const measuredMs = isQuick ? 3_000 : 5_000;
    const figures = {
      atOnce: await figuresOf('atOnce', rounds, measuredMs),
      spread: await figuresOf('spread', rounds, measuredMs),
    };
    const parameters = {
      tenants: TENANTS,
      threads: THREADS,
      schedules: OWN_SCHEDULES,
      floodSchedules: FLOOD_SCHEDULES,
      workMs: WORK_MS,
      rounds,
      measuredMs,
    };
    const tables = [
      tableOf('all that is due falls due at the full second', figures.atOnce, rounds),
      tableOf('what is due is spread over the second', figures.spread, rounds),
    ];
    return { parameters, figures, tables };
  },
};

type Figures = Awaited<ReturnType<typeof figuresOf>>;

async function figuresOf(kind: Kind, rounds: number, measuredMs: number) {
  const jitterMs = KINDS[kind];
  const { calm, flooded } = await interleaved<'calm' | 'flooded', TenantsRun>(rounds, {
    calm: () => runTenants(false, jitterMs, measuredMs),
    flooded: () => runTenants(true, jitterMs, measuredMs),
  });
  const [without, withFlood] = [calm, flooded].map((runs) => runs.map(({ lateMs }) => distribution(lateMs)));
  const p99 = (of: typeof without): number[] => (of ?? []).map((each) => each.p99);
  const p50 = (of: typeof without): number[] => (of ?? []).map((each) => each.p50);
  return {
    lateMs: {
      calm: { p50: spreadOf(p50(without)), p99: spreadOf(p99(without)) },
      flooded: { p50: spreadOf(p50(withFlood)), p99: spreadOf(p99(withFlood)) },
    },
    p99Ratio: ratioOf(p99(withFlood), p99(without)),
    runs: flooded.reduce((sum, { lateMs }) => sum + lateMs.length, 0),
    notRun: { calm: sumOf(calm), flooded: sumOf(flooded) },
    floodRuns: flooded.reduce((sum, { floodRuns }) => sum + floodRuns, 0),
  };
}

function sumOf(runs: readonly TenantsRun[]): number {
  return runs.reduce((sum, { notRun }) => sum + notRun, 0);
}

function tableOf(title: string, { lateMs, p99Ratio, runs, notRun, floodRuns }: Figures, rounds: number): Table {
  const { calm, flooded } = lateMs;
  return {
    title: `start lateness of ${TENANTS - 1} tenants, ${title}: median (min–max) of ${rounds} rounds`,
    columns: ['', 'no flood', 'one tenant floods'],
    rows: [
      ['p50 ms', spreadText(calm.p50), spreadText(flooded.p50)],
      ['p99 ms', spreadText(calm.p99), spreadText(flooded.p99)],
      ['ratio of p99, round by round', '', spreadText(p99Ratio)],
      ['occurrences that did not run', notRun.calm, notRun.flooded],
      ['runs of theirs, and of the flood', '', `${runs}, ${floodRuns}`],
    ],
  };
}
