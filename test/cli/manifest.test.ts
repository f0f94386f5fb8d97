import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../src/index.ts';
import { CliProcess, cli, fixture } from './cli-process.ts';

describe('escapement manifest', () => {
  test('lists what a configuration file installs, without running it or opening its backends', async () => {
    const { code, stdout, stderr } = await cli('manifest', '--config', fixture('described.config.ts'));
    expect([code, stderr]).toEqual([0, '1 plugin with 1 schedule, 0 plugins refused\n']);
    expect(stdout.split('\n')).toEqual([
      'mailer@acme 2.1.0',
      '  Sends what is due',
      `  module       ${fixture('described-plugin.ts')}`,
      '  provides     scheduled, mail.sent',
      '  requires     host.smtp, locking',
      '  permissions  allowedUrls https://mail.example.com/; maxFetchPerMinute 5',
      '  limits       wallMs 300000; heapMb 512; graceMs 1000; fuel 100000000000; maxConcurrent 2',
      '  mailer@acme/nightly  "@daily"  Europe/Paris  skip  require-global',
      'The scheduler provides locking, host.kv, host.fetch, host.metric, host.smtp.',
      '',
    ]);
  });

  test('prints JSON, and ends with 1 when a capability is missing', async () => {
    const { code, stdout } = await cli('manifest', '--json', fixture('described-plugin.ts'), fixture('no-plugin.ts'));
    expect(code).toBe(1);
    const { plugins, refused } = JSON.parse(stdout) as Manifest & { readonly refused: readonly unknown[] };
    expect(plugins).toMatchObject([
      {
        name: 'mailer',
        version: '2.1.0',
        isolation: 'thread',
        priority: 1_000,
        missing: ['host.smtp', 'locking'],
        budget: { wallMs: 300_000, cpuMs: null },
        schedules: [{ id: 'nightly', key: 'mailer/nightly', locking: 'require-global', enabled: true }],
      },
    ]);
    expect(refused).toMatchObject([{ module: fixture('no-plugin.ts'), code: 'ERR_ESCAPEMENT_PLUGIN_LOAD' }]);
  });

  test('fits into the terminal', async () => {
    const process = new CliProcess(['manifest', '--config', fixture('described.config.ts')], {
      env: { COLUMNS: '60' },
    });
    expect(await process.exitCode()).toBe(0);
    const lines = process.stdout.trimEnd().split('\n');
    expect(lines.filter((line) => line.length > 60 && !line.includes('module'))).toEqual([]);
    expect(lines).toContain('  permissions  allowedUrls https://mail.example.com/;');
    expect(lines).toContain('               maxFetchPerMinute 5');
    expect(lines).toContain('  mailer@acme/nightly  "@daily"  Europe/Paris  skip');
  });

  test('says what is missing', async () => {
    const { code, stdout } = await cli('manifest', fixture('described-plugin.ts'));
    expect(code).toBe(1);
    expect(stdout).toContain('  missing: host.smtp, locking\n');
  });

  test.each([
    [[], 'manifest needs a plugin or a configuration file'],
    [['--config', 'a.ts', 'b.ts'], 'manifest takes plugins or --config, not both.'],
  ])('needs plugins or a configuration file: %j', async (typed, message) => {
    const { code, stderr } = await cli('manifest', ...typed);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
