import type { Table } from '../bench.ts';
import { barChart } from '../pictures/bar-chart.ts';
import { ratioOf, type Spread, spreadOf, spreadText } from '../rounds.ts';
import type { Refusal, Sample } from './measure.ts';
import { SYSTEMS, type SystemName, type Workload, type WorkloadName } from './workloads.ts';

/** One system under one workload, over all rounds. */
export interface Summary {
  readonly workload: WorkloadName;
  readonly system: SystemName;
  /** Why it cannot do the workload. */
  readonly cannot: string | null;
  readonly values: Readonly<Record<string, Spread>>;
  /** The same values over Escapement's in the same round. */
  readonly toOurs: Readonly<Record<string, Spread>>;
  /** The most that other processes used of the machine in one round, in cores. Null if nobody looked. */
  readonly foreignCores: number | null;
  readonly discarded: number;
  /** Rounds that were taken although other processes had used too much of the machine. */
  readonly noisyRounds: number;
}

interface Column {
  readonly title: string;
  readonly value: string;
  /** What the value is divided by, to be read. */
  readonly unit: number;
  readonly hasRatio: boolean;
}

const MIB = 1_024 * 1_024;
const LATENESS: readonly Column[] = [
  { title: 'p50 ms', value: 'p50Ms', unit: 1, hasRatio: false },
  { title: 'p99 ms', value: 'p99Ms', unit: 1, hasRatio: true },
  { title: 'ran, of 1', value: 'ranShare', unit: 1, hasRatio: false },
];

const COLUMNS: Readonly<Record<Workload['kind'], readonly Column[]>> = {
  lateness: LATENESS,
  given: [
    { title: 'runs/s', value: 'runsPerSecond', unit: 1, hasRatio: true },
    { title: 'CPU s per 1,000 runs', value: 'cpuMsPerThousand', unit: 1_000, hasRatio: true },
  ],
  memory: [
    { title: 'one more schedule, KiB', value: 'bytesPerSchedule', unit: 1_024, hasRatio: true },
    { title: 'with one schedule, MiB', value: 'bytesOfOne', unit: MIB, hasRatio: false },
  ],
  first: [{ title: 'first run after ms', value: 'firstRunMs', unit: 1, hasRatio: true }],
};

/** Sums up the rounds of a system. A round without a value, such as the lateness when nothing ran, does not count. */
export function summaryOf(
  system: SystemName,
  { name: workload }: Workload,
  rounds: readonly (Sample | Refusal)[],
  ours: readonly (Sample | Refusal)[],
): Summary {
  const samples = rounds.flatMap((round) => ('cannot' in round ? [] : [round]));
  const ourSamples = ours.flatMap((round) => ('cannot' in round ? [] : [round]));
  const names = [...new Set(samples.flatMap(({ values }) => Object.keys(values)))];
  const series = (of: readonly Sample[], name: string): number[] => of.map(({ values }) => values[name] ?? Number.NaN);
  const spread = (values: readonly number[]): Spread => spreadOf(values.filter((value) => !Number.isNaN(value)));
  const refused = rounds.find((round) => 'cannot' in round);
  const foreign = samples.flatMap(({ foreignCores }) => foreignCores ?? []);
  return {
    workload,
    system,
    cannot: refused?.cannot ?? null,
    values: Object.fromEntries(names.map((name) => [name, spread(series(samples, name))])),
    toOurs: Object.fromEntries(names.map((name) => [name, ratioOf(series(samples, name), series(ourSamples, name))])),
    foreignCores: foreign.length === 0 ? null : Math.max(...foreign),
    discarded: samples.reduce((sum, { discarded }) => sum + discarded, 0),
    noisyRounds: samples.filter(({ isNoisy }) => isNoisy).length,
  };
}

export function workloadTable({ name, title, kind }: Workload, summaries: readonly Summary[]): Table {
  const columns = COLUMNS[kind];
  const heads = columns.flatMap((column) => (column.hasRatio ? [column.title, 'to ours'] : [column.title]));
  return {
    title: `${title}: median (min–max) of the rounds`,
    columns: ['system', 'runs jobs in', ...heads, 'foreign cores', 'noisy rounds'],
    rows: summaries
      .filter(({ workload }) => workload === name)
      .map((summary) => [
        summary.system,
        SYSTEMS[summary.system],
        ...(summary.cannot === null
          ? columns.flatMap((column) => cells(column, summary))
          : refusal(summary, heads.length)),
        summary.foreignCores ?? '–',
        summary.noisyRounds,
      ]),
  };
}

function cells({ value, unit, hasRatio }: Column, { values, toOurs }: Summary): string[] {
  const spread = values[value];
  const ratio = toOurs[value];
  const text = spread === undefined ? '–' : spreadText(inUnit(spread, unit));
  if (!hasRatio) return [text];
  return [text, ratio === undefined || Number.isNaN(ratio.median) ? '–' : spreadText(ratio)];
}

function inUnit({ median, min, max }: Spread, unit: number): Spread {
  return { median: median / unit, min: min / unit, max: max / unit };
}

function refusal({ cannot }: Summary, cellCount: number): string[] {
  return [`cannot: ${cannot}`, ...Array.from({ length: cellCount - 1 }, () => '–')];
}

/** The picture of a workload: the first value that has a ratio, of every system that can do it. */
export function workloadPicture({ name, title, kind }: Workload, summaries: readonly Summary[]): string {
  const column = COLUMNS[kind].find(({ hasRatio }) => hasRatio);
  if (column === undefined) throw new Error(`the workload ${name} has nothing to compare`);
  const bars = summaries
    .filter(({ workload }) => workload === name)
    .flatMap(({ system, values }) => {
      const spread = values[column.value];
      return spread === undefined ? [] : [{ name: system, ...inUnit(spread, column.unit) }];
    });
  const subtitle = 'each system in its own process; median and spread of the rounds';
  return barChart({ title: `${title}, by system`, subtitle, xLabel: `${column.title} (logarithmic)`, bars });
}
