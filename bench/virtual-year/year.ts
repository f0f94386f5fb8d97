import { createHash } from 'node:crypto';
import type { MissedRunPolicy, Schedule, ScheduledPlugin } from '../../src/index.ts';
import { createVirtualScheduler, type VirtualScheduler } from '../../src/testing/index.ts';

/** How many schedules of each kind. */
export interface YearSize {
  readonly daily: number;
  readonly hourly: number;
  readonly weekly: number;
  readonly monthly: number;
  readonly days: number;
  readonly seed: number;
}

/** The result of a simulated year. */
export interface YearReport {
  readonly runs: number;
  readonly decided: number;
  readonly catchUps: number;
  readonly warnings: number;
  /** Hash of every run and every decision in order: equal histories have equal hashes. */
  readonly hash: string;
}

/** A thousand schedules for a year. */
export const WHOLE_YEAR: YearSize = { daily: 600, hourly: 50, weekly: 250, monthly: 100, days: 365, seed: 1 };

const POLICIES: readonly MissedRunPolicy[] = ['run-once', 'skip', 'run-all'];
const ZONES = ['UTC', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kolkata'] as const;
const DAY_MS = 86_400_000;
const START_AT_MS = Date.UTC(2026, 0, 1);

/** Simulates a year with two crashes, a stop, a suspended machine and a pause. */
export async function simulateYear(size: YearSize): Promise<{ scheduler: VirtualScheduler; report: YearReport }> {
  const scheduler = await createVirtualScheduler({
    plugins: [yearPlugin(size)],
    startAt: START_AT_MS,
    threads: 4,
    runMs: (_ctx, random) => Math.round(1 + random() * 2_000),
    seed: size.seed,
  });
  const toDay = async (share: number): Promise<void> => {
    await scheduler.advance(Math.max(START_AT_MS + Math.round(size.days * share) * DAY_MS - scheduler.now, 0));
  };
  await scheduler.start();
  await toDay(0.2);
  // This is in the middle of an hour's runs.
  await scheduler.advance(1_500);
  await scheduler.crash();
  await scheduler.restart({ after: '7h' });
  await toDay(0.4);
  await scheduler.suspend('5h');
  await toDay(0.6);
  await scheduler.stop();
  await scheduler.restart({ after: '2d' });
  await scheduler.pause('year/daily-0');
  await toDay(0.8);
  await scheduler.resume('year/daily-0');
  await scheduler.crash();
  await scheduler.restart({ after: '30m' });
  await toDay(1);
  // Nothing falls due here, and runs that are under way end.
  await scheduler.advance('20m');
  return { scheduler, report: reportOf(scheduler) };
}

function yearPlugin({ daily, hourly, weekly, monthly }: YearSize): ScheduledPlugin {
  const schedules: Schedule[] = [];
  const add = (kind: string, count: number, cron: (index: number) => string): void => {
    for (let index = 0; index < count; index += 1) schedules.push(declared(`${kind}-${index}`, index, cron(index)));
  };
  add('daily', daily, (index) => `${index % 60} ${index % 24} * * *`);
  add('hourly', hourly, (index) => `${(index * 7) % 30} * * * *`);
  add('weekly', weekly, (index) => `${(index * 11) % 60} ${(index * 5) % 24} * * ${index % 7}`);
  add('monthly', monthly, (index) => `${(index * 13) % 60} ${(index * 3) % 24} ${1 + (index % 31)} * *`);
  return { name: 'year', schedules: () => schedules, run: () => {} };
}

function declared(id: string, index: number, cron: string): Schedule {
  return {
    id,
    cron,
    timezone: ZONES[index % ZONES.length] as string,
    missedRunPolicy: POLICIES[index % POLICIES.length] as MissedRunPolicy,
  };
}

function reportOf({ runs, decisions, warnings }: VirtualScheduler): YearReport {
  const hash = createHash('sha256');
  for (const run of runs) hash.update(JSON.stringify(run));
  for (const decision of decisions) hash.update(JSON.stringify(decision));
  return {
    runs: runs.length,
    decided: decisions.reduce((sum, { count }) => sum + count, 0),
    catchUps: runs.filter(({ isCatchup }) => isCatchup).length,
    warnings: warnings.length,
    hash: hash.digest('hex'),
  };
}
