import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SystemClock } from '../../../../../src/supervisor/clocks/system-clock.ts';
import type { Cancel } from '../../../../../src/supervisor/ports/clock.ts';
import { measureJson } from '../../../../../src/wire/json-problem.ts';
import { liveInSession } from '../../../../support/live-processes.ts';
import { PoolHarness, source } from '../../../../support/pool-harness.ts';
import { temporaryFolder } from '../../../../support/scheduler-harness.ts';

PoolHarness.isolation = 'process';
const root = dirname(fileURLToPath(new URL('../../../../../package.json', import.meta.url)));

describe('a pool of processes', () => {
  test('keeps one process spare, which takes the next run when another has died', async () => {
    await using harness = new PoolHarness({ minThreads: 4, maxThreads: 1 });
    expect(harness.pool.stats().threads).toBe(1);

    const { outcome, start } = await harness.report('hostile-process.ts', { config: 'sigkill' });
    const next = harness.run('honours-signal.ts');
    await next.logged('awaiting');

    expect(outcome).toBe('crashed');
    expect(harness.pool.stats()).toMatchObject({ threads: 2, running: 1, threadsReplaced: 1 });
    harness.pool.abort(next.runId, 'operator');
    expect((await next.reported).start?.threadId).not.toBe(start?.threadId);
  });

  test('keeps no process spare without minThreads', async () => {
    await using harness = new PoolHarness({ minThreads: 0, maxThreads: 2 });
    expect(harness.pool.stats().threads).toBe(0);

    await harness.report('empty.ts');

    expect(harness.pool.stats().threads).toBe(1);
  });

  test.each<[string, RegExp]>([
    ['changes-folder', /changed the working directory/],
    ['changes-mode', /changed process\.umask/],
    ['changes-call', /changed Function\.prototype\.call/],
    ['ends-output', /changed process\.stdout/],
    ...(process.getuid?.() === 0 ? [['changes-account', /changed the account/] as [string, RegExp]] : []),
  ])('replaces a process of which a run %s', async (config, reason) => {
    await using harness = new PoolHarness({ maxThreads: 1 });
    // The next run begins as soon as its message is read, because its plugin is loaded.
    await harness.report('hostile-process.ts', { config: 'changes-nothing' });

    const run = await harness.report('hostile-process.ts', { config });
    const next = await harness.report('empty.ts');

    expect([run.outcome, next.outcome]).toEqual(['succeeded', 'succeeded']);
    expect(next.start?.threadId).not.toBe(run.start?.threadId);
    expect(harness.warnings[0]).toMatchObject({ code: 'thread-soiled', message: expect.stringMatching(reason) });
  });

  test('gives no run to a process whose watchdog is not there yet', async () => {
    const path = join(temporaryFolder(), 'watchdog');
    const preload = new URL('../../../../fixtures/programs/slow-watchdog.mjs', import.meta.url).href;
    const env = { ...process.env, WATCHDOG: path };
    await using harness = new PoolHarness({ env, processes: { execArgv: ['--import', preload] } });
    const run = harness.run('looks-for-file.mjs', { config: path });

    expect(await run.reported).toMatchObject({ outcome: 'succeeded' });
    expect(run.lines).toMatchObject([{ fields: { isThere: true } }]);
  });

  test('gives a run to a process that has loaded its plugin', async () => {
    await using harness = new PoolHarness({ maxThreads: 2 });
    const waiting = harness.run('honours-signal.ts');
    await waiting.logged('awaiting');
    const other = await harness.report('empty.ts');
    harness.pool.abort(waiting.runId, 'operator');
    const first = await waiting.reported;

    const again = [
      await harness.report('empty.ts'),
      await harness.report('honours-signal.ts', { budget: { wallMs: 1 } }),
    ];

    expect(again.map(({ start }) => start?.threadId)).toEqual([other.start?.threadId, first.start?.threadId]);
  });

  test('starts its processes as it is told', async () => {
    await using harness = new PoolHarness({
      env: { MINE: '1', NODE_OPTIONS: '--inspect=0' },
      processes: { cwd: realpathSync(tmpdir()), execArgv: ['--stack-trace-limit=33'] },
    });
    const run = harness.run('hostile-process.ts', { config: 'say-where' });

    expect(await run.reported).toMatchObject({ outcome: 'succeeded' });
    expect(run.lines[0]?.fields).toMatchObject({
      cwd: realpathSync(tmpdir()),
      env: ['MINE'],
      flags: expect.arrayContaining(['--stack-trace-limit=33']),
    });
  });

  test.runIf(existsSync('/proc/self/autogroup'))('makes them nicer than the host', async () => {
    await using harness = new PoolHarness({ niceIncrement: 7 });

    const { start } = await harness.report('empty.ts');

    const pid = start?.threadId ?? 0;
    expect(getPriority(pid)).toBe(getPriority() + 7);
    expect(groupNiceness(pid)).toBe(groupNiceness(process.pid) + 7);
  });

  test('charges a run neither for an empty process nor for the run before', async () => {
    // Without Node's cache of compiled code the first plugin loads what makes TypeScript run. With it, a later one may
    // be the first that needs this, and its run is charged for it.
    await using harness = new PoolHarness({ processes: { env: { PATH: process.env['PATH'] ?? '' } } });
    const busy = await harness.report('burns-cpu.ts', { budget: { wallMs: 500 } });
    expect(busy.cpuMs).toBeGreaterThan(0);

    const budget = { wallMs: 700, cpuMs: Math.min(busy.cpuMs ?? 0, 100), heapMb: 16 };
    const report = await harness.report('honours-signal.ts', { budget });

    expect(report.start?.threadId).toBe(busy.start?.threadId);
    expect(report.outcome).toBe('timed-out');
  });

  test.each([
    ['letters of two bytes', '中'.repeat(9_000_000)],
    ['fractions', new Array<number>(8_000_000).fill(0.5)],
  ])('loads a plugin with as many options as are accepted, of %s', { timeout: 60_000 }, async (_what, options) => {
    expect(measureJson(options, { maxLength: 16 * 1_024 * 1_024 })).toEqual(expect.any(Number));
    await using harness = new PoolHarness({ minThreads: 0 });

    expect(await harness.pool.load(source('empty.ts', options), 30_000)).toMatchObject({ name: 'empty' });
  });

  test('ends no run for memory that its host holds', async () => {
    const own = Buffer.alloc(300 * 1_048_576, 1);
    await using harness = new PoolHarness({ minThreads: 0, memoryLimitMb: 250 });

    await harness.pool.load(source('empty.ts'), 30_000);
    const budget = { wallMs: 800, heapMb: 256 };
    const report = await harness.report('hostile-process.ts', { config: 'holds-for-good 48', budget });

    expect(report).toMatchObject({ outcome: 'timed-out' });
    expect(own[0]).toBe(1);
    expect(harness.warnings).toEqual([]);
  });

  test('ends the greediest run when its processes hold more than their limit', async () => {
    await using harness = new PoolHarness({ minThreads: 0, maxThreads: 2, memoryLimitMb: 250 });
    const budget = { heapMb: 1_024, graceMs: 50 };
    const modest = harness.run('hostile-process.ts', { config: 'holds-for-good 40', budget });
    await modest.logged('holding');

    const greedy = await harness.report('hostile-process.ts', { config: 'spawn-hoard', budget });

    expect(greedy).toMatchObject({
      outcome: 'out-of-memory',
      error: { message: expect.stringMatching(/memoryLimitMb/) },
    });
    harness.pool.abort(modest.runId, 'operator');
    expect(await modest.reported).toMatchObject({ outcome: 'aborted' });
  });

  test.runIf(process.getuid?.() === 0)('lets them run as another user', async () => {
    await using harness = new PoolHarness({ processes: { uid: 65_534, gid: 65_534 } });
    const run = harness.run('hostile-process.ts', { config: 'say-where' });

    expect(await run.reported).toMatchObject({ outcome: 'succeeded' });
    expect(run.lines[0]?.fields).toMatchObject({ uid: 65_534 });
  });

  test("confines a plugin by Node's permissions", async () => {
    const execArgv = ['--permission', '--allow-worker', `--allow-fs-read=${realpathSync(root)}/*`];
    await using harness = new PoolHarness({ processes: { execArgv } });

    expect(await harness.report('empty.ts')).toMatchObject({ outcome: 'succeeded' });
    const denied = await harness.report('hostile-process.ts', { config: 'spawn-sync' });
    expect(denied).toMatchObject({ outcome: 'failed', error: { code: 'ERR_ACCESS_DENIED' } });
  });

  test('ends a task when no process can be made, and says why', async () => {
    await using harness = new PoolHarness({ processes: { cwd: '/no/such/folder' } });

    await expect(harness.pool.load(source('empty.ts'), 5_000)).rejects.toThrow('ENOENT');

    expect(harness.warnings[0]).toMatchObject({ code: 'thread-error', error: { name: 'ProcessStartError' } });
    expect(await harness.report('empty.ts')).toMatchObject({ outcome: 'crashed' });
  });

  test('waits longer and longer between starts that fail', { timeout: 30_000 }, async () => {
    const clock = new RecordingClock();
    await using harness = new PoolHarness({ clock, processes: { execArgv: ['--no-such-flag'] } });

    const report = await harness.report('empty.ts');

    expect(report.outcome).toBe('crashed');
    expect(clock.delaysMs).toEqual(expect.arrayContaining([100, 200]));
    expect(harness.warnings[0]?.error).toMatchObject({
      name: 'ProcessStartError',
      message: expect.stringMatching(/^A process could not start: exit code 9: .*bad option: --no-such-flag/),
    });
  });

  test.runIf(process.platform === 'linux')('starts none before those of an earlier supervisor are gone', async () => {
    const schedulerId = crypto.randomUUID();
    const earlier = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', '--', schedulerId, '7'], {
      detached: true,
    });
    onTestFinished(() => void earlier.kill('SIGKILL'));
    const { pid = 0 } = earlier;
    const exited = once(earlier, 'exit');
    await using harness = new PoolHarness({ minThreads: 0, owner: { schedulerId, threadId: 8 } });

    const { started } = harness.run('empty.ts');

    const livesAtStart = started.then(() => liveInSession(pid));
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(await livesAtStart).toEqual([]);
  });
});

class RecordingClock extends SystemClock {
  readonly delaysMs: number[] = [];

  override sleep(delayMs: number, wake: () => void): Cancel {
    this.delaysMs.push(delayMs);
    return super.sleep(delayMs, wake);
  }
}

/** Linux may schedule each session as a group, which has a niceness of its own. */
/** A process that belongs to the system's root group has an empty file: its niceness is 0. */
function groupNiceness(pid: number): number {
  return Number(/nice (-?\d+)/.exec(readFileSync(`/proc/${pid}/autogroup`, 'utf8'))?.[1] ?? 0);
}
