import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { memoryStore, type RunRecord, type SchedulerWarning } from '../../src/index.ts';
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
});

function isRestart({ code }: SchedulerWarning): boolean {
  return code === 'supervisor-restarted';
}

async function written(folder: string, name: string, capabilities: string): Promise<string> {
  const file = join(folder, `${name}.mjs`);
  const members = `name: '${name}', capabilities: ${capabilities}, schedules: () => [], run: () => {}`;
  await writeFile(file, `export default { ${members} };`);
  return file;
}
