import { once } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import { cuttableWay, type Operated, startConsole } from '../../support/console/operated-console.ts';
import { nextRun } from '../../support/scheduler-harness.ts';
import { CliProcess, type CliResult, cliIn } from '../cli-process.ts';

/** Every test starts a scheduler and several processes. */
const LIMIT_MS = 60_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may reach a terminal.
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe('commands for a running scheduler', { timeout: LIMIT_MS }, () => {
  let at: Operated;
  beforeEach(async () => {
    at = await startConsole();
  });
  const on = (...args: string[]): Promise<CliResult> => cliIn(undefined, ...args, '--store', at.store);
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await on(...args, '--json')).stdout) as T;

  describe('escapement list', () => {
    test('lists the schedules of the scheduler that has the store', async () => {
      const { code, stdout } = await on('list');
      expect(code).toBe(0);
      const [headings, ...rows] = stdout.trimEnd().split('\n');
      expect(headings).toMatch(/^schedule +state +next +last ended +outcome +late$/);
      expect(rows.map((row) => row.split(/ +/).slice(0, 2).join(' '))).toEqual([
        'operated/broken idle',
        'operated/fine idle',
        'operated/long idle',
        'operated/off disabled',
      ]);
    });

    test('filters by state, text and problems', async () => {
      await at.scheduler.pause('operated/long');
      const failed = nextRun(at.scheduler);
      await at.scheduler.trigger('operated/broken');
      await failed;
      const keys = async (...args: string[]) => {
        const { schedules } = await json<{ schedules: { key: string }[] }>('list', ...args);
        return schedules.map(({ key }) => key);
      };
      expect(await keys('--state', 'paused,disabled')).toEqual(['operated/long', 'operated/off']);
      expect(await keys('--search', 'fin')).toEqual(['operated/fine']);
      expect(await keys('--problems')).toEqual(['operated/broken']);
    });

    test('says when there are more than it shows, and when there is none', async () => {
      const { stdout, stderr } = await on('list', '--limit', '3');
      expect(stdout.trimEnd().split('\n')).toHaveLength(4);
      expect(stderr).toBe('These are 3 of 4: see more with --limit 4.\n');
      expect(await on('list', '--search', 'nothing')).toEqual({ code: 0, stdout: '', stderr: 'No such schedule.\n' });
    });

    test('proposes the state that was probably meant', async () => {
      const { code, stderr } = await on('list', '--state', 'pausd');
      expect(code).toBe(2);
      expect(stderr).toBe('Usage: Option --state: "pausd" is not a state of a schedule. Did you mean "paused"?\n');
    });
  });

  describe('escapement status', () => {
    test('shows the scheduler as a whole, and ends with 1 when something is wrong', async () => {
      const before = await on('status');
      expect(before.code).toBe(0);
      expect(before.stdout).toMatch(/^\S+ {2}escapement \d+\.\d+\.\d+\n {2}running for +\S.*, since \S+Z\n/);
      expect(before.stdout).toMatch(/^ {2}schedules +4: 3 idle, 1 disabled$/m);
      const failed = nextRun(at.scheduler);
      await at.scheduler.trigger('operated/broken');
      await failed;
      const { code, stdout } = await on('status');
      expect(code).toBe(1);
      expect(stdout).toMatch(/\n1 problem\n {2}failing {2}\S.*operated\/broken.*\n/);
      expect(stdout).not.toMatch(UNSAFE);
    });

    test('shows one schedule, and ends with 1 when its last run failed', async () => {
      const fine = await on('status', 'operated/fine');
      expect(fine.code).toBe(0);
      expect(fine.stdout).toMatch(/^operated\/fine {2}idle\n {2}about +Fine\\u001b\[2J fake\/row idle\n/);
      expect(fine.stdout).toMatch(/^ {2}expression +"0 0 1 1 \*" UTC$/m);
      const failed = nextRun(at.scheduler);
      await at.scheduler.trigger('operated/broken');
      await failed;
      const { code, stdout } = await on('status', 'operated/broken');
      expect(code).toBe(1);
      expect(stdout).toMatch(/ failed +[\d.]+ ms .*\n {4}RangeError: the volume is 11$/m);
    });

    test('shows the run in progress with its progress', async () => {
      const progressed = once(at.scheduler, 'progress');
      const { runId } = await json<{ runId: string }>('trigger', 'operated/long');
      await progressed;
      const { stdout } = await on('status', 'operated/long');
      expect(stdout).toContain(runId.slice(0, 8));
      expect(stdout).toMatch(/running +\S.* ███░░░░░░░ {2}25 % {2}a quarter\\u001b\[31m\\u202e$/m);
      expect(stdout).not.toMatch(UNSAFE);
    });

    test('proposes the key that was probably meant', async () => {
      const { code, stderr } = await on('status', 'operated/fin');
      expect(code).toBe(1);
      expect(stderr).toContain('Schedule "operated/fin" is unknown: did you mean "operated/fine"?');
    });
  });

  describe('escapement trigger', () => {
    test('starts a run, and refuses a second one while it is in progress', async () => {
      const { stdout } = await on('trigger', 'operated/long');
      expect(stdout).toMatch(/^operated\/long runs as [\da-f-]{36}\.\n$/);
      const { code, stderr } = await on('trigger', 'operated/long');
      expect(code).toBe(1);
      expect(stderr).toMatch(/^Error: Schedule "operated\/long" cannot be triggered while it is \w+: wait /);
    });

    test('with --wait, ends when the run ends and by its outcome', async () => {
      const [fine, broken] = await Promise.all([
        on('trigger', 'operated/fine', '--wait'),
        on('trigger', 'operated/broken', '--wait', '--json'),
      ]);
      expect(fine.code).toBe(0);
      expect(fine.stdout).toMatch(/^finished .*\n\S+Z {2}operated\/fine {2}succeeded /);
      expect(broken.code).toBe(1);
      const { runId, run } = JSON.parse(broken.stdout) as { runId: string; run: Record<string, unknown> };
      expect(run).toMatchObject({ runId, key: 'operated/broken', outcome: 'failed' });
    });

    test('with --wait, hears of the end also after the stream of events was cut', async () => {
      const { way, url } = await cuttableWay(at);
      const running = new CliProcess(['trigger', 'operated/long', '--wait', '--url', url]);
      await running.shown('stderr', 'operated/long runs as ');
      way.reset();
      at.tell();
      expect(await running.exitCode()).toBe(0);
      expect(running.stdout).toContain('succeeded');
    });

    test('with --timeout, ends with 1 while the run goes on', async () => {
      const { code, stderr } = await on('trigger', 'operated/long', '--wait', '--timeout', '50ms');
      expect(code).toBe(1);
      expect(stderr).toContain('Still running: operated/long goes on');
      expect((await json<{ live: object | null }>('status', 'operated/long')).live).not.toBeNull();
    });

    test('ends with 3 when the scheduler goes away during the wait', async () => {
      const { way, url } = await cuttableWay(at);
      const running = new CliProcess(['trigger', 'operated/long', '--wait', '--url', url]);
      await running.shown('stderr', 'operated/long runs as ');
      await way.close();
      expect(await running.exitCode()).toBe(3);
      expect(running.stderr).toContain('cannot be reached');
    });
  });

  describe('escapement pause and resume', () => {
    test('pause a schedule with a note, and resume it', async () => {
      const { code, stdout } = await on('pause', 'operated/fine', '--note', 'new\u001b[2J disk');
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'operated/fine is paused (new\\u001b[2J disk).\n' });
      const [paused] = await at.scheduler.schedules();
      expect(paused).toMatchObject({ key: 'operated/fine', state: 'paused', pause: { note: 'new\u001b[2J disk' } });
      expect((await on('status', 'operated/fine')).stdout).toMatch(/^ {2}pause +since \S+Z \(new\\u001b\[2J disk\)$/m);
      expect(await json('resume', 'operated/fine')).toEqual({ action: 'resume', key: 'operated/fine' });
      expect((await at.scheduler.schedules())[0]?.state).toBe('idle');
    });

    test.each(['pause', 'resume'])('%s says that a schedule is unknown', async (command) => {
      const { code, stderr } = await on(command, 'operated/lnog');
      expect(code).toBe(1);
      expect(stderr).toContain('did you mean "operated/long"?');
    });
  });

  describe('escapement abort', () => {
    test.each(['the key', 'the beginning of its id'])('aborts a run by %s', async (how) => {
      const ended = nextRun(at.scheduler);
      const progressed = once(at.scheduler, 'progress');
      const runId = await at.scheduler.trigger('operated/long');
      await progressed;
      const { code, stdout } = await on('abort', how === 'the key' ? 'operated/long' : runId.slice(0, 8));
      expect({ code, stdout }).toEqual({ code: 0, stdout: `Run ${runId} has got its signal.\n` });
      expect(await ended).toMatchObject({ runId, outcome: 'aborted' });
    });

    test.each([
      ['operated/fine', 'Error: Schedule "operated/fine" has no run in progress.\n'],
      ['abcdef', 'Error: No run in progress has an id that begins with "abcdef": see escapement top.\n'],
    ])('says that there is no run of %s', async (word, stderr) => {
      expect(await on('abort', word)).toEqual({ code: 1, stdout: '', stderr });
    });
  });

  describe('escapement reload', () => {
    test('says what has changed', async () => {
      expect(await on('reload', 'operated')).toEqual({
        code: 0,
        stdout: 'reloaded operated: 4 unchanged\n',
        stderr: '',
      });
      expect(await json('reload', 'operated')).toMatchObject({ added: [], unchanged: expect.any(Array) });
    });

    test('says that a plugin is unknown', async () => {
      const { code, stderr } = await on('reload', 'opreated');
      expect(code).toBe(1);
      expect(stderr).toContain('Plugin "opreated" is unknown: did you mean "operated"?');
    });
  });

  describe('escapement logs', () => {
    test('shows what the last run has logged, and how it ended', async () => {
      const { runId } = await json<{ runId: string }>('trigger', 'operated/broken', '--wait');
      const { code, stdout, stderr } = await on('logs', 'operated/broken');
      expect({ code, stderr }).toEqual({ code: 0, stderr: `operated/broken, run ${runId}\n` });
      expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}info {3}first\\u001b\[2J line \{"scheduleId":"broken"\}\n/);
      expect(stdout).toContain('RangeError: the volume is 11');
      expect((await on('logs', runId.slice(0, 8))).stdout).toBe(stdout);
      expect(await json('logs', runId)).toMatchObject({ run: { runId, log: [{ level: 'info' }] }, live: null });
    });

    test('follows a run to its end: what was logged before and what comes, each once', async () => {
      const runId = await at.scheduler.trigger('operated/long');
      const following = new CliProcess(['logs', runId, '--follow', '--store', at.store]);
      await following.shown('stdout', 'first');
      at.tell();
      expect(await following.exitCode()).toBe(0);
      const lines = following.stdout.split('\n').map((line) => line.replace(/^\S+ {2}/, ''));
      expect(lines.slice(0, 2)).toEqual(['info   first\\u001b[2J line {"scheduleId":"long"}', 'warn   last line']);
      expect(following.stdout.match(/succeeded/g)).toHaveLength(1);
    });

    test('follows all runs of a schedule, as JSON an event in each line', async () => {
      const following = new CliProcess(['logs', 'operated/fine', '--follow', '--json', '--store', at.store]);
      for (const _ of [1, 2]) {
        const ended = nextRun(at.scheduler);
        await at.scheduler.trigger('operated/fine');
        const { runId } = await ended;
        await following.shown('stdout', `{"type":"run","event":{"runId":"${runId}"`);
      }
      following.kill('SIGINT');
      await following.exitCode();
      const events = following.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { type: string });
      expect(events.filter(({ type }) => type === 'run')).toHaveLength(2);
      expect(events.filter(({ type }) => type === 'log')).toHaveLength(4);
      expect(following.stderr).toBe('');
    });

    test('prints what a schedule has logged while the stream of events was cut', async () => {
      const { way, url } = await cuttableWay(at);
      const following = new CliProcess(['logs', 'operated/fine', '--follow', '--url', url]);
      const ended = nextRun(at.scheduler);
      await following.shown('stdout', (await at.scheduler.trigger('operated/fine')).slice(0, 8));
      await ended;
      way.reset();
      await following.shown('stdout', (await at.scheduler.trigger('operated/fine')).slice(0, 8));
      // Each line once. What was missed may come after what was heard.
      expect(following.stdout.match(/first|last/g)?.toSorted()).toEqual(['first', 'first', 'last', 'last']);
      following.kill('SIGINT');
      await following.exitCode();
    });

    test('says that a schedule has not run yet, and that a run is unknown', async () => {
      expect((await on('logs', 'operated/fine')).stderr).toBe('Schedule "operated/fine" has not run yet.\n');
      const { code, stderr } = await on('logs', 'abcdef');
      expect(code).toBe(1);
      expect(stderr).toContain('None of the 1000 newest runs has an id that begins with "abcdef".');
    });
  });

  describe('escapement top without a terminal', () => {
    test('prints once how things stand', async () => {
      const progressed = once(at.scheduler, 'progress');
      await at.scheduler.trigger('operated/long');
      await progressed;
      const { code, stdout } = await on('top');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^run +schedule +phase +for +progress\n[\da-f]{8} {2}operated\/long +running /m);
      expect(stdout).toMatch(/^operated\/fine +idle /m);
      expect(stdout).not.toMatch(UNSAFE);
      expect(await json('top')).toMatchObject({
        overview: { liveRunCount: 1 },
        live: [{ key: 'operated/long' }],
        total: 4,
      });
    });
  });
});
