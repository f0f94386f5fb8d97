import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openStoreFile } from '../../src/backends/sqlite/store-thread/store-file.ts';
import { CliProcess, cli, cliIn, fixture } from './cli-process.ts';
import { leftBehindBy, testCommands } from './left-behind.ts';

const CONFIG = 'eventful.config.ts';
const RUN_LIMIT_MS = 20_000;

describe('a store that `escapement run` has left behind', () => {
  const left = leftBehindBy(CONFIG, () => []);

  test('was left in good order', () => {
    expect(left.ran.code).toBe(0);
    expect(left.ran.stderr).toContain('(new)');
  });

  test('is found by its path, too', async () => {
    const { stdout } = await cli('history', '--store', join(left.cwd, 'escapement.db'), '--json');
    expect(JSON.parse(stdout)).toEqual(await left.history());
  });

  testCommands(left, CONFIG);

  test('leaves the store alone while a scheduler has it', { timeout: RUN_LIMIT_MS }, async () => {
    const running = new CliProcess(['run', fixture(CONFIG)], { cwd: left.cwd });
    await running.shown('stderr', '2 schedules known');
    const { code, stderr } = await cliIn(left.cwd, 'position', 'eventful/fine', '--at', '1h');
    running.kill('SIGTERM');
    await running.exitCode();
    expect(code).toBe(1);
    expect(stderr).toContain('Backend "escapement.db" cannot be used: a scheduler has it.');
  });

  test('keeps that a schedule was moved', async () => {
    const { code, stderr } = await cliIn(left.cwd, 'position', 'eventful/fine', '--at', '2026-01-01');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const store = openStoreFile(join(left.cwd, 'escapement.db'));
    onTestFinished(() => store.close());
    const [last] = store.queries.audit({ key: 'eventful/fine' });
    expect(last).toMatchObject({ by: 'command line', action: 'set-position', note: '2026-01-01T00:00:00.000Z' });
  });

  test('explains after the next start what was missed meanwhile', { timeout: RUN_LIMIT_MS }, async () => {
    const secondRun = new CliProcess(['run', fixture(CONFIG)], { cwd: left.cwd });
    await secondRun.shown('stderr', '2 schedules known');
    const [, downFrom = ''] = /nothing ran since (\S+Z)/.exec(secondRun.stderr) ?? [];
    const missedAt = new Date(Math.ceil(Date.parse(downFrom) / 500) * 500).toISOString();
    const { stdout } = await cliIn(left.cwd, 'explain', 'eventful/fine', missedAt);
    secondRun.kill('SIGTERM');
    await secondRun.exitCode();
    expect(stdout).toContain(`No scheduler was running from ${downFrom}`);
  });
});

describe('commands that use a store', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cli-store-'));
    writeFileSync(
      join(folder, 'notes.txt'),
      'no database, and long enough to be taken for the header of one'.repeat(20),
    );
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['history', ['history']],
    ['explain', ['explain', 'a/b', 'now']],
    ['position', ['position', 'a/b', '--at', 'now']],
  ])('%s fails without a store', async (_, args) => {
    const { code, stderr } = await cliIn(folder, ...args);
    expect(code).toBe(1);
    expect(stderr).toContain('Backend "escapement.db" cannot be used: there is no such file');
  });

  test('fail for a file that is not a store', async () => {
    const { code, stderr } = await cliIn(folder, 'history', '--store', 'notes.txt');
    expect(code).toBe(1);
    expect(stderr).toContain('Backend "notes.txt" cannot be used');
  });

  test.each([
    ['an outcome that is misspelt', ['history', '--outcome', 'fialed'], 'Did you mean "failed"?'],
    [
      'an outcome without a run',
      ['history', '--outcome', 'overlap'],
      '"overlap" is not an outcome of a run. It must be one of',
    ],
    ['a key without its option', ['history', 'a/b'], 'write --key a/b'],
    [
      'a time in words',
      ['history', '--since', 'yesterday'],
      'Option --since: "yesterday" is not an instant: write now, 2h (ago), 2026-03-29 or',
    ],
    ['a time ago without a unit', ['history', '--until', '5x'], '"5x" does not say how long ago'],
    ['a limit of none', ['history', '--limit', '0'], 'Option --limit must be a whole number from 1 to'],
    ['a key without a time', ['explain', 'a/b'], 'explain needs a schedule key and a time'],
    ['a position without a time', ['position', 'a/b'], 'position needs a schedule key and a time'],
    ['a position that is no time', ['position', 'a/b', '--at', 'soon'], 'Option --at: "soon" is not an instant'],
    ['a schema of a file', ['history', '--schema', 'other'], 'Option --schema is for a store in Postgres'],
    ['a time of two words', ['explain', 'a/b', '2026-01-01', '10:00'], 'but 3 words were given'],
  ])('refuse %s', async (_, args, message) => {
    const { code, stdout, stderr } = await cli(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
