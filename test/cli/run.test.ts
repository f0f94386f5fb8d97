import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliProcess, cliIn, fixture, MAIN } from './cli-process.ts';

/** Gives a command a terminal; util-linux has it. */
const SCRIPT = '/usr/bin/script';
/** Its first run goes on until it is told to go. */
const PATIENT_PLUGIN = `
  import { existsSync, writeFileSync } from 'node:fs';
  import { setTimeout } from 'node:timers/promises';
  export default {
    name: 'patient',
    schedules: () => [{ id: 'wait', cron: '1s' }],
    run: async () => {
      writeFileSync('begun', '');
      while (!existsSync('go')) await setTimeout(5);
      writeFileSync('ended', '');
    },
  };
`;

describe('escapement run', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'cli-run-'));
  });
  afterEach(() => {
    rmSync(cwd, { recursive: true, force: true });
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)(
    'runs the schedules of a configuration, whose modules are relative to it, until %s',
    async (signal) => {
      const running = new CliProcess(['run', fixture('ticking.config.ts')], { cwd });
      await running.shown('stdout', 'ticked');
      running.kill(signal);
      expect(await running.exitCode()).toBe(0);
      expect(running.stderr).toMatch(/^escapement: started 1 schedule of 1 plugin(; first due (now|\S+Z))?\n/);
      expect(running.stderr).toContain(`stopping (${signal})`);
      expect(running.stderr).toContain('stopped; runs at the end: ');
    },
  );

  test('keeps its state in the working directory, and says at the next start what it found there', async () => {
    const path = join(cwd, 'escapement.db');
    const run = () => cliIn(cwd, 'run', fixture('ticking.config.ts'), '--for', '100ms');
    expect((await run()).stderr).toContain(`escapement: state in ${path} (new)\n`);
    expect((await run()).stderr).toContain(`escapement: state in ${path} (1 schedule known, nothing ran since 20`);
  });

  test.each([
    ['Object.create(null)', '{} was thrown, which is not an Error.\n'],
    ["new Error('\\x1b[2J\\u202eevil')", 'Error: \\u001b[2J\\u202eevil (at '],
  ])('says in plain text what a configuration threw: %s', async (thrown, message) => {
    const config = join(cwd, 'evil.config.mjs');
    writeFileSync(config, `throw ${thrown};`);
    const { code, stderr } = await cliIn(cwd, 'run', config);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  test('reports a run that was lost with its process', async () => {
    const running = new CliProcess(['run', fixture('stubborn.config.ts')], { cwd });
    await running.shown('stdout', 'entered');
    running.kill('SIGKILL');
    await running.exitCode();
    const { stderr } = await cliIn(cwd, 'run', fixture('stubborn.config.ts'), '--for', '50ms', '--drain', '1ms');
    expect(stderr).toContain(', 1 run lost)');
  });

  test('refuses a file that is not a store, and leaves it as it is', async () => {
    const path = join(cwd, 'escapement.db');
    writeFileSync(path, 'notes, and no database');
    const { code, stderr } = await cliIn(cwd, 'run', fixture('ticking.config.ts'), '--for', '50ms');
    expect(code).toBe(1);
    expect(stderr).toContain('escapement.db');
    expect(readFileSync(path, 'utf8')).toBe('notes, and no database');
  });

  test('warns of a file that it has renamed', async () => {
    const path = join(cwd, 'escapement.db');
    await cliIn(cwd, 'run', fixture('ticking.config.ts'), '--for', '50ms');
    const store = readFileSync(path);
    writeFileSync(path, store.fill('damage', 100));
    const { code, stderr } = await cliIn(cwd, 'run', fixture('ticking.config.ts'), '--for', '50ms');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Warning: Store .*escapement\.db .* was renamed to /);
  });

  test('cannot use the file of another process', async () => {
    const running = new CliProcess(['run', fixture('ticking.config.ts')], { cwd });
    await running.shown('stderr', 'state in');
    const { code, stderr } = await cliIn(cwd, 'run', fixture('ticking.config.ts'));
    running.kill('SIGTERM');
    await running.exitCode();
    expect(code).toBe(1);
    expect(stderr).toMatch(/escapement\.db is in use by process \d+/);
  });

  test('keeps its state where the configuration says', async () => {
    const { stderr } = await cliIn(cwd, 'run', fixture('forgetful.config.ts'), '--for', '100ms');
    expect(stderr).not.toContain('state in');
    expect(existsSync(join(cwd, 'escapement.db'))).toBe(false);
  });

  test('stops by itself when its time is up', async () => {
    const { code, stderr } = await cliIn(cwd, 'run', fixture('ticking.config.ts'), '--for', '100ms');
    expect(code).toBe(0);
    expect(stderr).toContain('stopping (its time is up)');
  });

  test('ends with 1 when a run had to be killed', async () => {
    const running = new CliProcess(['run', fixture('stubborn.config.ts'), '--drain', '50ms'], { cwd });
    await running.shown('stdout', 'entered');
    running.kill('SIGINT');
    expect(await running.exitCode()).toBe(1);
    expect(running.stderr).toContain('0 finished, 0 aborted, 1 killed');
  });

  test('ends at once at a second signal', async () => {
    const running = new CliProcess(['run', fixture('stubborn.config.ts'), '--drain', '1h'], { cwd });
    await running.shown('stdout', 'entered');
    running.kill('SIGINT');
    await running.shown('stderr', 'stopping (SIGINT)');
    running.kill('SIGINT');
    expect(await running.exitCode()).toBe(130);
  });

  test('goes on without its log when nobody reads it', async () => {
    const running = new CliProcess(['run', fixture('ticking.config.ts')], { cwd });
    await running.shown('stdout', 'ticked');
    running.closeOutput();
    running.kill('SIGINT');
    expect(await running.exitCode()).toBe(0);
  });

  test('stops as at a signal when nobody reads what it shows', async () => {
    const running = new CliProcess(['run', fixture('ticking.config.ts'), '--pretty'], { cwd });
    await running.shown('stdout', 'ticking');
    running.closeOutput();
    expect(await running.exitCode()).toBe(0);
    expect(running.stderr).toContain('stopping (nobody reads its output)');
    expect(running.stderr).toContain('stopped; runs at the end: ');
  });

  test.runIf(existsSync(SCRIPT))('lets its runs finish when its terminal is closed', async () => {
    const exists = (name: string) => expect.poll(() => existsSync(join(cwd, name)), { timeout: 30_000 });
    writeFileSync(join(cwd, 'patient.mjs'), PATIENT_PLUGIN);
    writeFileSync(join(cwd, 'patient.config.mjs'), "export default { plugins: ['./patient.mjs'] };");
    const command = `${process.execPath} ${MAIN} run patient.config.mjs`;
    const terminal = spawn(SCRIPT, ['-qec', command, '/dev/null'], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    terminal.stdout.resume();
    await exists('begun').toBe(true);
    terminal.kill('SIGKILL');
    await once(terminal, 'close');
    writeFileSync(join(cwd, 'go'), '');
    await exists('ended').toBe(true);
    await exists('escapement.db-wal').toBe(false);
    expect((await cliIn(cwd, 'history')).stdout).toContain('succeeded');
  });

  test.each([
    ['waits for ever', 'await new Promise(() => {}); export default {};', 'waits for something that never comes'],
    ['exports a promise of nothing', 'export default new Promise(() => {});', 'waits for something that never comes'],
    [
      'exports a promise that is broken',
      'export default Promise.reject(new Error("no db"));',
      'failed: Error: no db (at ',
    ],
    ['ends the process', 'process.exit(0);', '"odd.config.mjs" ended the process while it was loaded.'],
  ])('fails when its configuration %s, where Node.js may end with 0', async (_, source, reason) => {
    writeFileSync(join(cwd, 'odd.config.mjs'), source);
    const { code, stderr } = await cliIn(cwd, 'run', 'odd.config.mjs');
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
  });

  test('ends although its configuration has left something open', async () => {
    writeFileSync(join(cwd, 'open.config.mjs'), 'setInterval(() => {}, 60_000); export default { plugins: [] };');
    const { code, stderr } = await cliIn(cwd, 'run', 'open.config.mjs', '--for', '1ms');
    expect(code).toBe(0);
    expect(stderr).toMatch(/stopped; .*\nescapement: a timer or a connection of yours is still open, so /);
  });

  test.runIf(process.platform !== 'win32')('does not wait for a configuration that is a pipe', async () => {
    execFileSync('mkfifo', [join(cwd, 'pipe.config.mjs')]);
    const { code, stderr } = await cliIn(cwd, 'run', 'pipe.config.mjs');
    const said = 'Usage: "pipe.config.mjs" is not a regular file, so it cannot be loaded.\n';
    expect({ code, stderr }).toEqual({ code: 2, stderr: said });
  });

  test('fails with every reason when a plugin is refused', async () => {
    const { code, stderr } = await cliIn(cwd, 'run', fixture('refused.config.ts'));
    expect(code).toBe(1);
    expect(stderr).toContain('Schedule "wrong/minute"');
    expect(stderr).toContain('Schedule "wrong/zone"');
    expect(stderr).not.toContain('    at ');
  });

  test.each([
    ['no file', ['run'], 'run needs a configuration file, and there is no escapement.config.ts'],
    ['a file that is not there', ['run', 'nothing.config.ts'], 'Configuration file "nothing.config.ts" does not exist'],
    ['a duration without a unit', ['run', fixture('ticking.config.ts'), '--for', '5'], '"5" is not a duration'],
  ])('refuses %s', async (_, args, message) => {
    const { code, stderr } = await cliIn(cwd, ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
