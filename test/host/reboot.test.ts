import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sqliteStore } from '../../src/index.ts';
import { fixture, newScheduler, nextRun, temporaryFolder } from '../support/scheduler-harness.ts';

const isReboot = ({ scheduleId }: { readonly scheduleId: string }): boolean => scheduleId === 'once';

describe('@reboot on real threads', () => {
  test('runs once after each start of a scheduler whose store is on disk', { timeout: 60_000 }, async () => {
    const store = sqliteStore({ path: join(temporaryFolder(), 'store.db') });
    const plugins = [{ module: fixture('plugins/beats.ts'), options: { ids: ['once'], cron: '@reboot' } }];
    for (const start of [1, 2, 3]) {
      const scheduler = await newScheduler({ plugins, store });
      const ran = nextRun(scheduler, isReboot);
      await scheduler.start();
      expect(await ran).toMatchObject({ trigger: 'clock', outcome: 'succeeded' });
      const [status] = await scheduler.schedules();
      expect(status).toMatchObject({ dueCount: start, nextOccurrenceAtMs: null });
      await scheduler.stop();
    }
  });

  test('does not run again when the supervisor thread is replaced', { timeout: 60_000 }, async () => {
    const scheduler = await newScheduler({
      plugins: [
        { module: fixture('plugins/beats.ts'), options: { ids: ['once'], cron: '@reboot' } },
        { module: fixture('plugins/beats.ts'), tenantId: 'other', options: { ids: ['doom'], cron: '1w' } },
      ],
      locking: {
        module: fixture('backends/doomed-locking.ts'),
        options: { way: 'exit', deaths: 1, counterFile: join(temporaryFolder(), 'deaths') },
      },
    });
    const restarted = new Promise<void>((resolve) => {
      scheduler.on('warning', ({ code }) => void (code === 'supervisor-restarted' && resolve()));
    });
    const ran = nextRun(scheduler, isReboot);
    await scheduler.start();
    await ran;
    // It asks for the lock that ends the thread, perhaps before it can answer.
    await scheduler.trigger('beats@other/doom').catch((error: unknown) => expect(error).toBeInstanceOf(Error));
    await restarted;
    const ranAfterwards = nextRun(scheduler, ({ scheduleId }) => scheduleId === 'doom');
    await scheduler.trigger('beats@other/doom');
    await ranAfterwards;
    const runs = await scheduler.history({ key: 'beats/once' });
    expect(runs).toHaveLength(1);
  });

  test('runs although the supervisor thread died when it asked for the lock of the run', {
    timeout: 60_000,
  }, async () => {
    const scheduler = await newScheduler({
      plugins: [{ module: fixture('plugins/beats.ts'), options: { ids: ['doom'], cron: '@reboot' } }],
      store: sqliteStore({ path: join(temporaryFolder(), 'store.db') }),
      locking: {
        module: fixture('backends/doomed-locking.ts'),
        options: { way: 'exit', deaths: 1, counterFile: join(temporaryFolder(), 'deaths') },
      },
    });
    const ran = nextRun(scheduler, ({ scheduleId }) => scheduleId === 'doom');
    const restarted = new Promise<void>((resolve) => {
      scheduler.on('warning', ({ code }) => void (code === 'supervisor-restarted' && resolve()));
    });
    await scheduler.start();
    await restarted;
    expect(await ran).toMatchObject({ trigger: 'clock', outcome: 'succeeded' });
    expect(await scheduler.history({ key: 'beats/doom' })).toHaveLength(1);
  });
});
