import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation, HistoryRecord } from '../../src/index.ts';
import { CliProcess, type CliResult, cli, cliIn, fixture } from './cli-process.ts';

const RUN_LIMIT_MS = 20_000;

describe('a store that `escapement run` has left behind', () => {
  let cwd: string;
  let store: string;
  let ran: CliResult;

  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'cli-store-'));
    store = join(cwd, 'escapement.db');
    ran = await cliIn(cwd, 'run', fixture('eventful.config.ts'), '--for', '2s');
  }, RUN_LIMIT_MS);

  afterAll(() => {
    rmSync(cwd, { recursive: true, force: true });
  });

  async function history(...args: string[]): Promise<HistoryRecord[]> {
    const { stdout } = await cli('history', '--store', store, '--json', ...args);
    return JSON.parse(stdout) as HistoryRecord[];
  }

  test('was left in good order', () => {
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('(new)');
  });

  describe('escapement history', () => {
    test('shows its runs as a table, the newest first, from the working directory', async () => {
      const { code, stdout } = await cliIn(cwd, 'history');
      expect(code).toBe(0);
      const [headings, ...rows] = stdout.trimEnd().split('\n');
      expect(headings).toMatch(/^finished +schedule +outcome +late +took +run$/);
      expect(rows.length).toBeGreaterThanOrEqual(4);
      for (const row of rows)
        expect(row).toMatch(
          /^\S+Z {2}eventful\/(fine {4}succeeded|broken {2}failed {3}) +[\d.]+ ms +[\d.]+ ms {2}[\da-f]{8}( {2}RangeError: the volume is 11)?$/,
        );
      // Runs of two schedules that end together are written in either order.
      const instants = rows.filter((row) => row.includes('eventful/fine')).map((row) => row.slice(0, 24));
      expect(instants).toEqual(instants.toSorted().toReversed());
    });

    test('filters by schedule, outcome and time, and limits', async () => {
      const all = await history();
      const broken = all.filter(({ key }) => key === 'eventful/broken');
      expect(await history('--key', 'eventful/broken')).toEqual(broken);
      expect(await history('--outcome', 'failed', '--since', '1h')).toEqual(broken);
      expect(await history('--until', '1h')).toEqual([]);
      expect(await history('--since', '2026-01-01', '--limit', '1')).toEqual(all.slice(0, 1));
    });

    test('shows one run with its log and its error, by the beginning of its id', async () => {
      const [run] = await history('--outcome', 'failed', '--limit', '1');
      const runId = run?.runId ?? '';
      const { stdout } = await cli('history', '--store', store, '--run', runId.slice(0, 8));
      expect(stdout).toContain(runId);
      expect(stdout).toMatch(/^ {4}\d\d:\d\d:\d\d\.\d{3} {2}info {2}first\\u001b\[2J line \{"scheduleId":"broken"\}$/m);
      expect(stdout).toMatch(/^ {4}RangeError: the volume is 11\n {8}at .*eventful-plugin/m);
      expect(stdout).toContain('    Caused by Error: the knob was turned\n');
      expect((await history('--run', runId))[0]?.log).toHaveLength(1);
    });

    test('with --log every run has its lines', async () => {
      const logs = (await history('--log', '--key', 'eventful/fine')).map(({ log }) => log?.map(({ level }) => level));
      expect(new Set(logs.map((levels) => levels?.join()))).toEqual(new Set(['info,warn']));
    });

    test('says so when there is no such run', async () => {
      const { code, stdout, stderr } = await cli('history', '--store', store, '--outcome', 'lost');
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: 'No such run.\n' });
    });
  });

  describe('escapement explain', () => {
    test('says how an occurrence ran, with the facts of its run below', async () => {
      const [run] = await history('--key', 'eventful/broken', '--limit', '1');
      const at = new Date(run?.scheduledAtMs ?? 0).toISOString();
      const { code, stdout } = await cliIn(cwd, 'explain', 'eventful/broken', at);
      expect(code).toBe(0);
      const [text, facts] = stdout.split('\n');
      expect(text).toContain(`ran as run ${run?.runId}`);
      expect(facts).toMatch(/^ {2}run {2}failed {2}due \S+Z {2}[\d.]+ ms late, took [\d.]+ ms, by clock, \S+$/);
    });

    test('says that nothing was due at a time, and names the occurrence before', async () => {
      const [run] = await history('--key', 'eventful/broken', '--limit', '1');
      const at = new Date((run?.scheduledAtMs ?? 0) + 1).toISOString();
      const { stdout, stderr } = await cliIn(cwd, 'explain', 'eventful/broken', at);
      expect(stdout).toContain(`was not due at ${at}`);
      expect(stderr).toMatch(/^The occurrence before it: escapement explain eventful\/broken \S+Z\n$/);
    });

    test('prints JSON, and reads "now" and a time ago', async () => {
      const verdicts = await Promise.all(
        ['now', '1d'].map(async (time) => {
          const { stdout } = await cli('explain', 'eventful/fine', time, '--store', store, '--json');
          return (JSON.parse(stdout) as Explanation).verdict;
        }),
      );
      expect(verdicts).toEqual([expect.stringMatching(/^(not-due|waiting)$/), 'unknown']);
    });

    test('proposes the key that was probably meant', async () => {
      const { code, stderr } = await cli('explain', 'eventful/fin', 'now', '--store', store);
      expect(code).toBe(1);
      expect(stderr).toContain('Schedule "eventful/fin" is unknown: did you mean "eventful/fine"?');
    });
  });

  describe('escapement position', () => {
    test('moves a schedule, from where the next start goes on', { timeout: RUN_LIMIT_MS }, async () => {
      const { code, stdout, stderr } = await cliIn(cwd, 'position', 'eventful/fine', '--at', '1h');
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: expect.stringMatching(/^The next occurrence \(.*\) is \S+Z\./),
      });
      expect(stdout).toMatch(/^eventful\/fine stood at \S+Z, and now stands at \S+Z\.\n$/);
      await cliIn(cwd, 'run', fixture('eventful.config.ts'), '--for', '1s');
      const [newest, ...runs] = await history('--key', 'eventful/fine');
      expect(Date.parse(/now stands at (\S+Z)/.exec(stdout)?.[1] ?? '')).toBeLessThan(newest?.scheduledAtMs ?? 0);
      const first = runs.at(-1);
      const at = new Date(first?.scheduledAtMs ?? 0).toISOString();
      const { stdout: why } = await cliIn(cwd, 'explain', 'eventful/fine', at);
      expect(why).toMatch(/An operator moved the schedule from .*comes again, as pass 2\./);
    });

    test('moves it ahead, and explain says so', { timeout: RUN_LIMIT_MS }, async () => {
      await cliIn(cwd, 'position', 'eventful/fine', '--at', '2999-01-01');
      const { stdout } = await cliIn(cwd, 'explain', 'eventful/fine', '2998-01-01');
      expect(stdout).toContain('does not run: an operator moved the schedule past it.');
      expect((await cliIn(cwd, 'position', 'eventful/fine', '--at', 'now')).code).toBe(0);
    });

    test('leaves the store alone while a scheduler has it', { timeout: RUN_LIMIT_MS }, async () => {
      const running = new CliProcess(['run', fixture('eventful.config.ts')], { cwd });
      await running.shown('stderr', '2 schedules known');
      const { code, stderr } = await cliIn(cwd, 'position', 'eventful/fine', '--at', '1h');
      running.kill('SIGTERM');
      await running.exitCode();
      expect(code).toBe(1);
      expect(stderr).toContain('Backend "escapement.db" cannot be used: a scheduler has it.');
    });

    test('proposes the key that was probably meant', async () => {
      const { code, stderr } = await cliIn(cwd, 'position', 'eventful/fin', '--at', 'now');
      expect(code).toBe(1);
      expect(stderr).toContain('Schedule "eventful/fin" is unknown: did you mean "eventful/fine"?');
    });
  });

  test('explains after the next start what was missed meanwhile', { timeout: RUN_LIMIT_MS }, async () => {
    const secondRun = new CliProcess(['run', fixture('eventful.config.ts')], { cwd });
    await secondRun.shown('stderr', '2 schedules known');
    const [, downFrom = ''] = /nothing ran since (\S+Z)/.exec(secondRun.stderr) ?? [];
    const missedAt = new Date(Math.ceil(Date.parse(downFrom) / 500) * 500).toISOString();
    const { stdout } = await cliIn(cwd, 'explain', 'eventful/fine', missedAt);
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
    ['a time of two words', ['explain', 'a/b', '2026-01-01', '10:00'], 'but 3 words were given'],
  ])('refuse %s', async (_, args, message) => {
    const { code, stdout, stderr } = await cli(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
