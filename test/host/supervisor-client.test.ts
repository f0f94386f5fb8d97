import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { memoryStore, type RunRecord, type SchedulerWarning, sqliteStore } from '../../src/index.ts';
import { fixture, nextRun, startScheduler, temporaryFolder } from '../support/scheduler-harness.ts';

describe('SupervisorClient', () => {
  test('keeps as many records in its replica as the memory store does', async () => {
    const plugins = [{ module: fixture('plugins/beats.ts'), options: { ids: ['only'], cron: '9000w' } }];
    const spawned = once(process, 'worker');
    const scheduler = await startScheduler({ plugins, store: memoryStore({ maxRecords: 2 }) });
    const [thread] = (await spawned) as [Worker];
    const ran: RunRecord[] = [];
    for (let count = 0; count < 4; count++) {
      const run = nextRun(scheduler);
      await scheduler.trigger('beats/only');
      ran.push(await run);
    }
    const restarted = once(scheduler, 'warning');
    await thread.terminate();
    expect(await restarted).toMatchObject([{ code: 'supervisor-restarted' }]);
    // The next supervisor thread knows what the replica has kept.
    const known = await scheduler.history({ limit: 10 });
    expect(known.map(({ runId }) => runId)).toEqual([ran[3]?.runId, ran[2]?.runId]);
  });

  test('keeps a plugin whose provider has gone, in the next supervisor thread too', async () => {
    const folder = temporaryFolder();
    const log = join(folder, 'log');
    const [rates, report] = await Promise.all([
      written(folder, 'rates', `{ provides: ['rates.daily'] }`),
      written(folder, 'report', `{ requires: ['rates.daily'] }`),
    ]);
    const spawned = once(process, 'worker');
    const scheduler = await startScheduler({ plugins: [rates, report], logger: { destination: log } });
    const [thread] = (await spawned) as [Worker];
    await scheduler.uninstall('rates', { force: true });
    const ended = once(scheduler, 'warning');
    await thread.terminate();
    expect(await ended).toMatchObject([{ code: 'supervisor-restarted' }]);
    const { plugins } = await scheduler.manifest();
    expect(plugins).toMatchObject([{ name: 'report', missing: ['rates.daily'] }]);
    // A plugin that comes now is held to what it requires.
    const summary = await written(folder, 'summary', `{ requires: ['rates.daily'] }`);
    await expect(scheduler.install(summary)).rejects.toThrow('requires the capability "rates.daily"');
    await scheduler.stop();
    const line = (await readFile(log, 'utf8')).split('\n').find((text) => text.includes('goes on without'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ level: 40, plugin: 'report', missing: ['rates.daily'] });
  });

  test('goes on without a plugin whose module no longer loads, and tries it again in the next thread', async () => {
    const folder = temporaryFolder();
    const [rates, report] = await Promise.all([written(folder, 'rates', '{}'), written(folder, 'report', '{}')]);
    const spawned = once(process, 'worker');
    const scheduler = await startScheduler({ plugins: [rates, report], onPluginError: 'throw' });
    const [thread] = (await spawned) as [Worker];
    const warnings: SchedulerWarning[] = [];
    scheduler.on('warning', (warning) => warnings.push(warning));
    const restarted = async (supervisor: Worker): Promise<Worker> => {
      const count = warnings.filter(isRestart).length;
      const next = once(process, 'worker');
      await supervisor.terminate();
      while (warnings.filter(isRestart).length === count) await once(scheduler, 'warning');
      const [worker] = (await next) as [Worker];
      return worker;
    };
    const names = async () => (await scheduler.manifest()).plugins.map(({ name }) => name).sort();
    const lost = { module: expect.stringContaining('rates.mjs'), error: { name: 'PluginLoadError' } };

    await writeFile(rates, 'this is not a module');
    const second = await restarted(thread);
    expect(warnings.map(({ code }) => code)).toEqual(['plugin-lost', 'supervisor-restarted']);
    expect(warnings[0]).toMatchObject({ message: lost.module, error: lost.error });
    expect(await names()).toEqual(['report']);
    expect(scheduler.refusedPlugins).toMatchObject([lost]);
    expect((await scheduler.stats()).plugins.refused).toMatchObject([lost]);

    const third = await restarted(second);
    expect(scheduler.refusedPlugins).toMatchObject([lost]);

    await written(folder, 'rates', '{}');
    warnings.length = 0;
    await restarted(third);
    expect(warnings.map(({ code }) => code)).toEqual(['supervisor-restarted']);
    expect(await names()).toEqual(['rates', 'report']);
    expect(scheduler.refusedPlugins).toEqual([]);
  });

  test('uninstalls a plugin that was lost, with its schedules, also after the next thread', async () => {
    const folder = temporaryFolder();
    const schedules = "() => [{ id: 'only', cron: '1h' }]";
    const rates = await written(folder, 'rates', '{}', schedules);
    const report = await written(folder, 'report', '{}', schedules);
    const spawned = once(process, 'worker');
    const store = sqliteStore({ path: join(folder, 'store.db') });
    const scheduler = await startScheduler({ plugins: [rates, { module: rates, tenantId: 'a' }, report], store });
    const [thread] = (await spawned) as [Worker];
    const replaced = async (supervisor: Worker): Promise<Worker> => {
      const restarted = new Promise<void>((resolve) => {
        scheduler.on('warning', (warning) => void (isRestart(warning) && resolve()));
      });
      const next = once(process, 'worker');
      await supervisor.terminate();
      await restarted;
      return ((await next) as [Worker])[0];
    };
    const names = async () => (await scheduler.manifest()).plugins.map(({ name }) => name);

    await scheduler.pause('rates/only');
    await writeFile(rates, 'this is not a module');
    const second = await replaced(thread);
    await expect(scheduler.uninstall('rate')).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_UNKNOWN_PLUGIN' });
    await scheduler.uninstall('rates');
    await expect(scheduler.uninstall('rates')).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_UNKNOWN_PLUGIN' });

    await written(folder, 'rates', '{}', schedules);
    await replaced(second);
    expect(await names()).toEqual(['report']);
    expect(scheduler.refusedPlugins).toEqual([]);
    // It begins anew: nothing of what it was is known.
    await scheduler.install(rates);
    expect(await scheduler.schedules()).toContainEqual(expect.objectContaining({ key: 'rates/only', state: 'idle' }));
  });
});

function isRestart({ code }: SchedulerWarning): boolean {
  return code === 'supervisor-restarted';
}

async function written(folder: string, name: string, capabilities: string, schedules = '() => []'): Promise<string> {
  const file = join(folder, `${name}.mjs`);
  const members = `name: '${name}', capabilities: ${capabilities}, schedules: ${schedules}, run: () => {}`;
  await writeFile(file, `export default { ${members} };`);
  return file;
}
