/**
 * What a schedule does when the clock was wrong, and what `explain()` says about it: ten instants of each story. The day
 * is Thursday, 2026-03-05.
 */
import { describe, expect, test } from 'vitest';
import type { Schedule } from '../../src/plugin.ts';
import { createVirtualScheduler, type VirtualScheduler } from '../../src/testing/index.ts';
import { runLine } from './history-lines.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEARS_72 = 72 * 365.25 * 24 * HOUR;

const at = (time: string): number => Date.parse(`2026-03-${time.includes('T') ? time : `05T${time}`}Z`);

async function started(schedule: Partial<Schedule>, from: string): Promise<VirtualScheduler> {
  const plugin = { name: 'p', schedules: () => [{ id: 's', cron: '0 * * * *', ...schedule }], run: () => {} };
  const scheduler = await createVirtualScheduler({ plugins: [plugin], startAt: at(from) });
  await scheduler.start();
  return scheduler;
}

async function advanceTo(scheduler: VirtualScheduler, time: string): Promise<void> {
  await scheduler.advance(at(time) - scheduler.now);
}

/** The verdict about an instant, and whether the change of the clock or of the position is said. */
async function said(scheduler: VirtualScheduler, instant: number | string): Promise<string> {
  const { verdict, text, position } = await scheduler.explain(
    'p/s',
    typeof instant === 'string' ? at(instant) : instant,
  );
  expect(text).not.toMatch(/undefined|NaN|209\d-.*No scheduler/);
  return position === undefined ? verdict : `${verdict}, ${position.position?.how}`;
}

async function expectExplained(scheduler: VirtualScheduler, rows: readonly (readonly [string | number, string])[]) {
  const answers = [];
  for (const [instant] of rows) answers.push([instant, await said(scheduler, instant)]);
  expect(answers).toEqual(rows);
}

const codes = (scheduler: VirtualScheduler): string[] => scheduler.warnings.map(({ code }) => code);

describe('one boot with the clock 72 years ahead', () => {
  /** Right from 08:50, wrong from 10:20 to 10:30 with a boot of its own, and right again. */
  async function wrongBoot(schedule: Partial<Schedule> = {}): Promise<VirtualScheduler> {
    const scheduler = await started(schedule, '08:50:00');
    await advanceTo(scheduler, '10:10:00');
    await scheduler.stop();
    await scheduler.stepWall(YEARS_72);
    await scheduler.restart({ after: '10m' });
    await scheduler.advance('10m');
    await scheduler.stop();
    await scheduler.stepWall(-YEARS_72);
    await scheduler.restart();
    return scheduler;
  }

  test('goes on as soon as it is right again, with a warning', async () => {
    const scheduler = await wrongBoot();
    await advanceTo(scheduler, '12:30:00');
    expect(scheduler.runs.slice(-2).map(runLine)).toEqual(['11:00 pass 2', '12:00 pass 2']);
    expect(codes(scheduler)).toEqual(['position-ahead']);
    expect(scheduler.warnings[0]).toMatchObject({
      key: 'p/s',
      message: expect.stringMatching(/"p\/s" stood 72.0 years ahead of it.*planned anew from now on/),
    });
  });

  test('is explained', async () => {
    const scheduler = await wrongBoot({ cron: '*/15 * * * *' });
    await advanceTo(scheduler, '12:00:20');
    await scheduler.stop();
    await scheduler.restart({ after: '31m' });
    await scheduler.advance('1m');
    const wrong = scheduler.runs.find(({ scheduledAtMs }) => scheduledAtMs > at('31T00:00:00'))?.scheduledAtMs ?? 0;
    await expectExplained(scheduler, [
      ['08:45:00', 'unknown'],
      ['09:00:00', 'ran'],
      ['10:15:00', 'missed-skipped, anew'],
      ['10:20:00', 'not-due'],
      ['10:30:00', 'missed-skipped, anew'],
      ['10:45:00', 'ran'],
      ['12:00:00', 'ran'],
      ['12:15:00', 'missed-skipped'],
      ['12:30:00', 'ran'],
      ['12:45:00', 'not-yet-due'],
      ['28T10:45:00', 'not-yet-due'],
      [wrong, 'ran, anew'],
    ]);
    const { text } = await scheduler.explain('p/s', at('10:15:00'));
    expect(text).toContain('Z the clock was found 72.0 years behind the schedule');
    expect(text).not.toContain('No scheduler was running');
    expect((await scheduler.explain('p/s', at('12:15:00'))).text).toContain('from 2026-03-05T12:00:20Z until');
  });

  test('that was the first one: the schedule exists since the clock is right', async () => {
    const plugin = { name: 'p', schedules: () => [{ id: 's', cron: '*/15 * * * *' }], run: () => {} };
    const scheduler = await createVirtualScheduler({ plugins: [plugin], startAt: at('10:20:00') + YEARS_72 });
    await scheduler.start();
    await scheduler.advance('10m');
    await scheduler.crash();
    await scheduler.stepWall(-YEARS_72);
    await scheduler.restart();
    await advanceTo(scheduler, '11:01:00');
    expect(scheduler.runs.map(({ pass }) => pass)).toEqual([undefined, 2, 2]);
    expect((await scheduler.schedules())[0]?.createdAtMs).toBe(at('10:30:00'));
    await expectExplained(scheduler, [
      ['10:15:00', 'unknown, anew'],
      ['10:45:00', 'ran'],
      ['10:50:00', 'not-due'],
      ['11:00:00', 'ran'],
      ['11:15:00', 'not-yet-due'],
    ]);
  });

  test('makes up for runs that are lost after it', async () => {
    const scheduler = await wrongBoot();
    const plugin = {
      name: 'p',
      schedules: () => [{ id: 's', cron: '0 * * * *' }],
      run: () => new Promise<void>(() => {}),
    };
    await scheduler.stop();
    await scheduler.restart({ plugins: [plugin] });
    await advanceTo(scheduler, '11:00:10');
    await scheduler.crash();
    await scheduler.restart({ after: '1m', plugins: [{ ...plugin, run: async () => {} }] });
    await scheduler.advance('1m');
    expect(scheduler.runs.slice(-2).map(runLine)).toEqual([
      '11:00 pass 2 lost',
      expect.stringMatching(/^11:00 catch-up pass 2 for run-/),
    ]);
  });

  test('a pause made then is a pause made now, and ends when it is ended', async () => {
    const scheduler = await started({}, '08:50:00');
    await scheduler.stop();
    await scheduler.stepWall(YEARS_72);
    await scheduler.restart();
    await scheduler.advance('90m');
    await scheduler.pause('p/s', 'by the wrong clock');
    await scheduler.stop();
    await scheduler.stepWall(-YEARS_72);
    await scheduler.restart();
    await advanceTo(scheduler, '11:30:00');
    expect(await said(scheduler, '11:00:00')).toBe('paused');
    const ran = scheduler.runs.length;
    await scheduler.resume('p/s');
    await advanceTo(scheduler, '12:30:00');
    expect(scheduler.runs.slice(ran).map(runLine)).toEqual(['12:00 pass 2']);
    expect(scheduler.decisions.filter(({ reason }) => reason === 'paused')).toEqual([]);
  });

  test('a changed expression begins anew', async () => {
    const scheduler = await wrongBoot();
    const plugin = { name: 'p', schedules: () => [{ id: 's', cron: '20 * * * *' }], run: () => {} };
    await scheduler.stop();
    await scheduler.restart({ plugins: [plugin] });
    await advanceTo(scheduler, '11:30:00');
    expect(scheduler.runs.at(-1)?.scheduledAtMs).toBe(at('11:20:00'));
  });

  test('ten thousand schedules are one warning', async () => {
    const schedules = Array.from({ length: 10_000 }, (_, index) => ({ id: `s${index}`, cron: '0 3 * * *' }));
    const plugin = { name: 'p', schedules: () => schedules, run: () => {} };
    const scheduler = await createVirtualScheduler({ plugins: [plugin], startAt: at('10:00:00') + YEARS_72 });
    await scheduler.start();
    await scheduler.stop();
    await scheduler.stepWall(-YEARS_72);
    await scheduler.restart();
    expect(scheduler.warnings).toMatchObject([
      { code: 'position-ahead', message: expect.stringContaining('10000 schedules stood up to 72.0 years ahead') },
    ]);
  });
});

describe('a boot at 1970 before the network says what time it is', () => {
  test.each([
    ['run-once', ['10:50 catch-up']],
    ['skip', []],
    ['run-all', ['10:20 catch-up', '10:30 catch-up', '10:40 catch-up', '10:50 catch-up']],
  ] as const)('misses only what was due since the process ended: %s', async (missedRunPolicy, caughtUp) => {
    const scheduler = await started({ cron: '*/10 * * * *', missedRunPolicy }, '09:55:00');
    await advanceTo(scheduler, '10:15:00');
    await scheduler.stop();
    const wrongByMs = -at('10:52:00');
    await scheduler.advance('37m');
    await scheduler.stepWall(wrongByMs);
    await scheduler.restart();
    await scheduler.advance('30s');
    await scheduler.stepWall(-wrongByMs);
    await scheduler.advance('2m');
    expect(scheduler.runs.slice(2).map(runLine)).toEqual(caughtUp);
    expect(scheduler.decisions.reduce((sum, { count }) => sum + count, 0)).toBe(4 - caughtUp.length);
    expect(codes(scheduler)).toEqual(['position-ahead', 'clock-jumped']);
    await expectExplained(scheduler, [
      ['10:00:00', 'ran'],
      ['10:10:00', 'ran'],
      ['11:00:00', 'not-yet-due'],
    ]);
  });

  test('makes up for the run that the loss of power has ended', async () => {
    const plugin = (run: () => Promise<void>) => ({
      name: 'p',
      schedules: () => [{ id: 's', cron: '*/10 * * * *' }],
      run,
    });
    const scheduler = await createVirtualScheduler({
      plugins: [plugin(() => new Promise(() => {}))],
      startAt: at('09:55:00'),
    });
    await scheduler.start();
    await advanceTo(scheduler, '10:00:10');
    await scheduler.crash();
    const wrongByMs = -at('10:05:00');
    await scheduler.advance('290s');
    await scheduler.stepWall(wrongByMs);
    await scheduler.restart({ plugins: [plugin(async () => {})] });
    await scheduler.advance('10s');
    await scheduler.stepWall(-wrongByMs);
    await scheduler.advance('10s');
    expect(scheduler.runs.map(runLine)).toEqual(['10:00 lost', '10:00 catch-up pass 2 for run-1']);
  });
});

describe('a clock that is set back an hour while the scheduler runs', () => {
  async function setBack(schedule: Partial<Schedule>): Promise<VirtualScheduler> {
    const scheduler = await started(schedule, '09:50:00');
    await advanceTo(scheduler, '11:05:05');
    await scheduler.stepWall(-HOUR);
    return scheduler;
  }

  test('is explained for what has a wildcard', async () => {
    const scheduler = await setBack({ cron: '*/10 * * * * *' });
    await advanceTo(scheduler, '10:30:05');
    await scheduler.stop();
    await scheduler.restart({ after: '5m' });
    await advanceTo(scheduler, '10:50:05');
    await expectExplained(scheduler, [
      ['09:49:50', 'unknown'],
      ['09:55:00', 'ran'],
      ['10:00:00', 'ran'],
      ['10:05:00', 'ran'],
      ['10:05:10', 'ran, repeated'],
      ['10:20:00', 'ran, repeated'],
      ['10:20:01', 'not-due'],
      ['10:32:00', 'ran, repeated'],
      ['10:50:00', 'ran, repeated'],
      ['11:00:00', 'ran, repeated'],
      ['11:05:10', 'not-yet-due'],
    ]);
    const { text, runs } = await scheduler.explain('p/s', at('10:20:00'));
    expect(runs.map(({ pass }) => pass)).toEqual([2, undefined]);
    expect(text).toContain('The clock was set back by 1 h 0 min at 2026-03-05T10:05:0');
    expect(text).toContain('what is due until 2026-03-05T11:05:00Z comes again, as pass 2');
    expect((await scheduler.explain('p/s', at('10:32:00'))).runs.map(({ pass }) => pass)).toEqual([undefined]);
  });

  test('counts what ran before as run, also when it is missed the second time', async () => {
    const scheduler = await setBack({ cron: '*/10 * * * *', missedRunPolicy: 'run-all' });
    await scheduler.stop();
    await scheduler.restart({ after: '50m' });
    await advanceTo(scheduler, '11:15:00');
    expect(scheduler.runs.slice(-3).map(runLine)).toEqual(['11:00', '11:00 pass 2', '11:10']);
    expect(scheduler.decisions).toEqual([]);
  });

  test('is explained for fixed times', async () => {
    const scheduler = await setBack({ cron: '0,30 9-23 * * *' });
    await advanceTo(scheduler, '10:40:00');
    expect(scheduler.runs.map(runLine)).toEqual(['10:00', '10:30', '11:00']);
    await advanceTo(scheduler, '12:05:00');
    expect(scheduler.runs.map(runLine)).toEqual(['10:00', '10:30', '11:00', '11:30', '12:00']);
    await expectExplained(scheduler, [
      ['09:30:00', 'unknown'],
      ['10:00:00', 'ran'],
      ['10:15:00', 'not-due'],
      ['10:30:00', 'ran, kept'],
      ['10:45:00', 'not-due'],
      ['11:00:00', 'ran, kept'],
      ['11:30:00', 'ran'],
      ['12:00:00', 'ran'],
      ['12:30:00', 'not-yet-due'],
      ['13:00:00', 'not-yet-due'],
    ]);
    const { text } = await scheduler.explain('p/s', at('10:30:00'));
    expect(text).toContain('a fixed time does not repeat, and the schedule goes on after 2026-03-05T11:00:00Z');
  });
});

describe('a clock that is set ahead an hour while the scheduler runs', () => {
  test('is explained', async () => {
    const scheduler = await started({ cron: '*/15 * * * *', missedRunPolicy: 'skip' }, '09:50:00');
    await advanceTo(scheduler, '10:05:00');
    await scheduler.stepWall(HOUR);
    await advanceTo(scheduler, '11:31:00');
    await expectExplained(scheduler, [
      ['09:45:00', 'unknown'],
      ['10:00:00', 'ran'],
      ['10:10:00', 'not-due'],
      ['10:15:00', 'missed-skipped, kept'],
      ['10:30:00', 'missed-skipped, kept'],
      ['10:45:00', 'missed-skipped, kept'],
      ['11:00:00', 'missed-skipped, kept'],
      ['11:15:00', 'ran'],
      ['11:30:00', 'ran'],
      ['11:45:00', 'not-yet-due'],
    ]);
    const { text, downTime } = await scheduler.explain('p/s', at('10:30:00'));
    expect(text).toContain('The clock was set ahead by 1 h 0 min at 2026-03-05T11:05:0');
    expect(downTime).toBeUndefined();
  });
});

describe('a schedule that an operator moves', () => {
  test('ahead: what is passed over does not run, and a clock that is set leaves it there', async () => {
    const scheduler = await started({}, '09:50:00');
    await advanceTo(scheduler, '10:05:00');
    await scheduler.setPosition('p/s', at('13:00:00'));
    await advanceTo(scheduler, '11:05:00');
    await scheduler.stepWall(-30 * MINUTE);
    await scheduler.advance('1m');
    await scheduler.stop();
    await scheduler.restart();
    await advanceTo(scheduler, '14:05:00');
    expect(scheduler.runs.map(runLine)).toEqual(['10:00', '14:00']);
    expect(scheduler.decisions).toEqual([]);
    expect(codes(scheduler)).toEqual(['clock-jumped']);
    await expectExplained(scheduler, [
      ['09:00:00', 'unknown'],
      ['10:00:00', 'ran'],
      ['10:30:00', 'not-due'],
      ['11:00:00', 'passed-over, placed'],
      ['12:00:00', 'passed-over, placed'],
      ['13:00:00', 'passed-over, placed'],
      ['14:00:00', 'ran'],
      ['15:00:00', 'not-yet-due'],
    ]);
    const { text } = await scheduler.explain('p/s', at('12:00:00'));
    expect(text).toContain(
      'An operator moved the schedule from 2026-03-05T10:00:00Z to 2026-03-05T13:00:00Z at 2026-03-05T10:05:00Z.',
    );
  });

  test.each([
    ['run-all', ['11:00 catch-up pass 2', '12:00 catch-up pass 2']],
    ['run-once', ['12:00 catch-up pass 2']],
    ['skip', []],
  ] as const)('back: what is due again runs as the policy says (%s)', async (missedRunPolicy, again) => {
    const scheduler = await started({ missedRunPolicy }, '09:50:00');
    await advanceTo(scheduler, '12:05:00');
    await scheduler.setPosition('p/s', '2026-03-05T10:00:00Z');
    await advanceTo(scheduler, '13:05:00');
    expect(scheduler.runs.map(runLine)).toEqual(['10:00', '11:00', '12:00', ...again, '13:00']);
    await expectExplained(scheduler, [
      ['10:00:00', 'ran'],
      ['11:00:00', 'ran, placed'],
      ['12:00:00', 'ran, placed'],
      ['12:30:00', 'not-due'],
      ['13:00:00', 'ran'],
      ['14:00:00', 'not-yet-due'],
    ]);
  });

  test('back, and ahead again, and while a run is under way', async () => {
    const plugin = { name: 'p', schedules: () => [{ id: 's', cron: '0 * * * *' }], run: () => {} };
    const scheduler = await createVirtualScheduler({
      plugins: [plugin],
      startAt: at('09:50:00'),
      runMs: 10 * MINUTE,
      budget: { wallMs: HOUR },
    });
    await scheduler.start();
    await advanceTo(scheduler, '10:05:00');
    await scheduler.setPosition('p/s', at('09:30:00'));
    await advanceTo(scheduler, '10:30:00');
    expect(scheduler.runs.map(runLine)).toEqual(['10:00', '10:00 catch-up pass 2']);
    await scheduler.setPosition('p/s', at('11:00:00'));
    await advanceTo(scheduler, '12:30:00');
    expect(scheduler.runs.slice(2).map(runLine)).toEqual(['12:00']);
    const [status] = await scheduler.schedules();
    expect(status).toMatchObject({ dueCount: 3, outcomes: { succeeded: 3 } });
  });

  test('refuses a schedule that is unknown, and an instant that is none', async () => {
    const scheduler = await started({}, '09:50:00');
    await expect(scheduler.setPosition('p/other', 0)).rejects.toMatchObject({ name: 'UnknownScheduleError' });
    await expect(scheduler.setPosition('p/s', 'yesterday')).rejects.toMatchObject({ name: 'InvalidOptionError' });
  });
});

test('a backlog goes on when the clock is set back while one of its runs executes', async () => {
  const schedule: Schedule = { id: 's', cron: '*/5 * * * *', missedRunPolicy: 'run-all' };
  const plugin = { name: 'p', schedules: () => [schedule], run: () => {} };
  const scheduler = await createVirtualScheduler({ plugins: [plugin], startAt: at('00:00:00'), runMs: () => 60_000 });
  await scheduler.start();
  await scheduler.stop();
  await scheduler.restart({ after: 8 * HOUR });
  await scheduler.advance('5s');
  expect(scheduler.runs).toEqual([]);

  await scheduler.stepWall(-4 * HOUR);
  await scheduler.advance('5m');

  expect(scheduler.runs.map(({ scheduledAtMs }) => new Date(scheduledAtMs).toISOString().slice(11, 16))).toEqual([
    ...['00:05', '00:10', '00:15', '00:20', '00:25'],
  ]);
});
