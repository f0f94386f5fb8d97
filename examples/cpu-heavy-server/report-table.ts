import { availableParallelism, loadavg } from 'node:os';
import type { LatencySummary, OutcomeCounts, SchedulerStats, ScheduleStatus } from '../../src/index.ts';
import type { PhaseFigures } from './phase.ts';
import type { RunJournal } from './run-journal.ts';
import { milliseconds, table } from './table.ts';
import { paint } from './terminal.ts';

/** What became of every schedule, and how late its runs began. */
export function scheduleTable(schedules: readonly ScheduleStatus[], journal: RunJournal): string[] {
  const nowMs = Date.now();
  const rows = schedules.map((schedule) => {
    const lateness = journal.latenessOf(schedule.key);
    return [
      schedule.key,
      paint('dim', schedule.cron),
      String(schedule.runCount),
      outcomesText(schedule.outcomes),
      ...(lateness === null ? ['–', '–', '–'] : latencyCells(lateness)),
      nextText(schedule.nextOccurrenceAtMs, nowMs),
    ];
  });
  return [
    paint('bold', 'Schedules'),
    ...table(['schedule', 'due', '>runs', 'outcomes, all starts', '>late p50', '>p99', '>max', '>next run'], rows),
  ];
}

/** Where the lateness comes from, over all schedules. */
export function latenessTable({ lateness }: SchedulerStats): string[] {
  const parts = [
    ['tick', 'the clock found it due', lateness.tick],
    ['lock', 'it was claimed', lateness.lock],
    ['queue', 'a pool thread was free', lateness.queue],
    ['start-up', 'run() was called, its module loaded', lateness.start],
    ['total', '', lateness.total],
  ] as const;
  const rows = parts.map(([part, until, summary]) => [part, paint('dim', until), ...latencyCells(summary)]);
  return [paint('bold', 'Lateness, by part'), ...table(['part', 'until', '>p50', '>p99', '>max'], rows)];
}

/** The host's figures, phase by phase. */
export function hostTable(phases: readonly PhaseFigures[]): string[] {
  const rows = phases.map(({ label, forMs, load, utilization, delay }) => [
    label,
    `${Math.round(utilization * 100)} %`,
    ...[delay.p50Ms, delay.p99Ms, delay.maxMs].map(milliseconds),
    (load.requests / (forMs / 1_000)).toFixed(1),
    ...[load.p50Ms, load.p99Ms].map(milliseconds),
    load.failures === 0 ? '0' : paint('red', String(load.failures)),
  ]);
  const headings = [
    'phase',
    '>busy',
    '>loop delay p50',
    '>p99',
    '>max',
    '>requests/s',
    '>answer p50',
    '>p99',
    '>failed',
  ];
  const machine = `${availableParallelism()} cores, load average ${loadavg()[0]?.toFixed(1)}`;
  return [
    `${paint('bold', 'The host, under the same load')} ${paint('dim', `(${machine})`)}`,
    ...table(headings, rows),
  ];
}

function latencyCells({ p50Ms, p99Ms, maxMs }: Pick<LatencySummary, 'p50Ms' | 'p99Ms' | 'maxMs'>): string[] {
  return [p50Ms, p99Ms, maxMs].map(milliseconds);
}

function outcomesText(outcomes: OutcomeCounts): string {
  const texts = Object.entries(outcomes).map(([outcome, count]) =>
    paint(outcome === 'succeeded' ? 'green' : 'yellow', `${count} ${outcome}`),
  );
  return texts.length === 0 ? '–' : texts.join(', ');
}

function nextText(atMs: number | null, nowMs: number): string {
  return atMs === null ? '–' : `in ${Math.max((atMs - nowMs) / 1_000, 0).toFixed(1)} s`;
}
