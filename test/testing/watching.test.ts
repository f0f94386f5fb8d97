/** What is told of schedules to those who do not look, in virtual time. */
import { describe, expect, test } from 'vitest';
import type { Schedule, ScheduledPlugin } from '../../src/plugin.ts';
import {
  createVirtualCluster,
  createVirtualScheduler,
  type VirtualCluster,
  type VirtualClusterOptions,
  type VirtualScheduler,
} from '../../src/testing/index.ts';

const START = '2026-03-05T00:00:00Z';
const HOUR = 3_600_000;
const KEY = 'p/s';

/** A plugin whose runs do what `behaviour.now` says. */
function plugin(behaviour: { now: 'succeed' | 'fail' }, own: Partial<Schedule> = {}): ScheduledPlugin {
  return {
    name: 'p',
    schedules: () => [{ id: 's', cron: '0 * * * *', watch: { maxSilenceMs: 2.5 * HOUR }, ...own }],
    run: () => {
      if (behaviour.now === 'fail') throw new Error('no paper');
    },
  };
}

async function running(given: ScheduledPlugin): Promise<VirtualScheduler> {
  const scheduler = await createVirtualScheduler({ plugins: [given], startAt: START });
  await scheduler.start();
  return scheduler;
}

/** What was told, with the hour and minute. */
function told({ notices }: Pick<VirtualScheduler, 'notices'>): string[] {
  return notices.map(({ kind, atMs }) => `${new Date(atMs).toISOString().slice(11, 16)} ${kind}`);
}

async function silentSince(scheduler: VirtualScheduler): Promise<string | undefined> {
  const [status] = await scheduler.schedules();
  const atMs = status?.silentSinceMs;
  return atMs === undefined ? undefined : new Date(atMs).toISOString().slice(11, 16);
}

describe('a watched schedule', () => {
  test('is silent when nothing has succeeded for so long, and is told of once for each change', async () => {
    const behaviour: Parameters<typeof plugin>[0] = { now: 'succeed' };
    const scheduler = await running(plugin(behaviour));
    await scheduler.advance('150m');
    expect(told(scheduler)).toEqual([]);
    behaviour.now = 'fail';
    await scheduler.advance('12h');
    expect(told(scheduler)).toEqual(['03:00 failed', '04:30 silent']);
    expect(await silentSince(scheduler)).toBe('04:30');
    expect(scheduler.warnings.filter(({ code }) => code === 'schedule-silent').map(({ message }) => message)).toEqual([
      'Schedule "p/s" is silent: no run of it has succeeded since 2026-03-05T02:00:00.001Z, and 2 h 30 min is the ' +
        'longest that it may be silent.',
    ]);
    behaviour.now = 'succeed';
    await scheduler.advance('12h');
    expect(told(scheduler)).toEqual(['03:00 failed', '04:30 silent', '15:00 recovered']);
    const [status] = await scheduler.schedules();
    expect(status).toMatchObject({ watch: { maxSilenceMs: 2.5 * HOUR }, lastSuccessAtMs: expect.any(Number) });
    expect(status).not.toHaveProperty('silentSinceMs');
  });

  test('is silent when it never runs at all', async () => {
    const scheduler = await running(plugin({ now: 'succeed' }, { cron: '0 0 1 1 *' }));
    await scheduler.advance('1d');
    expect(told(scheduler)).toEqual(['02:30 silent']);
    await scheduler.trigger(KEY);
    await scheduler.advance(10);
    expect(told(scheduler)).toEqual(['02:30 silent', '00:00 recovered']);
  });

  test('is quiet on purpose while it is paused or disabled', async () => {
    const scheduler = await running(plugin({ now: 'succeed' }));
    await scheduler.advance('1h');
    await scheduler.pause(KEY);
    await scheduler.advance('2d');
    expect(told(scheduler)).toEqual([]);
    await scheduler.resume(KEY);
    await scheduler.advance('2d');
    expect(told(scheduler)).toEqual([]);
    const disabled = await running(plugin({ now: 'succeed' }, { enabled: false }));
    await disabled.advance('2d');
    expect(told(disabled)).toEqual([]);
  });

  test('whose scheduler was down has a chance before it is called silent', async () => {
    const behaviour: Parameters<typeof plugin>[0] = { now: 'succeed' };
    const scheduler = await running(plugin(behaviour, { missedRunPolicy: 'skip' }));
    await scheduler.advance('61m');
    await scheduler.crash();
    await scheduler.restart({ after: '89m' });
    await scheduler.advance('149m');
    expect(told(scheduler)).toEqual([]);
    behaviour.now = 'fail';
    await scheduler.crash();
    await scheduler.restart({ after: '5h' });
    await scheduler.advance('30s');
    expect(told(scheduler)).toEqual([]);
    await scheduler.advance('61m');
    // The first run since the start has failed, and the silence of five hours counts.
    expect(told(scheduler)).toEqual(['10:00 failed', '10:00 silent']);
  });

  test.each([
    ['the machine was suspended', (scheduler: VirtualScheduler) => scheduler.suspend('8h')],
    ['the clock was set ahead', (scheduler: VirtualScheduler) => scheduler.stepWall(8 * HOUR)],
  ])('has a chance after %s, and is silent if it does not take it', async (_what, jump) => {
    const behaviour: Parameters<typeof plugin>[0] = { now: 'succeed' };
    const scheduler = await running(plugin(behaviour));
    await scheduler.advance('270m');
    await jump(scheduler);
    await scheduler.advance('1h');
    expect(told(scheduler)).toEqual([]);
    behaviour.now = 'fail';
    await jump(scheduler);
    await scheduler.advance('6h');
    expect(scheduler.notices.map(({ kind }) => kind)).toEqual(['failed', 'silent']);
  });

  test('is watched by the time that the clock shows after it was set back', async () => {
    const behaviour: Parameters<typeof plugin>[0] = { now: 'succeed' };
    const scheduler = await running(plugin(behaviour));
    await scheduler.advance('4h');
    await scheduler.stepWall(-365 * 24 * HOUR);
    await scheduler.advance('3h');
    behaviour.now = 'fail';
    await scheduler.advance('3h');
    expect(told(scheduler)).toEqual(['08:00 failed', '09:30 silent']);
  });

  test('does not get told of again after a restart, whose state the store has kept', async () => {
    const behaviour: Parameters<typeof plugin>[0] = { now: 'fail' };
    const scheduler = await running(plugin(behaviour));
    await scheduler.advance('3h');
    expect(told(scheduler)).toEqual(['01:00 failed', '02:30 silent']);
    await scheduler.stop();
    await scheduler.restart({ after: '10m' });
    await scheduler.advance('12h');
    expect(scheduler.warnings.filter(({ code }) => code === 'schedule-silent')).toHaveLength(1);
    expect(await silentSince(scheduler)).toBe('02:30');
  });

  test('whose limit a reload changes is judged by the new one', async () => {
    const behaviour: Parameters<typeof plugin>[0] = { now: 'fail' };
    const scheduler = await running(plugin(behaviour, { watch: { maxSilenceMs: 100 * HOUR } }));
    await scheduler.advance('12h');
    await scheduler.stop();
    await scheduler.restart({ plugins: [plugin(behaviour)] });
    await scheduler.advance('61m');
    expect(await silentSince(scheduler)).toBe('13:00');
  });
});

describe('a watched schedule of a cluster', () => {
  async function started(options: VirtualClusterOptions): Promise<VirtualCluster> {
    const cluster = createVirtualCluster({ startAt: START, ...options });
    await cluster.start();
    return cluster;
  }

  test('that falls silent is told of by one node, when they share a store', async () => {
    const behaviour: Parameters<typeof plugin>[0] = { now: 'succeed' };
    const cluster = await started({ plugins: [plugin(behaviour, { cron: '* * * * *' })], backend: 'store' });
    await cluster.advance('10m');
    behaviour.now = 'fail';
    await cluster.advance('4h');
    behaviour.now = 'succeed';
    await cluster.advance('5m');
    const kinds = cluster.notices.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'silent')).toHaveLength(1);
    expect(cluster.warnings.filter(({ code }) => code === 'schedule-silent')).toHaveLength(1);
    // Whoever has told of something says so in the store; here nobody does, so that each node tells of its own runs.
    expect(kinds.filter((kind) => kind === 'failed').length).toBeLessThanOrEqual(3);
    await cluster.stop();
  });

  test('is not called silent by a node whose turn never comes, when each has a store of its own', async () => {
    const cluster = await started({
      plugins: [plugin({ now: 'succeed' }, { cron: '* * * * *', watch: { maxSilenceMs: 5 * 60_000 } })],
      backend: 'locking',
    });
    await cluster.advance('6h');
    expect(new Set(cluster.starts.map(({ node }) => node)).size).toBeGreaterThan(1);
    expect(cluster.notices).toEqual([]);
    await cluster.stop();
  });
});
