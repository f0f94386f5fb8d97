/** The examples of docs/recurrence.md on a running scheduler, through changes of the clock and restarts. */
import { describe, expect, test } from 'vitest';
import type { ScheduledPlugin } from '../../src/plugin.ts';
import { createVirtualScheduler, type VirtualScheduler } from '../../src/testing/index.ts';

const YORK = 'America/New_York';

function plugin(cron: string, timezone: string): ScheduledPlugin {
  const schedules = () => [{ id: 's', cron, timezone, missedRunPolicy: 'run-all' as const }];
  return { name: 'p', schedules, run: () => {} };
}

async function started(cron: string, timezone: string, from: string): Promise<VirtualScheduler> {
  const scheduler = await createVirtualScheduler({ plugins: [plugin(cron, timezone)], startAt: `${from}Z` });
  await scheduler.start();
  return scheduler;
}

function ran(scheduler: VirtualScheduler): string[] {
  return scheduler.runs.map(({ scheduledAtMs }) => new Date(scheduledAtMs).toISOString().slice(5, 16));
}

const CHANGES = [
  ['30 2 * * *', YORK, '2026-03-07T12:00', ['03-08T07:00', '03-09T06:30']],
  ['0,30 2 * * *', YORK, '2026-03-07T12:00', ['03-08T07:00', '03-09T06:00']],
  ['*/30 * * * *', YORK, '2026-03-08T06:00', ['03-08T06:30', '03-08T07:00', '03-08T07:30']],
  ['0 */2 * * *', YORK, '2026-03-08T04:00', ['03-08T05:00', '03-08T08:00']],
  ['30 1 * * *', YORK, '2026-11-01T04:00', ['11-01T05:30', '11-02T06:30']],
  ['*/30 1 * * *', YORK, '2026-11-01T04:50', ['11-01T05:00', '11-01T05:30', '11-01T06:00', '11-01T06:30']],
  ['0,30 1 * * *', YORK, '2026-11-01T04:50', ['11-01T05:00', '11-01T05:30', '11-02T06:00']],
  ['0 1-3 * * *', YORK, '2026-11-01T04:50', ['11-01T05:00', '11-01T07:00', '11-01T08:00']],
  ['0 0 * * *', 'America/Havana', '2026-10-31T12:00', ['11-01T04:00', '11-02T05:00']],
  ['0 * * * *', 'Australia/Lord_Howe', '2026-04-04T13:00', ['04-04T14:00', '04-04T15:30', '04-04T16:30']],
] as const;

describe('a change of the clock', () => {
  test.each(CHANGES)('%s in %s from %s', async (cron, zone, from, expected) => {
    const scheduler = await started(cron, zone, from);
    await scheduler.advance('2d');
    expect(ran(scheduler).slice(0, expected.length)).toEqual(expected);
    expect(scheduler.runs.every(({ lateness }) => lateness.totalMs === 0)).toBe(true);
  });

  test.each(CHANGES)('%s in %s from %s: the same through a crash every hour', async (cron, zone, from) => {
    const undisturbed = await started(cron, zone, from);
    await undisturbed.advance('2d');
    await undisturbed.advance('1m');
    const disturbed = await started(cron, zone, from);
    for (let hour = 0; hour < 48; hour += 1) {
      await disturbed.advance('20m');
      await disturbed.crash();
      await disturbed.restart({ after: '40m' });
    }
    await disturbed.advance('1m');
    expect(ran(disturbed)).toEqual(ran(undisturbed));
  });

  test('a process that was down over a change makes up for what the calendar had', async () => {
    const scheduler = await started('30 1 * * *', YORK, '2026-10-31T12:00');
    await scheduler.crash();
    await scheduler.restart({ after: '2d' });
    await scheduler.advance('1m');
    expect(ran(scheduler)).toEqual(['11-01T05:30', '11-02T06:30']);
    expect(scheduler.runs.every(({ isCatchup }) => isCatchup)).toBe(true);
  });
});
