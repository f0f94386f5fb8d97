/** What plugins require of the scheduler and of each other, in virtual time. */
import { describe, expect, test } from 'vitest';
import { definePlugin, type PluginCapabilities, PluginsRefusedError } from '../../src/index.ts';
import { createVirtualScheduler, type VirtualSchedulerOptions } from '../../src/testing/index.ts';

function plugin(name: string, capabilities?: PluginCapabilities) {
  return definePlugin({ name, ...(capabilities && { capabilities }), schedules: () => [], run: () => {} });
}

async function refusals(options: VirtualSchedulerOptions): Promise<readonly string[]> {
  const scheduler = await createVirtualScheduler(options);
  const error = await scheduler.start().then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error === null) await scheduler.stop();
  return error instanceof PluginsRefusedError ? error.errors.map(({ message }) => message) : [];
}

describe('a required capability', () => {
  test('is found in the scheduler and in other plugins, in any order', async () => {
    const plugins = [
      plugin('report', { requires: ['scheduled', 'host.mail', 'locking', 'rates.daily'] }),
      plugin('rates', { provides: ['rates.daily'] }),
    ];
    const hostFunctions = { mail: async () => null };
    expect(await refusals({ plugins, hostFunctions, locking: true })).toEqual([]);
  });

  test('that is missing refuses the plugin with a sentence', async () => {
    const plugins = [
      plugin('report', { requires: ['host.mail', 'locking', 'rates.dayly'] }),
      plugin('rates', { provides: ['rates.daily'] }),
    ];
    expect((await refusals({ plugins })).join('\n').split('\n')).toEqual([
      'Plugin "report" requires the capability "host.mail", which needs a function "mail" in the option "hostFunctions".',
      'Plugin "report" requires the capability "locking", which needs a lock backend (option "locking") or a store that nodes share.',
      'Plugin "report" requires the capability "rates.dayly", which nothing provides: did you mean "rates.daily".',
    ]);
  });

  test('may be a function that every plugin has', async () => {
    const plugins = [plugin('report', { requires: ['host.kv', 'host.fetch', 'host.metric'] })];
    expect(await refusals({ plugins })).toEqual([]);
    const scheduler = await createVirtualScheduler({ plugins });
    await scheduler.start();
    expect(await scheduler.manifest()).toMatchObject({ plugins: [{ missing: [] }] });
    await scheduler.stop();
  });

  test('has the name of the whole function', async () => {
    expect(await refusals({ plugins: [plugin('report', { requires: ['host.kv.get'] })] })).toEqual([
      'Plugin "report" requires the capability "host.kv.get", which is part of "host.kv".',
    ]);
  });

  test('is not provided by a plugin that is refused itself', async () => {
    const plugins = [
      plugin('summary', { requires: ['report.daily'] }),
      plugin('report', { provides: ['report.daily'], requires: ['rates.daily'] }),
    ];
    const messages = await refusals({ plugins });
    expect(messages.map((message) => message.slice(0, 48))).toEqual([
      'Plugin "report" requires the capability "rates.d',
      'Plugin "summary" requires the capability "report',
    ]);
  });

  test.each<[PluginCapabilities, string]>([
    [{ provides: ['locking'] }, 'it must be a name other than "locking" and "host.…", which only a scheduler provides'],
    [{ provides: ['host.mail'] }, 'it must be a name other than "locking"'],
    [{ requires: ['two words'] }, 'it must be a letter, followed by up to 127 characters without spaces'],
    [{ needs: [] } as PluginCapabilities, 'field capabilities.needs is unknown: the fields are provides, requires'],
  ])('must have a name that can be: %j', async (capabilities, problem) => {
    expect((await refusals({ plugins: [plugin('report', capabilities)] })).join('\n')).toContain(problem);
  });
});

describe('the manifest', () => {
  test('says what is installed and what it may do', async () => {
    const report = definePlugin({
      name: 'report',
      version: '1.0.3',
      description: 'The report of the day',
      capabilities: { provides: ['report.daily'] },
      schedules: () => [
        { id: 'nightly', cron: '30 2 * * *', description: 'All of it', budget: { wallMs: 5_000 } },
        { id: 'hourly', cron: '@hourly', enabled: false, locking: 'node-local' },
      ],
      run: () => {},
    });
    const scheduler = await createVirtualScheduler({
      plugins: [
        { plugin: report, tenantId: 'acme', timezone: 'Europe/Paris', budget: { graceMs: 50 }, maxConcurrent: 3 },
      ],
      hostFunctions: { mail: async () => null },
    });
    await scheduler.start();
    const rest = { fuel: 100_000_000_000, cpuMs: Number.POSITIVE_INFINITY, heapMb: 512, graceMs: 50 };
    expect(await scheduler.manifest()).toEqual({
      provides: ['host.kv', 'host.fetch', 'host.metric', 'host.mail'],
      plugins: [
        {
          name: 'report',
          version: '1.0.3',
          description: 'The report of the day',
          module: 'plugins[0]',
          tenantId: 'acme',
          isolation: 'thread',
          priority: 1_000,
          provides: ['scheduled', 'report.daily'],
          requires: [],
          missing: [],
          budget: { wallMs: 300_000, ...rest },
          maxConcurrent: 3,
          schedules: [
            {
              id: 'nightly',
              key: 'report@acme/nightly',
              description: 'All of it',
              cron: '30 2 * * *',
              timezone: 'Europe/Paris',
              missedRunPolicy: 'run-once',
              locking: 'require-global',
              enabled: true,
              budget: { wallMs: 5_000, ...rest },
            },
            {
              id: 'hourly',
              key: 'report@acme/hourly',
              cron: '@hourly',
              timezone: 'Europe/Paris',
              missedRunPolicy: 'run-once',
              locking: 'node-local',
              enabled: false,
              budget: { wallMs: 300_000, ...rest },
            },
          ],
        },
      ],
    });
    await scheduler.stop();
  });

  test('refuses what a plugin says of itself wrongly', async () => {
    const wrong = { version: 2, description: 'x'.repeat(4_097) } as unknown as { version: string };
    const plugins = [definePlugin({ name: 'report', schedules: () => [], run: () => {}, ...wrong })];
    const [message = ''] = await refusals({ plugins });
    expect(message).toContain('Plugin "report": version 2 is invalid: it must be a string of up to 128 characters.');
    expect(message).toContain('it must be a string of up to 4,096 characters.');
  });
});
