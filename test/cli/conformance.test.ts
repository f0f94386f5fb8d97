import { describe, expect, test } from 'vitest';
import { cli, fixture } from './cli-process.ts';

describe('escapement conformance', () => {
  test('lists every rule that a backend keeps', async () => {
    const { code, stdout, stderr } = await cli('conformance', fixture('good-locking.ts'));
    expect(code).toBe(0);
    expect(stdout).toContain('✓ gives a key to one node at a time');
    expect(stdout).not.toContain('✗');
    expect(stderr).toMatch(/21 rules kept, 0 broken/);
  });

  test('says what is wrong with a backend, and ends with 1', { timeout: 30_000 }, async () => {
    const { code, stdout, stderr } = await cli('conformance', fixture('wrong-locking.ts'));
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ gives a key to one node at a time.*: a second node gets a lock that is held/);
    expect(stderr).toMatch(/\d+ rules kept, [1-9]\d* broken/);
  });

  test('passes options to the backend, and prints JSON', async () => {
    const typed = ['--json', '--options', '{"isShared":true}', fixture('wrong-locking.ts')];
    const { code, stdout } = await cli('conformance', ...typed);
    expect(code).toBe(0);
    const verdicts = JSON.parse(stdout) as { rule: string; broken?: string }[];
    expect(verdicts.length).toBe(21);
    expect(verdicts.filter(({ broken }) => broken !== undefined)).toEqual([]);
  });

  test('tells a store from a lock backend', async () => {
    const { code, stdout, stderr } = await cli('conformance', fixture('good-store.ts'));
    expect(code).toBe(0);
    expect(stdout).toContain('✓ never lowers a cursor');
    expect(stderr).toMatch(/27 rules kept, 0 broken/);
  });

  test('takes a plugin through its contract', { timeout: 30_000 }, async () => {
    const { code, stdout, stderr } = await cli('conformance', fixture('hourly-plugin.ts'));
    expect(stdout).toMatch(
      /✓ loads, and declares what is right \(schedules: \d\)\n✓ has the same name whenever it is loaded/,
    );
    expect(stdout).toMatch(/✓ [a-z/]+ runs \(\d+\.\d ms\)\n/);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^\d+ rules kept, 0 broken\n$/)]);
  });

  test('says how a plugin breaks its contract, and ends with 1', { timeout: 30_000 }, async () => {
    const typed = ['--json', '--limit', '200ms', fixture('stubborn-plugin.ts')];
    const { code, stdout } = await cli('conformance', ...typed);
    expect(code).toBe(1);
    const verdicts = JSON.parse(stdout) as { rule: string; broken?: string }[];
    const broken = verdicts.filter((verdict) => verdict.broken !== undefined);
    expect(broken).toMatchObject([
      { rule: 'stubborn/endless runs', broken: expect.stringContaining('the run ended as timed-out') },
      { rule: 'stubborn/endless runs as a catch-up' },
      { rule: 'stubborn/endless ends within its grace when it is aborted' },
    ]);
  });

  test('takes a module as what it is said to be', async () => {
    const asPlugin = await cli('conformance', '--as', 'plugin', fixture('good-locking.ts'));
    expect([asPlugin.code, asPlugin.stdout]).toEqual([
      1,
      expect.stringContaining('✗ loads, and declares what is right'),
    ]);
    const wrong = await cli('conformance', '--as', 'locks', fixture('good-locking.ts'));
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--as must be plugin or backend') });
    const refused = await cli('conformance', fixture('refused-plugin.ts'));
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('minute 61 must be within 0–59')]);
  });

  test('needs a module, JSON for its options, and a factory', async () => {
    expect(await cli('conformance')).toMatchObject({ code: 2, stderr: expect.stringContaining('needs a module') });
    expect(await cli('conformance', '--options', '{', fixture('good-locking.ts'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Option --options must be JSON'),
    });
    expect(await cli('conformance', fixture('no-default.config.ts'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('its default export must be a function: (options) => backend.'),
    });
  });
});
