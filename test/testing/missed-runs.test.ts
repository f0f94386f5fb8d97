/**
 * What the real supervisor does about occurrences that it missed between processes. The day is Thursday, 2026-03-05.
 */
import { describe, expect, test } from 'vitest';
import { jitterFor } from '../../src/machines/calendar/jitter.ts';
import type { MissedRunPolicy, Schedule, ScheduledPlugin } from '../../src/plugin.ts';
import type { ScheduleStatus } from '../../src/supervisor/scheduler-reports.ts';
import { createVirtualScheduler, type VirtualScheduler } from '../../src/testing/index.ts';
import { audit, auditCounters, occurrencesOf } from '../campaigns/audit.ts';
import { decisionLine, runLine } from './history-lines.ts';

const POLICIES = ['run-once', 'skip', 'run-all'] as const;
type PerPolicy = Readonly<Record<MissedRunPolicy, readonly string[]>>;

const at = (time: string): number => Date.parse(`2026-03-${time.includes('T') ? time : `05T${time}`}Z`);

function pluginOf(schedule: Partial<Schedule>): ScheduledPlugin {
  return { name: 'p', schedules: () => [{ id: 's', cron: '0 * * * *', ...schedule }], run: () => {} };
}

async function started(schedule: Partial<Schedule>, from: string): Promise<VirtualScheduler> {
  const scheduler = await createVirtualScheduler({ plugins: [pluginOf(schedule)], startAt: at(from) });
  await scheduler.start();
  return scheduler;
}

async function advanceTo(scheduler: VirtualScheduler, time: string): Promise<void> {
  await scheduler.advance(at(time) - scheduler.now);
}

/** What happened after `before`. Checks that nothing was lost or counted twice since the beginning. */
async function since(scheduler: VirtualScheduler, before: { runs: number; decisions: number }, created: string) {
  const [status] = await scheduler.schedules();
  const { cron, timezone, key } = status as NonNullable<typeof status>;
  const occurrences = occurrencesOf(cron, timezone, { fromMs: at(created), untilMs: scheduler.now });
  expect(audit(scheduler, { key, occurrences })).toEqual([]);
  expect(auditCounters(status as NonNullable<typeof status>, scheduler)).toEqual([]);
  return {
    ran: scheduler.runs.slice(before.runs).map(runLine),
    decided: scheduler.decisions.slice(before.decisions).map(decisionLine),
  };
}

interface Row {
  readonly name: string;
  readonly schedule?: Partial<Schedule>;
  readonly created: string;
  readonly down: string;
  readonly now: string;
  readonly ran: PerPolicy;
  readonly decided: PerPolicy;
}

const none: PerPolicy = { 'run-once': [], skip: [], 'run-all': [] };
const tenDays = occurrencesOf('0 * * * *', 'UTC', { fromMs: at('09:00:00'), untilMs: at('15T09:05:00') });

const ROWS: readonly Row[] = [
  { name: 'nothing was due', created: '09:50:00', down: '09:51:00', now: '09:53:00', ran: none, decided: none },
  {
    name: 'one is missed',
    created: '09:50:00',
    down: '10:05:00',
    now: '11:05:00',
    ran: { 'run-once': ['11:00 catch-up'], skip: [], 'run-all': ['11:00 catch-up'] },
    decided: { ...none, skip: ['missed-skipped policy 1'] },
  },
  {
    name: 'two are missed',
    created: '08:50:00',
    down: '09:05:00',
    now: '11:05:00',
    ran: { 'run-once': ['11:00 catch-up'], skip: [], 'run-all': ['10:00 catch-up', '11:00 catch-up'] },
    decided: {
      'run-once': ['missed-skipped superseded 1'],
      skip: ['missed-skipped policy 2'],
      'run-all': [],
    },
  },
  {
    name: 'ten days are missed',
    created: '08:50:00',
    down: '09:05:00',
    now: '15T09:05:00',
    ran: {
      'run-once': ['03-15 09:00 catch-up'],
      skip: [],
      'run-all': tenDays.map((atMs) => `${clock(atMs)} catch-up`),
    },
    decided: {
      'run-once': ['missed-skipped superseded 239'],
      skip: ['missed-skipped policy 240'],
      'run-all': [],
    },
  },
  {
    name: 'ten days are missed, and two hours may be made up for',
    schedule: { maxLateMs: 7_200_000 },
    created: '08:50:00',
    down: '09:05:00',
    now: '15T09:05:00',
    ran: {
      'run-once': ['03-15 09:00 catch-up'],
      skip: [],
      'run-all': ['03-15 08:00 catch-up', '03-15 09:00 catch-up'],
    },
    decided: {
      'run-once': ['missed-skipped max-late 238', 'missed-skipped superseded 1'],
      skip: ['missed-skipped policy 240'],
      'run-all': ['missed-skipped max-late 238'],
    },
  },
  {
    name: 'ten days are missed, and three may be made up for',
    schedule: { maxCatchup: 3 },
    created: '08:50:00',
    down: '09:05:00',
    now: '15T09:05:00',
    ran: {
      'run-once': ['03-15 09:00 catch-up'],
      skip: [],
      'run-all': ['03-15 07:00 catch-up', '03-15 08:00 catch-up', '03-15 09:00 catch-up'],
    },
    decided: {
      'run-once': ['missed-skipped superseded 239'],
      skip: ['missed-skipped policy 240'],
      'run-all': ['missed-skipped max-catchup 237'],
    },
  },
  {
    name: 'days of several occurrences are missed',
    schedule: { cron: '30 10,11,12 * * 1-5' },
    created: '10:00:00',
    down: '10:35:00',
    now: '06T16:30:00',
    ran: {
      'run-once': ['03-06 12:30 catch-up'],
      skip: [],
      'run-all': [
        '11:30 catch-up',
        '12:30 catch-up',
        '03-06 10:30 catch-up',
        '03-06 11:30 catch-up',
        '03-06 12:30 catch-up',
      ],
    },
    decided: { 'run-once': ['missed-skipped superseded 4'], skip: ['missed-skipped policy 5'], 'run-all': [] },
  },
  {
    name: 'it comes back less than a minute late',
    created: '09:50:00',
    down: '09:55:00',
    now: '10:00:59.900',
    ran: { 'run-once': ['10:00'], skip: ['10:00'], 'run-all': ['10:00'] },
    decided: none,
  },
  {
    name: 'it comes back more than a minute late',
    created: '09:50:00',
    down: '09:55:00',
    now: '10:01:00.100',
    ran: { 'run-once': ['10:00 catch-up'], skip: [], 'run-all': ['10:00 catch-up'] },
    decided: { ...none, skip: ['missed-skipped policy 1'] },
  },
  {
    name: 'it comes back as late as the schedule allows',
    schedule: { missedAfterMs: 1_200_000 },
    created: '09:50:00',
    down: '09:55:00',
    now: '10:19:59',
    ran: { 'run-once': ['10:00'], skip: ['10:00'], 'run-all': ['10:00'] },
    decided: none,
  },
  {
    name: 'it comes back later than the schedule allows',
    schedule: { missedAfterMs: 500 },
    created: '09:50:00',
    down: '09:55:00',
    now: '10:00:00.600',
    ran: { 'run-once': ['10:00 catch-up'], skip: [], 'run-all': ['10:00 catch-up'] },
    decided: { ...none, skip: ['missed-skipped policy 1'] },
  },
  {
    name: 'a redeploy of a minute over a daily run',
    schedule: { cron: '0 3 * * *' },
    created: '02:00:00',
    down: '02:59:30',
    now: '03:00:30',
    ran: { 'run-once': ['03:00'], skip: ['03:00'], 'run-all': ['03:00'] },
    decided: none,
  },
];

function clock(atMs: number): string {
  const text = new Date(atMs).toISOString();
  return text.startsWith('2026-03-05') ? text.slice(11, 16) : `${text.slice(5, 10)} ${text.slice(11, 16)}`;
}

describe('a process that was down', () => {
  const endings = ['crash', 'stop'] as const;
  const cases = ROWS.flatMap((row) => POLICIES.flatMap((policy) => endings.map((ending) => ({ row, policy, ending }))));

  test.each(cases)('$row.name: $policy after a $ending', async ({ row, policy, ending }) => {
    const scheduler = await started({ ...row.schedule, missedRunPolicy: policy }, row.created);
    await advanceTo(scheduler, row.down);
    const before = { runs: scheduler.runs.length, decisions: scheduler.decisions.length };
    await scheduler[ending]();
    await scheduler.restart({ after: at(row.now) - scheduler.now });
    await scheduler.advance('5m');
    const { ran, decided } = await since(scheduler, before, row.created);
    expect(ran).toEqual(row.ran[policy]);
    expect(decided).toEqual(row.decided[policy]);
  });
});

describe.each(POLICIES)('a process that runs on: %s', (policy) => {
  const nothing = { runs: 0, decisions: 0 };

  test('a schedule that was never run is run on time', async () => {
    const scheduler = await started({ missedRunPolicy: policy }, '09:50:00');
    await advanceTo(scheduler, '10:00:02');
    expect(await since(scheduler, nothing, '09:50:00')).toEqual({ ran: ['10:00'], decided: [] });
  });

  test.each([
    ['0 * * * *', ['10:00', '11:00', '11:00 pass 2', '12:00']],
    ['0 9-20 * * *', ['10:00', '11:00', '12:00']],
  ])('a wall clock that steps back an hour repeats %s as a repeated hour does', async (cron, ran) => {
    const scheduler = await started({ missedRunPolicy: policy, cron }, '09:50:00');
    await advanceTo(scheduler, '11:05:00');
    await scheduler.stepWall(-3_600_000);
    await advanceTo(scheduler, '12:00:02');
    expect(scheduler.runs.map(runLine)).toEqual(ran);
    expect(scheduler.decisions).toEqual([]);
    expect(auditCounters((await scheduler.schedules())[0] as NonNullable<ScheduleStatus>, scheduler)).toEqual([]);
    expect(scheduler.warnings.map(({ code }) => code)).toEqual(['clock-jumped']);
  });

  test('what fell due during a pause does not run, even if the process was down during it', async () => {
    const scheduler = await started({ missedRunPolicy: policy }, '09:50:00');
    await advanceTo(scheduler, '10:05:00');
    await scheduler.pause('p/s', 'a holiday');
    await advanceTo(scheduler, '11:30:00');
    await scheduler.crash();
    await scheduler.restart({ after: '1h' });
    await advanceTo(scheduler, '13:30:00');
    expect((await scheduler.schedules())[0]).toMatchObject({ state: 'paused', pause: { note: 'a holiday' } });
    await scheduler.resume('p/s');
    await advanceTo(scheduler, '14:05:00');
    expect(scheduler.runs.map(runLine)).toEqual(['10:00', '14:00']);
    expect(scheduler.decisions).toEqual([]);
    expect((await scheduler.schedules())[0]).toMatchObject({ dueCount: 2, outcomes: { succeeded: 2 } });
  });

  test('an expression that was changed while the process was down has missed nothing', async () => {
    const scheduler = await started({ missedRunPolicy: policy }, '09:50:00');
    await advanceTo(scheduler, '10:05:00');
    await scheduler.stop();
    await scheduler.restart({ after: '3h', plugins: [pluginOf({ cron: '20 * * * *', missedRunPolicy: policy })] });
    await advanceTo(scheduler, '13:25:00');
    expect(scheduler.runs.map(runLine)).toEqual(['10:00', '13:20']);
    expect(scheduler.decisions).toEqual([]);
  });

  test('a machine that was suspended has missed what fell due during that time', async () => {
    const scheduler = await started({ missedRunPolicy: policy }, '08:50:00');
    await advanceTo(scheduler, '09:05:00');
    await scheduler.suspend('2h');
    await scheduler.advance('1m');
    const ran = { 'run-once': ['11:00 catch-up'], skip: [], 'run-all': ['10:00 catch-up', '11:00 catch-up'] };
    const decided = { 'run-once': ['superseded 1'], skip: ['policy 2'], 'run-all': [] };
    expect(await since(scheduler, { runs: 1, decisions: 0 }, '08:50:00')).toEqual({
      ran: ran[policy],
      decided: decided[policy].map((reason) => `missed-skipped ${reason}`),
    });
    expect(scheduler.warnings).toMatchObject([{ code: 'clock-jumped' }]);
  });
});

describe('a clock that began in 1970 and then was right', () => {
  const HOURS = (Date.UTC(2026, 10, 26) - Date.UTC(1970, 0, 1)) / 3_600_000;

  test.each([
    ['run-once', 'UTC', ['missed-skipped superseded 498791'], 498_792],
    ['run-once', 'America/New_York', ['missed-skipped superseded 498791'], 498_792],
    ['skip', 'America/New_York', ['missed-skipped policy 498792'], undefined],
  ] as const)('has missed every hour since: %s in %s', async (missedRunPolicy, timezone, decided, missedCount) => {
    expect(HOURS).toBe(498_792);
    const plugins = [pluginOf({ missedRunPolicy, timezone })];
    const scheduler = await createVirtualScheduler({ plugins, startAt: 0 });
    await scheduler.start();
    await scheduler.crash();
    await scheduler.restart({ after: HOURS * 3_600_000 + 300_000 });
    await scheduler.advance('5m');
    expect(scheduler.decisions.map(decisionLine)).toEqual(decided);
    expect(scheduler.runs.map((run) => run.scheduledAtMs)).toEqual(missedCount ? [HOURS * 3_600_000] : []);
    const [status] = await scheduler.schedules();
    expect(status).toMatchObject({
      dueCount: 498_792,
      outcomes: { 'missed-skipped': missedCount ? 498_791 : 498_792 },
    });
  });

  test('makes up for the newest of them', async () => {
    const plugins = [pluginOf({ missedRunPolicy: 'run-all', maxCatchup: 3, timezone: 'America/New_York' })];
    const scheduler = await createVirtualScheduler({ plugins, startAt: 0 });
    await scheduler.start();
    await scheduler.crash();
    await scheduler.restart({ after: HOURS * 3_600_000 + 300_000 });
    await scheduler.advance('5m');
    expect(scheduler.decisions.map(decisionLine)).toEqual(['missed-skipped max-catchup 498789']);
    expect(scheduler.runs.map(runLine)).toEqual([
      '11-25 22:00 catch-up',
      '11-25 23:00 catch-up',
      '11-26 00:00 catch-up',
    ]);
  });
});

describe('a schedule with much jitter', () => {
  test.each(POLICIES)('runs every occurrence in its turn: %s', async (missedRunPolicy) => {
    const scheduler = await started({ cron: '10s', jitterMs: 60_000, missedRunPolicy }, '09:00:00');
    await advanceTo(scheduler, '10:00:09.500');
    const occurrences = occurrencesOf('10s', 'UTC', { fromMs: at('09:00:00'), untilMs: at('10:00:00') });
    expect(scheduler.runs.map(({ scheduledAtMs }) => scheduledAtMs)).toEqual(occurrences);
    expect(scheduler.runs.filter(({ trigger }) => trigger !== 'clock')).toEqual([]);
    expect(scheduler.decisions).toEqual([]);
  });

  test.each([
    ['before it', '08:30:00', ['10:00']],
    ['while it waits for its jitter', '10:00:30', ['10:00']],
  ])('runs what falls due after a pause that began %s', async (_, pausedAt, ran) => {
    const scheduler = await started({ jitterMs: 3_600_000 }, '08:20:00');
    const waited = jitterFor('p/s', at('10:00:00'), 0.9 * 3_600_000);
    // The pause ends while the occurrence of ten o'clock still waits.
    expect(waited).toBeGreaterThan(60_000);
    await advanceTo(scheduler, pausedAt);
    const before = scheduler.runs.length;
    await scheduler.pause('p/s');
    await advanceTo(scheduler, '10:00:45');
    await scheduler.resume('p/s');
    await advanceTo(scheduler, '10:59:59');
    expect(scheduler.runs.slice(before).map(runLine)).toEqual(ran);
    expect(scheduler.decisions).toEqual([]);
  });

  test('does not run what fell due during a pause, although it is of before', async () => {
    const scheduler = await started({ jitterMs: 3_600_000 }, '09:58:00');
    await advanceTo(scheduler, '10:00:30');
    await scheduler.pause('p/s');
    await advanceTo(scheduler, '10:56:00');
    await scheduler.resume('p/s');
    await advanceTo(scheduler, '10:59:59');
    expect(scheduler.runs).toEqual([]);
    expect(scheduler.decisions.map(decisionLine)).toEqual(['missed-skipped paused 1']);
    expect((await scheduler.schedules())[0]).toMatchObject({ dueCount: 1, outcomes: { 'missed-skipped': 1 } });
  });

  test('misses nothing in an hour with several gaps', async () => {
    const scheduler = await started({ cron: '0,1,5,30 * * * *', jitterMs: 7_200_000 }, '09:00:00');
    await advanceTo(scheduler, '12:00:59.500');
    expect(scheduler.runs.map(runLine).slice(0, 5)).toEqual(['09:01', '09:05', '09:30', '10:00', '10:01']);
    expect(scheduler.runs.every(({ trigger }) => trigger === 'clock')).toBe(true);
    expect(scheduler.runs).toHaveLength(12);
    expect(scheduler.decisions).toEqual([]);
  });
});
