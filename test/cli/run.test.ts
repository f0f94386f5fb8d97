import { describe, expect, test } from 'vitest';
import { CliProcess, cli, fixture } from './cli-process.ts';

describe('escapement run', () => {
  test('runs the schedules of a configuration, whose modules are relative to it, until a signal', async () => {
    const running = new CliProcess(['run', fixture('ticking.config.ts')]);
    await running.shown('stdout', 'ticked');
    running.kill('SIGTERM');
    expect(await running.exitCode()).toBe(0);
    expect(running.stderr).toMatch(/^escapement: started 1 schedule of 1 plugin(; first due \S+Z)?\n/);
    expect(running.stderr).toContain('stopping (SIGTERM)');
    expect(running.stderr).toContain('stopped; runs at the end: ');
  });

  test('stops by itself when its time is over', async () => {
    const { code, stderr } = await cli('run', fixture('ticking.config.ts'), '--for', '100ms');
    expect(code).toBe(0);
    expect(stderr).toContain('stopping (its time is over)');
  });

  test('ends with 1 when a run had to be killed', async () => {
    const running = new CliProcess(['run', fixture('stubborn.config.ts'), '--drain', '50ms']);
    await running.shown('stdout', 'entered');
    running.kill('SIGINT');
    expect(await running.exitCode()).toBe(1);
    expect(running.stderr).toContain('0 finished, 0 aborted, 1 killed');
  });

  test('ends at once at a second signal', async () => {
    const running = new CliProcess(['run', fixture('stubborn.config.ts'), '--drain', '1h']);
    await running.shown('stdout', 'entered');
    running.kill('SIGINT');
    await running.shown('stderr', 'stopping (SIGINT)');
    running.kill('SIGINT');
    expect(await running.exitCode()).toBe(130);
  });

  test('goes on without its log when nobody reads it', async () => {
    const running = new CliProcess(['run', fixture('ticking.config.ts')]);
    await running.shown('stdout', 'ticked');
    running.closeOutput();
    running.kill('SIGINT');
    expect(await running.exitCode()).toBe(0);
  });

  test('fails with every reason when a plugin is refused', async () => {
    const { code, stderr } = await cli('run', fixture('refused.config.ts'));
    expect(code).toBe(1);
    expect(stderr).toContain('Schedule "wrong/minute"');
    expect(stderr).toContain('Schedule "wrong/zone"');
    expect(stderr).not.toContain('    at ');
  });

  test.each([
    ['no file', ['run'], 'run needs a configuration file'],
    ['a file that is not there', ['run', 'nothing.config.ts'], 'Configuration file "nothing.config.ts" does not exist'],
    ['a file without a default export', ['run', fixture('no-default.config.ts')], 'has no default export'],
    ['a duration without a unit', ['run', fixture('ticking.config.ts'), '--for', '5'], '"5" is no duration'],
  ])('refuses %s', async (_, args, message) => {
    const { code, stderr } = await cli(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
