/**
 * A process that is killed while a run is claimed or executes: the run is lost, and the policy decides what happens.
 */
import { describe, expect, test } from 'vitest';
import type { MissedRunPolicy, Schedule, ScheduledPlugin } from '../../src/plugin.ts';
import { createVirtualScheduler, type VirtualScheduler } from '../../src/testing/index.ts';
import { audit, auditCounters, occurrencesOf } from '../campaigns/audit.ts';
import { decisionLine, runLine } from './history-lines.ts';

const POLICIES = ['run-once', 'skip', 'run-all'] as const;
const START = '2026-03-05T09:50:00Z';

function plugin(policy: MissedRunPolicy, ...others: readonly Schedule[]): ScheduledPlugin {
  const hourly: Schedule = { id: 's', cron: '0 * * * *', missedRunPolicy: policy };
  return { name: 'p', schedules: () => [hourly, ...others], run: () => {} };
}

/** A scheduler that is killed at 10:00:30, in the middle of a run of a minute. */
async function killedDuringRun(policy: MissedRunPolicy): Promise<VirtualScheduler> {
  const scheduler = await createVirtualScheduler({ plugins: [plugin(policy)], startAt: START, runMs: 60_000 });
  await scheduler.start();
  await scheduler.advance('630s');
  await scheduler.crash();
  expect(scheduler.runs).toEqual([]);
  return scheduler;
}

async function expectAccounted(scheduler: VirtualScheduler): Promise<void> {
  const status = (await scheduler.schedules()).find(({ key }) => key === 'p/s');
  const { cron, timezone, key } = status as NonNullable<typeof status>;
  const occurrences = occurrencesOf(cron, timezone, { fromMs: Date.parse(START), untilMs: scheduler.now });
  expect(audit(scheduler, { key, occurrences })).toEqual([]);
  expect(auditCounters(status as NonNullable<typeof status>, scheduler)).toEqual([]);
}

describe('a crash during a run', () => {
  test('is made up for even if a lock backend still has the claim of the lost run', async () => {
    const options = { plugins: [plugin('run-all')], startAt: START, runMs: 60_000, locking: true };
    const scheduler = await createVirtualScheduler(options);
    await scheduler.start();
    await scheduler.advance('630s');
    await scheduler.crash();
    await scheduler.restart({ after: '10m' });
    await scheduler.advance('5m');
    expect(scheduler.runs.map(runLine)).toEqual(['10:00 lost', '10:00 catch-up for run-1']);
    await expectAccounted(scheduler);
  });

  test('is made up for after a manual run that is in the way', async () => {
    const scheduler = await killedDuringRun('run-once');
    await scheduler.restart({ after: '90m' });
    await scheduler.trigger('p/s');
    await scheduler.advance('20m');
    expect(scheduler.runs.filter(({ trigger }) => trigger !== 'manual').map(runLine)).toEqual([
      '10:00 lost',
      '11:00 catch-up for run-1',
    ]);
    expect(scheduler.decisions).toEqual([]);
    await expectAccounted(scheduler);
  });

  test.each([
    ['run-once', ['10:00 lost', '10:00 catch-up for run-1']],
    ['skip', ['10:00 lost']],
    ['run-all', ['10:00 lost', '10:00 catch-up for run-1']],
  ] as const)('%s, nothing else missed', async (policy, ran) => {
    const scheduler = await killedDuringRun(policy);
    await scheduler.restart({ after: '10m' });
    await scheduler.advance('5m');
    expect(scheduler.runs.map(runLine)).toEqual(ran);
    expect(scheduler.decisions).toEqual([]);
    await expectAccounted(scheduler);
  });

  test.each([
    ['run-once', ['10:00 lost', '12:00 catch-up for run-1'], ['missed-skipped superseded 1']],
    ['skip', ['10:00 lost'], ['missed-skipped policy 2']],
    ['run-all', ['10:00 lost', '10:00 catch-up for run-1', '11:00 catch-up', '12:00 catch-up'], []],
  ] as const)('%s, and two more are missed', async (policy, ran, decided) => {
    const scheduler = await killedDuringRun(policy);
    await scheduler.restart({ after: '125m' });
    await scheduler.advance('10m');
    expect(scheduler.runs.map(runLine)).toEqual(ran);
    expect(scheduler.decisions.map(decisionLine)).toEqual(decided);
    await expectAccounted(scheduler);
  });

  test.each([
    ['run-once', ['10:00 lost', '12:00 for run-1'], ['missed-skipped superseded 1']],
    ['skip', ['10:00 lost', '12:00'], ['missed-skipped policy 1']],
    ['run-all', ['10:00 lost', '10:00 catch-up for run-1', '11:00 catch-up', '12:00 catch-up'], []],
  ] as const)('%s, one more is missed and one is just due', async (policy, ran, decided) => {
    const scheduler = await killedDuringRun(policy);
    await scheduler.restart({ after: '2h' });
    await scheduler.advance('10m');
    expect(scheduler.runs.map(runLine)).toEqual(ran);
    expect(scheduler.decisions.map(decisionLine)).toEqual(decided);
    await expectAccounted(scheduler);
  });

  test.each([
    ['run-once', ['10:00 lost', '10:00 catch-up lost for run-1']],
    ['skip', ['10:00 lost']],
    ['run-all', ['10:00 lost', '10:00 catch-up lost for run-1', '10:00 catch-up for run-2']],
  ] as const)('%s, and the recovery is lost too', async (policy, ran) => {
    const scheduler = await killedDuringRun(policy);
    await scheduler.restart({ after: '5m' });
    await scheduler.advance('30s');
    await scheduler.crash();
    await scheduler.restart({ after: '5m' });
    await scheduler.advance('5m');
    expect(scheduler.runs.map(runLine)).toEqual(ran);
    await expectAccounted(scheduler);
    await scheduler.advance('1h');
    expect(runLine(scheduler.runs.at(-1) as NonNullable<(typeof scheduler.runs)[0]>)).toBe('11:00');
    await expectAccounted(scheduler);
  });

  test.each(POLICIES)('%s: a lost manual run is not made up for', async (policy) => {
    const scheduler = await createVirtualScheduler({ plugins: [plugin(policy)], startAt: START, runMs: 60_000 });
    await scheduler.start();
    await scheduler.advance('1m');
    await scheduler.trigger('p/s');
    await scheduler.advance('30s');
    await scheduler.crash();
    await scheduler.restart({ after: '1m' });
    await scheduler.advance('5m');
    expect(scheduler.runs.map(({ trigger, outcome }) => [trigger, outcome])).toEqual([['manual', 'lost']]);
    await expectAccounted(scheduler);
  });

  test.each(POLICIES)('%s: a changed expression owes nothing', async (policy) => {
    const scheduler = await killedDuringRun(policy);
    const changed: ScheduledPlugin = {
      ...plugin(policy),
      schedules: () => [{ id: 's', cron: '20 * * * *', missedRunPolicy: policy }],
    };
    await scheduler.restart({ after: '10m', plugins: [changed] });
    await scheduler.advance('5m');
    expect(scheduler.runs.map(runLine)).toEqual(['10:00 lost']);
    expect((await scheduler.schedules())[0]).toMatchObject({ dueCount: 1, outcomes: { lost: 1 } });
  });
});

describe.each(['crash', 'stop'] as const)('a %s between the claim and the start', (ending) => {
  /** Another schedule goes first and takes the only thread. */
  async function killedWhileWaiting(policy: MissedRunPolicy): Promise<VirtualScheduler> {
    const scheduler = await createVirtualScheduler({
      plugins: [plugin(policy, { id: 'a', cron: '0 10 * * *', missedRunPolicy: 'skip' })],
      startAt: START,
      threads: 1,
      runMs: 60_000,
    });
    await scheduler.start();
    await scheduler.advance('630s');
    expect((await scheduler.stats()).pool).toMatchObject({ running: 1, queued: 1 });
    await scheduler[ending]();
    return scheduler;
  }

  const outcome = ending === 'crash' ? 'lost' : 'aborted';

  test.each([
    ['run-once', [`10:00 ${outcome}`, '10:00 catch-up for run-2']],
    ['skip', [`10:00 ${outcome}`]],
    ['run-all', [`10:00 ${outcome}`, '10:00 catch-up for run-2']],
  ] as const)('%s', async (policy, ran) => {
    const scheduler = await killedWhileWaiting(policy);
    await scheduler.restart({ after: '10m' });
    await scheduler.advance('5m');
    expect(scheduler.runs.filter(({ key }) => key === 'p/s').map(runLine)).toEqual(ran);
    await expectAccounted(scheduler);
  });
});

describe('a crash with a lock backend that outlives it', () => {
  test('lets the locks of the dead process expire, and makes up for what was missed', async () => {
    const scheduler = await createVirtualScheduler({
      plugins: [plugin('run-all')],
      startAt: START,
      runMs: 60_000,
      locking: true,
    });
    await scheduler.start();
    await scheduler.advance('630s');
    await scheduler.crash();
    await scheduler.restart({ after: '2h' });
    await scheduler.advance('10m');
    await expectAccounted(scheduler);
    expect(scheduler.runs.map(runLine)).toEqual([
      '10:00 lost',
      '10:00 catch-up for run-1',
      '11:00 catch-up',
      '12:00 catch-up',
    ]);
    expect((await scheduler.stats()).locks).toMatchObject({ name: 'memory', held: 0, errors: 0 });
  });
});
