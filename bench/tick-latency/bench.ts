import type { Benchmark, BenchReport, Table } from '../bench.ts';
import type { Distribution } from '../distribution.ts';
import type { LoadParameters } from './load.ts';
import { runPhase, type SystemName } from './phase.ts';
import { analysePhase, type PhaseAnalysis, type PhaseSummary } from './phase-summary.ts';
import { latenessPicture } from './picture.ts';

/** The parameters of the load. */
export const DEFAULT_LOAD: Omit<LoadParameters, 'arrivals'> = {
  schedules: 10,
  workMs: 20,
  threads: 2,
  duty: 0.8,
  chunkMs: 200,
  durationMs: 30_000,
};

/**
 * All three systems take the burst. Only Escapement takes the spread, because the others cannot be due between seconds.
 */
const PHASES: readonly (readonly [system: SystemName, arrivals: LoadParameters['arrivals']])[] = [
  ['escapement', 'burst'],
  ['node-cron', 'burst'],
  ['croner', 'burst'],
  ['escapement', 'spread'],
];

/** How late runs start while the host thread is blocked, compared with schedulers on that thread. */
export const tickLatencyBenchmark: Benchmark = {
  name: 'tick-latency',
  summary: 'how late runs start on a host whose main thread is blocked, beside node-cron and croner',
  run: ({ isQuick }) => measureLatency({ ...DEFAULT_LOAD, durationMs: isQuick ? 8_000 : DEFAULT_LOAD.durationMs }),
};

/** Runs the phases one after another, each in a separate process. */
export async function measureLatency(load: Omit<LoadParameters, 'arrivals'>): Promise<BenchReport> {
  const analyses: PhaseAnalysis[] = [];
  for (const [system, arrivals] of PHASES) analyses.push(analysePhase(await runPhase(system, { ...load, arrivals })));
  const summaries = analyses.map(({ summary }) => summary);
  const inBurst = analyses.filter(({ summary }) => summary.arrivals === 'burst');
  const spread = analyses.filter(({ summary }) => summary.arrivals === 'spread');
  return {
    parameters: { ...load },
    figures: { phases: summaries, ratios: ratiosToOurs(summaries) },
    tables: [latenessTable(summaries), partsTable(summaries)],
    pictures: {
      'tick-latency.svg': latenessPicture(inBurst, load),
      'tick-latency-spread.svg': latenessPicture(spread, load),
    },
  };
}

/** How many times later than Escapement the others start, in the same run of the benchmark. */
function ratiosToOurs(summaries: readonly PhaseSummary[]): Record<string, { p50: number; p99: number }> {
  const [ours, ...others] = summaries.filter(({ arrivals }) => arrivals === 'burst');
  const ratio = (theirs: number, own: number): number => Number((theirs / own).toFixed(2));
  return Object.fromEntries(
    others.map(({ system, startLatenessMs: theirs }) => [
      system,
      {
        p50: ratio(theirs.p50, ours?.startLatenessMs.p50 ?? Number.NaN),
        p99: ratio(theirs.p99, ours?.startLatenessMs.p99 ?? Number.NaN),
      },
    ]),
  );
}

function latenessTable(summaries: readonly PhaseSummary[]): Table {
  return {
    title: 'start lateness in ms, and the least that these runs must queue for',
    columns: [
      'system',
      'arrivals',
      'p50',
      'p90',
      'p99',
      'max',
      'minimum p50',
      'minimum p99',
      'p99 ratio',
      'missed',
      'repeated',
      'run p50',
      'foreign cores',
    ],
    rows: summaries.map(
      ({
        system,
        arrivals,
        startLatenessMs,
        queueingMinimumMs,
        p99ToMinimum,
        missed,
        repeated,
        expected,
        serviceMs,
        cpu,
      }) => [
        system,
        arrivals,
        ...shown(startLatenessMs, ['p50', 'p90', 'p99', 'max']),
        ...shown(queueingMinimumMs, ['p50', 'p99']),
        p99ToMinimum ?? '–',
        `${missed} of ${expected}`,
        repeated,
        serviceMs.p50.toFixed(1),
        cpu.foreignCores,
      ],
    ),
  };
}

function partsTable(summaries: readonly PhaseSummary[]): Table {
  const rows = summaries.flatMap(({ arrivals, parts = {} }) =>
    Object.entries(parts).map(([part, each]) => [`${arrivals} ${part}`, ...shown(each, ['p50', 'p90', 'p99', 'max'])]),
  );
  return {
    title: "the parts of Escapement's lateness, by its own records",
    columns: ['part', 'p50', 'p90', 'p99', 'max'],
    rows,
  };
}

function shown(each: Distribution, names: readonly ('p50' | 'p90' | 'p99' | 'max')[]): string[] {
  return names.map((name) => each[name].toFixed(1));
}
