/** One plugin that is installed for several tenants, in virtual time. */
import { describe, expect, test } from 'vitest';
import { definePlugin, type RunRecord, type Schedule } from '../../src/index.ts';
import { createVirtualScheduler, type VirtualScheduler } from '../../src/testing/index.ts';

/** The options say how many schedules it has; all of them are due at every full minute. */
const jobs = definePlugin(({ options }) => ({
  name: 'jobs',
  schedules: () =>
    Array.from({ length: Number(options ?? 1) }, (_, index) => ({ id: `job-${index}`, cron: '* * * * *' })),
  run: () => {},
}));

const FLOOD = { plugin: jobs, tenantId: 'flood' };
const OTHERS = Array.from({ length: 16 }, (_, index) => ({ plugin: jobs, tenantId: `tenant-${index}` }));

function runsOf(scheduler: VirtualScheduler, isWanted: (tenantId: string) => boolean): RunRecord[] {
  return scheduler.runs.filter(({ tenantId }) => isWanted(tenantId ?? ''));
}

describe('a tenant that floods', () => {
  test('delays each other tenant by its turn at most', async () => {
    const scheduler = await createVirtualScheduler({
      plugins: [{ ...FLOOD, options: 1_000 }, ...OTHERS],
      threads: 2,
      runMs: 10,
    });
    await scheduler.start();
    await scheduler.advance('61s');

    const lateness = runsOf(scheduler, (tenant) => tenant !== 'flood').map(({ lateness: { totalMs } }) => totalMs);
    expect(lateness).toHaveLength(16);
    // Seventeen tenants have their first turns on two threads.
    expect(Math.max(...lateness)).toBeLessThanOrEqual((17 / 2) * 10);
    await scheduler.advance('10s');
    expect(runsOf(scheduler, (tenant) => tenant === 'flood')).toHaveLength(1_000);
    await scheduler.stop();
  });

  test('does not take the room of all in the queue', async () => {
    const scheduler = await createVirtualScheduler({
      plugins: [{ ...FLOOD, options: 100 }, ...OTHERS],
      threads: 2,
      maxQueue: 20,
      runMs: 10,
    });
    await scheduler.start();
    await scheduler.advance('62s');

    expect(runsOf(scheduler, (tenant) => tenant !== 'flood').map(({ outcome }) => outcome)).toEqual(
      OTHERS.map(() => 'succeeded'),
    );
    const { tenants, outcomes } = await scheduler.stats();
    const flood = tenants.find(({ tenantId }) => tenantId === 'flood');
    expect(flood?.outcomes).toEqual({ succeeded: 6, 'pool-full': 94 });
    expect(outcomes).toEqual({ succeeded: 22, 'pool-full': 94 });
    for (const status of await scheduler.schedules()) {
      expect(Object.values(status.outcomes).reduce((sum, count) => sum + count, 0)).toBe(status.dueCount);
    }
    await scheduler.stop();
  });

  test('of missed occurrences is made up for by turns as well', async () => {
    const daily = (count: number, jitterMs: number) =>
      definePlugin({
        name: 'daily',
        schedules: () =>
          Array.from({ length: count }, (_, index) => ({ id: `job-${index}`, cron: '@daily', jitterMs })),
        run: () => {},
      });
    const scheduler = await createVirtualScheduler({
      plugins: [
        { plugin: daily(2_000, 0), tenantId: 'flood' },
        // Its jitter lets it come when all others wait.
        { plugin: daily(1, 1_000), tenantId: 'last' },
      ],
      startAt: '2026-01-01T12:00:00Z',
      threads: 2,
      runMs: 10,
    });
    await scheduler.start();
    await scheduler.crash();
    await scheduler.restart({ after: '1d' });
    await scheduler.advance('1m');

    expect(scheduler.runs).toHaveLength(2_001);
    const place = scheduler.runs.findIndex(({ tenantId }) => tenantId === 'last');
    // Those that ran during its jitter, and those that were on their way by then.
    expect(place).toBeLessThan(320);
    await scheduler.stop();
  });
});

/** So many schedules of one installation, all due at once. */
function installed(
  tenantId: string,
  name: string,
  own: { readonly maxConcurrent?: number },
  schedule: Partial<Schedule>,
  count: number,
) {
  const plugin = definePlugin({
    name,
    schedules: () => Array.from({ length: count }, (_, index) => ({ id: `job-${index}`, cron: '@daily', ...schedule })),
    run: () => {},
  });
  return { plugin, tenantId, ...own };
}

function outcomesOf({ runs }: VirtualScheduler, plugin: string): string[] {
  return runs.filter(({ key }) => key.startsWith(`${plugin}@`)).map(({ outcome }) => outcome);
}

describe('runs that wait for the share of their installation', () => {
  test('leave the queue to those of their tenant that could execute', async () => {
    const scheduler = await createVirtualScheduler({
      plugins: [
        installed('acme', 'backlog', { maxConcurrent: 1 }, { cron: '* * * * *' }, 100),
        installed('acme', 'other', {}, { cron: '* * * * *' }, 5),
      ],
      threads: 2,
      maxQueue: 20,
      runMs: 10,
    });
    await scheduler.start();
    await scheduler.advance('61s');

    expect(outcomesOf(scheduler, 'other')).toEqual(Array.from({ length: 5 }, () => 'succeeded'));
    await scheduler.stop();
  });

  test('wait in the queue, and take none of the free threads', async () => {
    const scheduler = await createVirtualScheduler({
      plugins: [installed('acme', 'limited', { maxConcurrent: 1 }, { cron: '* * * * *' }, 5)],
      threads: 2,
      maxQueue: 2,
      runMs: 10,
    });
    await scheduler.start();
    await scheduler.advance('61s');

    const taken = Array.from({ length: 3 }, () => 'succeeded');
    expect(outcomesOf(scheduler, 'limited').toSorted()).toEqual(['pool-full', 'pool-full', ...taken]);
    await scheduler.stop();
  });

  test('are not in the way of what another limited one has missed', async () => {
    const scheduler = await createVirtualScheduler({
      plugins: [
        installed('slow', 'slow', { maxConcurrent: 1 }, { cron: '0 12 * * *', missedRunPolicy: 'skip' }, 400),
        installed('quick', 'quick', { maxConcurrent: 2 }, { cron: '0 0 * * *', jitterMs: 60_000 }, 50),
      ],
      startAt: '2026-01-01T11:00:00Z',
      threads: 4,
      runMs: ({ tenantId }) => (tenantId === 'slow' ? 200_000 : 10),
    });
    await scheduler.start();
    await scheduler.crash();
    await scheduler.restart({ after: 24 * 3_600_000 + 59 * 60_000 + 50_000 });
    await scheduler.advance('2m');

    expect(runsOf(scheduler, (tenant) => tenant === 'quick')).toHaveLength(50);
    await scheduler.stop({ drain: 0 });
  });
});

describe('the options of an installation', () => {
  test('give it a zone, a budget and its own options', async () => {
    const report = definePlugin(({ options }) => ({
      name: 'report',
      schedules: () => [
        { id: 'noon', cron: '0 12 * * *', config: options },
        { id: 'fixed', cron: '0 12 * * *', timezone: 'UTC', budget: { wallMs: 60_000 } },
      ],
      run: () => {},
    }));
    const scheduler = await createVirtualScheduler({
      plugins: [
        { plugin: report, tenantId: 'paris', timezone: 'Europe/Paris', budget: { wallMs: 500 }, options: 'fr' },
        { plugin: report, tenantId: 'tokyo', siteId: 'east', timezone: 'Asia/Tokyo' },
      ],
      runMs: 1_000,
    });
    await scheduler.start();
    await scheduler.advance('1d');

    const ran = scheduler.runs.map(({ key, scheduledAtMs, outcome }) => [
      key,
      new Date(scheduledAtMs).toISOString().slice(11, 16),
      outcome,
    ]);
    expect(ran).toEqual([
      ['report@tokyo:east/noon', '03:00', 'succeeded'],
      ['report@paris/noon', '11:00', 'timed-out'],
      ['report@paris/fixed', '12:00', 'succeeded'],
      ['report@tokyo:east/fixed', '12:00', 'succeeded'],
    ]);
    const { tenants } = await scheduler.stats();
    expect(tenants).toMatchObject([
      { tenantId: 'tokyo', siteId: 'east', outcomes: { succeeded: 2 } },
      { tenantId: 'paris', outcomes: { 'timed-out': 1, succeeded: 1 } },
    ]);
    await scheduler.stop();
  });

  test('keep it within its share of the threads, and others pass it', async () => {
    let most = 0;
    let running = 0;
    const scheduler = await createVirtualScheduler({
      plugins: [
        { ...FLOOD, options: 12, maxConcurrent: 2 },
        { plugin: jobs, tenantId: 'other', options: 4 },
      ],
      threads: 4,
      runMs: 100,
      hostFunctions: {},
    });
    await scheduler.start();
    await scheduler.advance('62s');

    const edges = runsOf(scheduler, (tenant) => tenant === 'flood').flatMap(({ startedAtMs, finishedAtMs }) => [
      { atMs: startedAtMs, step: 1 },
      { atMs: finishedAtMs, step: -1 },
    ]);
    for (const { step } of edges.toSorted((a, b) => a.atMs - b.atMs || a.step - b.step)) {
      running += step;
      most = Math.max(most, running);
    }
    expect([edges.length, most]).toEqual([24, 2]);
    const late = runsOf(scheduler, (tenant) => tenant === 'other').map(({ lateness: { totalMs } }) => totalMs);
    expect(late).toHaveLength(4);
    expect(Math.max(...late)).toBeLessThanOrEqual(100);
    await scheduler.stop();
  });

  test('are refused when they are wrong', async () => {
    const plugins = [{ plugin: jobs, timezone: 'Europe/Parise' }];
    await expect(createVirtualScheduler({ plugins }).then((scheduler) => scheduler.start())).rejects.toThrow(
      /"Europe\/Parise" is unknown/,
    );
  });
});
