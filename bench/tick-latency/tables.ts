import type { Table } from '../bench.ts';
import { distribution } from '../distribution.ts';
import { ratioOf, type Spread, spreadOf, spreadText } from '../rounds.ts';
import type { PhaseAnalysis, PhaseSummary } from './phase-summary.ts';

/** One system under one load, over all rounds. */
export interface LatencySum {
  readonly variant: string;
  readonly system: string;
  /** Start lateness in milliseconds. */
  readonly p50: Spread;
  readonly p99: Spread;
  readonly max: number;
  /** The same lateness over Escapement's in the same round. */
  readonly p50ToOurs: Spread;
  readonly p99ToOurs: Spread;
  /** The p99 over that of an ideal queue. Null if hardly anything has to queue. */
  readonly p99ToMinimum: Spread | null;
  readonly missed: number;
  readonly repeated: number;
  readonly expected: number;
  /** The most that other processes had of the machine in one of the rounds. */
  readonly foreignCores: number;
}

/** Sums up one load. The first system is the one that the others are compared with. */
export function summedUp(systems: readonly (readonly PhaseAnalysis[])[]): LatencySum[] {
  const [ours = []] = systems;
  return systems.flatMap((rounds) => sumOf(rounds, ours));
}

function sumOf(rounds: readonly PhaseAnalysis[], ours: readonly PhaseAnalysis[]): LatencySum[] {
  const summaries = rounds.map(({ summary }) => summary);
  const [first] = summaries;
  if (first === undefined) return [];
  const late = (of: readonly PhaseAnalysis[], name: 'p50' | 'p99'): number[] =>
    of.map(({ summary }) => summary.startLatenessMs[name]);
  const total = (name: 'missed' | 'repeated' | 'expected'): number =>
    summaries.reduce((sum, each) => sum + each[name], 0);
  const toMinimum = summaries.flatMap(({ p99ToMinimum }) => p99ToMinimum ?? []);
  return [
    {
      variant: first.variant,
      system: first.system,
      p50: spreadOf(late(rounds, 'p50')),
      p99: spreadOf(late(rounds, 'p99')),
      max: Math.max(...summaries.map(({ startLatenessMs }) => startLatenessMs.max)),
      p50ToOurs: ratioOf(late(rounds, 'p50'), late(ours, 'p50')),
      p99ToOurs: ratioOf(late(rounds, 'p99'), late(ours, 'p99')),
      p99ToMinimum: toMinimum.length === 0 ? null : spreadOf(toMinimum),
      missed: total('missed'),
      repeated: total('repeated'),
      expected: total('expected'),
      foreignCores: Math.max(...summaries.map(({ cpu }) => cpu.foreignCores)),
    },
  ];
}

export function latenessTable(sums: readonly LatencySum[]): Table {
  return {
    title: 'start lateness in ms: median (min–max) of the rounds',
    columns: ['', 'p50', 'p99', 'max', 'p99 to ours', 'p99 to minimum', 'missed', 'repeated', 'foreign cores'],
    rows: sums.map((sum) => [
      `${sum.variant}: ${sum.system}`,
      spreadText(sum.p50),
      spreadText(sum.p99),
      sum.max.toFixed(1),
      spreadText(sum.p99ToOurs),
      sum.p99ToMinimum === null ? '–' : spreadText(sum.p99ToMinimum),
      `${sum.missed} of ${sum.expected}`,
      sum.repeated,
      sum.foreignCores,
    ]),
  };
}

/** Of each part, the median over the rounds. */
export function partsTable(systems: readonly (readonly PhaseAnalysis[])[]): Table {
  const rows = systems.flatMap((rounds) => partRows(rounds.map(({ summary }) => summary)));
  return {
    title: "the parts of Escapement's lateness in ms, by its own records",
    columns: ['part', 'p50', 'p99'],
    rows,
  };
}

function partRows(summaries: readonly PhaseSummary[]): string[][] {
  const [first] = summaries;
  return Object.keys(first?.parts ?? {}).map((name) => {
    const part = name as keyof NonNullable<PhaseSummary['parts']>;
    const of = summaries.flatMap(({ parts }) => parts?.[part] ?? []);
    const median = (quantile: 'p50' | 'p99'): string => distribution(of.map((each) => each[quantile])).p50.toFixed(2);
    return [`${first?.variant}: ${name}`, median('p50'), median('p99')];
  });
}
