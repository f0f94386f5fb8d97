import { type Benchmark, type BenchReport, missingThreadTime } from '../bench.ts';
import { interleaved } from '../rounds.ts';
import { runPhase } from './phase.ts';
import { analysePhase, type PhaseAnalysis } from './phase-summary.ts';
import { latenessPicture } from './picture.ts';
import { latenessTable, partsTable, summedUp } from './tables.ts';
import { VARIANTS, type Variant } from './variants.ts';

/** How late runs start, on an idle host and on one whose main thread is blocked. */
export const tickLatencyBenchmark: Benchmark = {
  name: 'tick-latency',
  summary: 'how late runs start on an idle and on a blocked host, beside node-cron and croner',
  missing: missingThreadTime,
  run: ({ isQuick }) =>
    measureLatency(VARIANTS, isQuick ? { rounds: 1, durationMs: 3_000 } : { rounds: 5, durationMs: 12_000 }),
};

export interface Effort {
  readonly rounds: number;
  /** Of one system in one round. */
  readonly durationMs: number;
}

/** Runs the systems of each variant in turns, each in a separate process. */
export async function measureLatency(variants: readonly Variant[], effort: Effort): Promise<BenchReport> {
  const measured: { readonly variant: Variant; readonly rounds: readonly (readonly PhaseAnalysis[])[] }[] = [];
  for (const variant of variants) measured.push({ variant, rounds: await measureVariant(variant, effort) });
  const sums = measured.flatMap(({ rounds }) => summedUp(rounds));
  return {
    parameters: { ...effort, variants: Object.fromEntries(variants.map(({ name, load }) => [name, load])) },
    figures: {
      sums,
      phases: measured.flatMap(({ rounds }) => rounds.flatMap((ofSystem) => ofSystem.map(({ summary }) => summary))),
    },
    tables: [latenessTable(sums), partsTable(measured.flatMap(({ rounds }) => rounds))],
    pictures: Object.fromEntries(
      measured.map(({ variant, rounds }) => [
        `tick-latency-${variant.name.replaceAll(/\W+/g, '-')}.svg`,
        latenessPicture(rounds.map(allOf), variant.load),
      ]),
    ),
  };
}

/** The analyses of every system, round by round, in the order of the variant. */
async function measureVariant({ name, load, systems }: Variant, effort: Effort): Promise<PhaseAnalysis[][]> {
  const { rounds, durationMs } = effort;
  const phases = systems.map(
    (system) => [system, async () => analysePhase(name, await runPhase(system, { ...load, durationMs }))] as const,
  );
  const analyses = await interleaved(rounds, Object.fromEntries(phases));
  return systems.map((system) => analyses[system] ?? []);
}

/** All rounds of a system as if they were one, for the picture. */
function allOf(rounds: readonly PhaseAnalysis[]): PhaseAnalysis {
  const [first] = rounds;
  if (first === undefined) throw new Error('a system was measured in no round');
  return {
    summary: first.summary,
    startLatenessMs: rounds.flatMap(({ startLatenessMs }) => startLatenessMs),
    queueingMinimumMs: rounds.flatMap(({ queueingMinimumMs }) => queueingMinimumMs),
  };
}
