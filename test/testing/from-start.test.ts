import { describe, expect, test } from 'vitest';
import type { Schedule, ScheduledPlugin } from '../../src/plugin.ts';
import { createVirtualCluster, createVirtualScheduler, type VirtualSchedulerOptions } from '../../src/testing/index.ts';

const START = '2026-03-05T00:00:00Z';
const KEY = 'p/s';

function plugin(schedule: Partial<Schedule>, run: ScheduledPlugin['run'] = () => {}): ScheduledPlugin {
  return { name: 'p', schedules: () => [{ id: 's', cron: '@reboot', ...schedule }], run };
}

async function running(given: ScheduledPlugin, options: Partial<VirtualSchedulerOptions> = {}) {
  const scheduler = await createVirtualScheduler({ plugins: [given], startAt: START, ...options });
  await scheduler.start();
  return scheduler;
}

const text = (atMs: number): string => new Date(atMs).toISOString().slice(11, 23);
const starts = ({ runs }: { readonly runs: readonly { readonly scheduledAtMs: number; readonly outcome: string }[] }) =>
  runs.map(({ scheduledAtMs, outcome }) => `${text(scheduledAtMs)} ${outcome}`);

describe('@reboot', { timeout: 60_000 }, () => {
  test('runs once when the scheduler has started, and never again', async () => {
    const scheduler = await running(plugin({}));
    await scheduler.advance('3d');
    expect(starts(scheduler)).toEqual(['00:00:00.001 succeeded']);
    const [status] = await scheduler.schedules();
    expect(status).toMatchObject({ state: 'idle', nextOccurrenceAtMs: null, dueCount: 1, outcomes: { succeeded: 1 } });
    expect((await scheduler.stats()).queue.nextDueAtMs).toBeNull();
  });

  test.each(['skip', 'run-once', 'run-all'] as const)(
    'runs once after each start of a store that remembers the last one, under %s',
    async (missedRunPolicy) => {
      const scheduler = await running(plugin({ missedRunPolicy }));
      await scheduler.advance('1m');
      await scheduler.stop();
      await scheduler.restart();
      await scheduler.advance('1m');
      await scheduler.crash();
      await scheduler.advance('3h');
      await scheduler.restart();
      await scheduler.advance('1d');
      expect(scheduler.runs.map(({ trigger, outcome }) => `${trigger} ${outcome}`)).toEqual([
        'clock succeeded',
        'clock succeeded',
        'clock succeeded',
      ]);
    },
  );

  test.each([
    ['skip', ['lost', 'succeeded']],
    ['run-once', ['lost', 'succeeded run-1']],
    ['run-all', ['lost', 'succeeded run-1', 'succeeded']],
  ] as const)('after a run that was lost with its process, under %s', async (missedRunPolicy, expected) => {
    let runCount = 0;
    const endless = new Promise<void>(() => {});
    const scheduler = await running(plugin({ missedRunPolicy }, () => (++runCount === 1 ? endless : undefined)));
    await scheduler.advance('1m');
    await scheduler.crash();
    await scheduler.restart();
    await scheduler.advance('1m');
    const outcomes = scheduler.runs.map(({ outcome, recoveryOf }) => `${outcome} ${recoveryOf ?? ''}`.trim());
    expect(outcomes).toEqual(expected);
  });

  test('keeps its jitter', async () => {
    const scheduler = await running(plugin({ jitterMs: 60_000 }));
    await scheduler.advance('2m');
    expect(scheduler.runs).toHaveLength(1);
    const [run] = scheduler.runs;
    expect((run?.dueAtMs ?? 0) - (run?.scheduledAtMs ?? 0)).toBeGreaterThan(100);
  });

  test('does not run while it is disabled or paused, and can be triggered', async () => {
    const disabled = await running(plugin({ enabled: false }));
    await disabled.advance('1d');
    expect(disabled.runs).toEqual([]);
    const scheduler = await running(plugin({}));
    await scheduler.advance('1m');
    await scheduler.pause(KEY);
    await scheduler.stop();
    await scheduler.restart();
    await scheduler.advance('1m');
    expect(scheduler.runs).toHaveLength(1);
    await scheduler.resume(KEY);
    await scheduler.advance('1m');
    expect(scheduler.runs.filter(({ outcome }) => outcome === 'succeeded')).toHaveLength(1);
    await scheduler.trigger(KEY);
    await scheduler.advance('1m');
    expect(scheduler.runs.at(-1)).toMatchObject({ trigger: 'manual', outcome: 'succeeded' });
  });

  test.each([-60_000, -2 * 3_600_000, -400 * 86_400_000, 400 * 86_400_000])(
    'does not run again when the clock is set by %i ms, and runs at the next start',
    async (byMs) => {
      const scheduler = await running(plugin({}));
      await scheduler.advance('1h');
      await scheduler.stepWall(byMs);
      await scheduler.advance('1d');
      expect(scheduler.runs).toHaveLength(1);
      await scheduler.stop();
      await scheduler.restart();
      await scheduler.advance('1d');
      expect(scheduler.runs).toHaveLength(2);
    },
  );

  test.each([
    { missedRunPolicy: 'skip' },
    { missedRunPolicy: 'skip', missedAfterMs: 0, jitterMs: 30_000 },
    { missedRunPolicy: 'run-once', maxCatchup: 0 },
    { missedRunPolicy: 'run-all', maxLateMs: 1_000 },
  ] as const)('runs for a start after which the clock was set far ahead at once, under %j', async (rules) => {
    const scheduler = await running(plugin(rules));
    await scheduler.stepWall(400 * 86_400_000);
    await scheduler.advance('1h');
    expect(scheduler.runs).toMatchObject([{ trigger: 'clock', outcome: 'succeeded' }]);
    expect((await scheduler.schedules())[0]?.outcomes).toEqual({ succeeded: 1 });
  });

  test('runs by the clock as it is after a start with a clock that was years ahead', async () => {
    const scheduler = await running(plugin({}), { startAt: '2098-01-01T00:00:00Z' });
    await scheduler.advance('1h');
    await scheduler.crash();
    await scheduler.stepWall(Date.parse(START) - scheduler.now);
    await scheduler.restart();
    await scheduler.advance('1h');
    expect(scheduler.runs).toHaveLength(2);
  });

  test('runs again when an operator sets the schedule back', async () => {
    const scheduler = await running(plugin({}));
    await scheduler.advance('1s');
    await scheduler.setPosition(KEY, START);
    await scheduler.advance('1s');
    expect(scheduler.runs).toHaveLength(2);
  });

  test('is explained by what became of its start', async () => {
    const scheduler = await running(plugin({}));
    await scheduler.advance('1h');
    const [run] = scheduler.runs;
    expect((await scheduler.explain(KEY, run?.scheduledAtMs ?? 0)).verdict).toBe('ran');
    const later = await scheduler.explain(KEY, '2026-03-05T00:30:00Z');
    expect(later.verdict).toBe('not-due');
    expect(later.text).toContain('when it falls due cannot be computed');
  });
});

describe('@every', () => {
  const every = (cron: string, own: Partial<Schedule> = {}) => plugin({ cron, ...own });

  test('is counted from when the schedule was first registered, over restarts', async () => {
    const scheduler = await running(every('@every 7m'), { startAt: '2026-03-05T00:02:03Z' });
    await scheduler.advance('15m');
    await scheduler.stop();
    await scheduler.restart();
    await scheduler.advance('15m');
    expect(starts(scheduler).map((line) => line.slice(0, 8))).toEqual(['00:09:03', '00:16:03', '00:23:03', '00:30:03']);
    const [status] = await scheduler.schedules();
    expect(text(status?.nextOccurrenceAtMs ?? 0)).toBe('00:37:03.000');
  });

  test('makes up for what was missed, and counts it', async () => {
    const scheduler = await running(every('@every 7m', { missedRunPolicy: 'run-once' }));
    await scheduler.crash();
    await scheduler.advance('30m');
    await scheduler.restart();
    await scheduler.advance('1m');
    expect(scheduler.runs).toMatchObject([{ trigger: 'catch-up' }]);
    expect((await scheduler.schedules())[0]?.outcomes).toEqual({ succeeded: 1, 'missed-skipped': 3 });
    expect(text(scheduler.runs[0]?.scheduledAtMs ?? 0)).toBe('00:28:00.000');
  });

  test('is explained by the same count', async () => {
    const scheduler = await running(every('@every 7m'));
    await scheduler.advance('10m');
    const { verdict, previousAtMs, nextAtMs } = await scheduler.explain(KEY, '2026-03-05T00:08:00Z');
    expect(verdict).toBe('not-due');
    expect([previousAtMs, nextAtMs].map((atMs) => text(atMs ?? 0))).toEqual(['00:07:00.000', '00:14:00.000']);
    expect((await scheduler.explain(KEY, '2026-03-05T00:07:00Z')).verdict).toBe('ran');
  });

  test('goes on with its count after the clock was set', async () => {
    const scheduler = await running(every('@every 7m'));
    await scheduler.advance('10m');
    await scheduler.stepWall(-2 * 3_600_000);
    await scheduler.advance('1h');
    const gaps = scheduler.runs
      .slice(2)
      .map((run, index) => run.scheduledAtMs - (scheduler.runs[index + 1]?.scheduledAtMs ?? 0));
    expect(new Set(gaps)).toEqual(new Set([7 * 60_000]));
    expect(gaps.length).toBeGreaterThan(5);
  });

  test('two schedules of one plugin have a count each', async () => {
    const seen: string[] = [];
    const two: ScheduledPlugin = {
      name: 'p',
      schedules: () => [
        { id: 'a', cron: '@every 7m' },
        { id: 'b', cron: '@every 7m', jitterMs: 1_000 },
      ],
      run: ({ scheduleId }) => void seen.push(scheduleId),
    };
    const scheduler = await running(two);
    await scheduler.advance('8m');
    expect(seen.sort()).toEqual(['a', 'b']);
  });
});

describe('in a cluster that shares only locks', { timeout: 60_000 }, () => {
  test('@every is counted by each node for itself, and each node warns of it once', async () => {
    const cluster = createVirtualCluster({ nodes: 2, backend: 'locking', plugins: [plugin({ cron: '@every 7m' })] });
    await cluster.start();
    await cluster.advance('10m');
    expect(cluster.warnings.map(({ code, message }) => [code, message])).toEqual([
      ['counted-apart', expect.stringContaining(`"${KEY}"`)],
      ['counted-apart', expect.stringContaining(`"${KEY}"`)],
    ]);
    await cluster.stop();
  });
});

describe('in a cluster that shares a store', { timeout: 60_000 }, () => {
  test('@reboot runs after the last of the starts, and again after the start of one node', async () => {
    const cluster = createVirtualCluster({ nodes: 3, backend: 'store', plugins: [plugin({})] });
    await cluster.start();
    await cluster.advance('10m');
    const first = cluster.starts.length;
    expect(first).toBeGreaterThanOrEqual(1);
    expect(first).toBeLessThanOrEqual(3);
    const [node] = cluster.nodes;
    await node?.crash();
    await cluster.advance('10m');
    await node?.start();
    await cluster.advance('10m');
    expect(cluster.starts.slice(first).map(({ node: name }) => name)).toHaveLength(1);
    await cluster.stop();
  });

  test('@reboot of a node-local schedule runs on each of them', async () => {
    const cluster = createVirtualCluster({ nodes: 3, backend: 'store', plugins: [plugin({ locking: 'node-local' })] });
    await cluster.start();
    await cluster.advance('10m');
    expect(new Set(cluster.starts.map(({ node }) => node)).size).toBe(3);
    expect(cluster.starts).toHaveLength(3);
    await cluster.stop();
  });

  test('@every has one count, whichever node runs it, and after all have started anew', async () => {
    const cluster = createVirtualCluster({ nodes: 3, backend: 'store', plugins: [plugin({ cron: '@every 7m' })] });
    await cluster.start();
    await cluster.advance('1h');
    for (const node of cluster.nodes) {
      await node.crash();
      await node.start();
    }
    await cluster.advance('1h');
    const instants = cluster.starts.map(({ scheduledAtMs }) => scheduledAtMs);
    const gaps = new Set(instants.slice(1).map((atMs, index) => atMs - (instants[index] as number)));
    expect(gaps).toEqual(new Set([7 * 60_000]));
    expect(instants.length).toBeGreaterThan(14);
    await cluster.stop();
  });
});
