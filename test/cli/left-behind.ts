/** What the commands say of a store that `escapement run` has left behind, of any kind. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation, HistoryRecord } from '../../src/index.ts';
import { type CliResult, cliIn, fixture } from './cli-process.ts';

/** For what starts several processes. */
const RUN_LIMIT_MS = 30_000;

/** The store of the run. */
export interface LeftBehind {
  /** The working directory of the run, and of every command. */
  readonly cwd: string;
  readonly ran: CliResult;
  /** Runs a command on the store. */
  on(...args: string[]): Promise<CliResult>;
  history(...args: string[]): Promise<HistoryRecord[]>;
}

/** Runs `config` for two seconds before the tests. @param words How a command finds the store. */
export function leftBehindBy(config: string, words: () => readonly string[]): LeftBehind {
  let cwd = '';
  let ran: CliResult = { code: null, stdout: '', stderr: '' };
  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'cli-store-'));
    ran = await cliIn(cwd, 'run', fixture(config), '--for', '2s');
  }, RUN_LIMIT_MS);
  afterAll(() => {
    rmSync(cwd, { recursive: true, force: true });
  });
  const on = (...args: string[]): Promise<CliResult> => cliIn(cwd, ...args, ...words());
  return {
    get cwd() {
      return cwd;
    },
    get ran() {
      return ran;
    },
    on,
    history: async (...args) => JSON.parse((await on('history', '--json', ...args)).stdout) as HistoryRecord[],
  };
}

/** The tests of all commands that use a store. */
export function testCommands(left: LeftBehind, config: string): void {
  const { on, history } = left;

  describe('escapement history', () => {
    test('shows its runs as a table, the newest first', async () => {
      const { code, stdout } = await on('history');
      expect(code).toBe(0);
      const [headings, ...rows] = stdout.trimEnd().split('\n');
      expect(headings).toMatch(/^finished +schedule +outcome +late +took +run$/);
      expect(rows.length).toBeGreaterThanOrEqual(4);
      for (const row of rows)
        expect(row).toMatch(
          /^(\S+Z {2}eventful\/(fine {4}succeeded|broken {2}failed {3}) +[\d.]+ m?s +[\d.]+ m?s {2}[\da-f]{8}| {4}RangeError: the volume is 11, because the knob was turned)$/,
        );
      for (const row of rows) expect(row.length).toBeLessThanOrEqual(80);
      // Runs of two schedules that end together are written in either order.
      const instants = rows.filter((row) => row.includes('eventful/fine')).map((row) => row.slice(0, 24));
      expect(instants).toEqual(instants.toSorted().toReversed());
    });

    test('filters by schedule, outcome and time, and limits', { timeout: RUN_LIMIT_MS }, async () => {
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
      const { stdout } = await on('history', '--run', runId.slice(0, 8));
      expect(stdout).toContain(`  ${runId.slice(0, 8)}\n`);
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
      const { code, stdout, stderr } = await on('history', '--outcome', 'lost');
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: 'The store has no such run.\n' });
    });

    test('fails when it is asked for a run that is not there', async () => {
      const { code, stdout, stderr } = await on('history', '--run', 'zzz');
      const said = 'The store has no run whose id begins with "zzz".\n';
      expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: said });
    });
  });

  describe('escapement explain', () => {
    test('says how an occurrence ran, with the facts of its run below', async () => {
      const [run] = await history('--key', 'eventful/broken', '--limit', '1');
      const at = new Date(run?.scheduledAtMs ?? 0).toISOString();
      const { code, stdout } = await on('explain', 'eventful/broken', at);
      expect(code).toBe(0);
      const [text, facts] = stdout.split('\n');
      expect(text).toContain(`ran as run ${run?.runId}`);
      expect(facts).toMatch(/^ {2}run {2}failed {2}due \S+Z {2}[\d.]+ m?s late, took [\d.]+ m?s, by clock, \S+$/);
    });

    test('says that nothing was due at a time, and names the occurrence before', async () => {
      const [run] = await history('--key', 'eventful/broken', '--limit', '1');
      const at = new Date((run?.scheduledAtMs ?? 0) + 1).toISOString();
      const { stdout, stderr } = await on('explain', 'eventful/broken', at);
      expect(stdout).toContain(`was not due at ${at}`);
      expect(stderr).toMatch(/^The occurrence before it: escapement explain eventful\/broken \S+Z\n$/);
    });

    test('prints JSON, and reads "now" and a time ago', async () => {
      const verdicts = await Promise.all(
        ['now', '1d'].map(async (time) => {
          const { stdout } = await on('explain', 'eventful/fine', time, '--json');
          return (JSON.parse(stdout) as Explanation).verdict;
        }),
      );
      expect(verdicts).toEqual([expect.stringMatching(/^(not-due|waiting)$/), 'unknown']);
    });

    test('proposes the key that was probably meant', async () => {
      const { code, stderr } = await on('explain', 'eventful/fin', 'now');
      expect(code).toBe(1);
      expect(stderr).toContain('Schedule "eventful/fin" is unknown: did you mean "eventful/fine"?');
    });
  });

  describe('escapement position', () => {
    test('moves a schedule, from where the next start goes on', { timeout: RUN_LIMIT_MS }, async () => {
      const { code, stdout, stderr } = await on('position', 'eventful/fine', '--at', '1h');
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: expect.stringMatching(/^The next occurrence \(.*\) is \S+Z\./),
      });
      expect(stdout).toMatch(/^eventful\/fine stood at \S+Z, and now stands at \S+Z\.\n$/);
      await cliIn(left.cwd, 'run', fixture(config), '--for', '1s');
      const [newest, ...runs] = await history('--key', 'eventful/fine');
      expect(Date.parse(/now stands at (\S+Z)/.exec(stdout)?.[1] ?? '')).toBeLessThan(newest?.scheduledAtMs ?? 0);
      const first = runs.at(-1);
      const at = new Date(first?.scheduledAtMs ?? 0).toISOString();
      const { stdout: why } = await on('explain', 'eventful/fine', at);
      expect(why).toMatch(/An operator moved the schedule from .*comes again, as pass 2\./);
    });

    test('moves it ahead, and explain says so', { timeout: RUN_LIMIT_MS }, async () => {
      await on('position', 'eventful/fine', '--at', '2999-01-01');
      const { stdout } = await on('explain', 'eventful/fine', '2998-01-01');
      expect(stdout).toContain('does not run: an operator moved the schedule past it.');
      expect((await on('position', 'eventful/fine', '--at', 'now')).code).toBe(0);
    });

    test('proposes the key that was probably meant', async () => {
      const { code, stderr } = await on('position', 'eventful/fin', '--at', 'now');
      expect(code).toBe(1);
      expect(stderr).toContain('Schedule "eventful/fin" is unknown: did you mean "eventful/fine"?');
    });
  });
}
