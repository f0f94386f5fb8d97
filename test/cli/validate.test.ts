import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { GuestFolder } from '../support/guest-text.ts';
import { CliProcess, cli, fixture } from './cli-process.ts';

interface Validation {
  readonly schedules: readonly {
    readonly key: string;
    readonly state: string;
    readonly timezone: string;
    readonly next: readonly unknown[];
  }[];
  readonly refused: readonly { readonly module: string; readonly code: string; readonly problems: readonly string[] }[];
}

describe('escapement validate', () => {
  test('shows the schedules of a plugin with their next five occurrences', async () => {
    const { code, stdout } = await cli('validate', fixture('report-plugin.ts'));
    expect(code).toBe(0);
    expect(stdout).toContain('accepted report');
    expect(stdout).toContain('report/nightly  "30 2 * * *" Europe/Paris');
    expect(stdout).toContain('The report of the day');
    expect(stdout.match(/02:30:00 \+0[12]:00 {2}\d{4}-\d\d-\d\dT0[01]:30:00Z/g)).toHaveLength(5);
  });

  test('fits into the terminal, notes included', async () => {
    const process = new CliProcess(['validate', fixture('noted-plugin.ts')], { env: { COLUMNS: '80' } });
    expect(await process.exitCode()).toBe(0);
    const lines = process.stdout.trimEnd().split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(process.stdout).toMatch(/^ {4}note jitterMs .*\n {9}run is delayed by at most .*\n {9}occurrence\.$/m);
  });

  test('lists a schedule that is disabled, without occurrences', async () => {
    const { stdout } = await cli('validate', fixture('report-plugin.ts'));
    expect(stdout).toMatch(/report\/retired {2}"@daily" UTC disabled\n$/);
  });

  test('lists every problem of every plugin, and ends with 1', async () => {
    const { code, stderr } = await cli('validate', fixture('refused-plugin.ts'), fixture('report-plugin.ts'));
    expect(code).toBe(1);
    expect(stderr).toContain('Schedule "wrong/minute": cron "61 * * * *" is invalid: minute 61 must be within 0–59.');
    expect(stderr).toContain('Schedule "wrong/zone": timezone "Europe/Pari" is unknown: did you mean "Europe/Paris"?');
    expect(stderr).toContain('3 schedules accepted, 1 plugin refused');
  });

  test('prints JSON, in which schedules have the zone that they inherit', async () => {
    const zone = 'America/New_York';
    const { stdout } = await cli(
      'validate',
      '--json',
      '--timezone',
      zone,
      fixture('report-plugin.ts'),
      fixture('no-plugin.ts'),
    );
    const { schedules, refused } = JSON.parse(stdout) as Validation;
    expect(schedules.map(({ key, state, timezone, next }) => [key, state, timezone, next.length])).toEqual([
      ['report/nightly', 'idle', 'Europe/Paris', 5],
      ['report/hourly', 'idle', zone, 5],
      ['report/retired', 'disabled', zone, 0],
    ]);
    expect(refused.map(({ module, code }) => [module, code])).toEqual([
      [fixture('no-plugin.ts'), 'ERR_ESCAPEMENT_PLUGIN_LOAD'],
    ]);
  });

  test('shows what a WASM guest has executed to load, beside its budget', async () => {
    using folder = new GuestFolder();
    const guest = fileURLToPath(folder.add({ name: 'report' }));
    const [{ stdout }, { stdout: json }] = await Promise.all([
      cli('validate', guest),
      cli('validate', '--json', guest),
    ]);

    const { plugins } = JSON.parse(json) as { plugins: { name: string; module: string; loadFuel: unknown }[] };
    const [name, schedules] = [expect.any(Number), expect.any(Number)];
    const limit = 1_000_000_000;
    const loadFuel = [
      { call: 'name', used: name, limit },
      { call: 'schedules', used: schedules, limit },
    ];
    expect(plugins).toEqual([{ name: 'report', module: guest, loadFuel }]);
    expect(stdout).toMatch(
      /^accepted report\n {2}loading it took name [\d,]+ of 1,000,000,000, schedules [\d,]+ of 1,000,000,000 instructions\n/,
    );
  });

  test('needs a plugin', async () => {
    const { code, stderr } = await cli('validate');
    expect(code).toBe(2);
    expect(stderr).toContain('validate needs a plugin');
  });
});
