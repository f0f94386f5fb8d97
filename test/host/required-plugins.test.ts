/** What becomes of plugins that others require: they stay, and go on providing what is required. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PluginRequiredError } from '../../src/index.ts';
import { startScheduler, temporaryFolder } from '../support/scheduler-harness.ts';

const PROVIDER = `{ provides: ['rates.daily', 'rates.hourly'] }`;
const REQUIRER = `{ requires: ['rates.daily'] }`;

async function written(folder: string, name: string, capabilities: string): Promise<string> {
  const file = join(folder, `${name}.mjs`);
  const members = `name: '${name}', capabilities: ${capabilities}, schedules: () => [], run: () => {}`;
  await writeFile(file, `export default { ${members} };`);
  return file;
}

describe('a plugin that others require', { timeout: 30_000 }, () => {
  test('is not uninstalled, unless that is forced', async () => {
    const folder = temporaryFolder();
    const report = await written(folder, 'report', REQUIRER);
    const scheduler = await startScheduler({
      plugins: [
        await written(folder, 'rates', PROVIDER),
        { module: report, tenantId: 'acme', siteId: 'north' },
        { module: report, tenantId: 'umbrella' },
      ],
    });

    const error = await scheduler.uninstall('rates').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PluginRequiredError);
    expect(error).toMatchObject({
      plugin: 'rates',
      capabilities: ['rates.daily'],
      requiredBy: ['report@acme:north', 'report@umbrella'],
      message:
        'Plugin "rates" cannot be uninstalled, because its capability "rates.daily" is required by ' +
        '"report@acme:north", "report@umbrella": uninstall what requires it first, or pass { force: true }.',
    });
    expect((await scheduler.manifest()).plugins.map(({ missing }) => missing)).toEqual([[], [], []]);

    await scheduler.uninstall('rates', { force: true });
    const { plugins } = await scheduler.manifest();
    expect(plugins.map(({ name, missing }) => [name, missing])).toEqual([
      ['report', ['rates.daily']],
      ['report', ['rates.daily']],
    ]);
  });

  test('is uninstalled while another one provides the same, and after those that require it', async () => {
    const folder = temporaryFolder();
    const plugins = [
      await written(folder, 'rates', PROVIDER),
      await written(folder, 'bank', PROVIDER),
      await written(folder, 'report', REQUIRER),
    ];
    const scheduler = await startScheduler({ plugins });

    await scheduler.uninstall('rates');
    await expect(scheduler.uninstall('bank')).rejects.toBeInstanceOf(PluginRequiredError);
    await scheduler.uninstall('report');
    await scheduler.uninstall('bank');
    expect((await scheduler.manifest()).plugins).toEqual([]);
  });

  test('goes on in its old version when the new one does not provide it any more', async () => {
    const folder = temporaryFolder();
    const plugins = [await written(folder, 'rates', PROVIDER), await written(folder, 'report', REQUIRER)];
    const scheduler = await startScheduler({ plugins });
    const provided = async () => (await scheduler.manifest()).plugins.find(({ name }) => name === 'rates')?.provides;

    await written(folder, 'rates', `{ provides: ['rates.hourly'] }`);
    await expect(scheduler.reload('rates')).rejects.toMatchObject({
      name: 'InvalidPluginError',
      problems: ['Plugin "rates" no longer provides the capability "rates.daily", which is required by "report".'],
    });
    expect(await provided()).toEqual(['scheduled', 'rates.daily', 'rates.hourly']);

    // What nobody requires may go.
    await written(folder, 'rates', `{ provides: ['rates.daily'] }`);
    await scheduler.reload('rates');
    expect(await provided()).toEqual(['scheduled', 'rates.daily']);
  });

  test.each([[{ force: 1 }], [{ forced: true }]])('refuses the options %j', async (options) => {
    const scheduler = await startScheduler({});
    await expect(scheduler.uninstall('rates', options as never)).rejects.toMatchObject({ name: 'InvalidOptionError' });
  });
});
