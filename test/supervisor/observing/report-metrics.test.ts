import { describe, expect, test } from 'vitest';
import { tenantReports } from '../../../src/supervisor/observing/report-metrics.ts';
import { startCounting } from '../../support/metrics-source.ts';
import { fixture } from '../../support/scheduler-harness.ts';
import { define, every, VirtualEngine } from '../../support/virtual-engine.ts';

const BEATS = { module: fixture('plugins/beats.ts'), options: { ids: ['one', 'two'], cron: '1d' } };

describe('the metrics of a supervisor thread', { timeout: 30_000 }, () => {
  test('have what ran, how late, how near its limits, and when something was last claimed', async () => {
    const { client, until, report } = await startCounting({ plugins: [BEATS] });
    const before = await report();
    expect(before).toMatchObject({ restartCount: 0, lastClaimAtMs: null, runs: [], isDraining: false });
    expect(before.schedules).toEqual({ idle: 2, paused: 0, faulted: 0, disabled: 0, failing: 0 });
    await client.request('trigger', { key: 'beats/one' });
    await client.request('pause', { key: 'beats/two' });
    await until((events) => events.some(({ type }) => type === 'run'));

    const after = await report();
    const [beats] = after.runs;
    expect([beats?.plugin, beats?.outcomes.succeeded, beats?.outcomes.failed]).toEqual(['beats', 1, 0]);
    expect(beats?.budgets.wall.max).toBeGreaterThan(0);
    expect(beats?.budgets.heap.max).toBeGreaterThan(0);
    expect(beats?.budgets.heap.max).toBeLessThan(1);
    expect(after.latenessMs.total.sum).toBeGreaterThan(0);
    expect(after.lastClaimAtMs).toBeGreaterThanOrEqual(after.startedAtMs);
    expect(after.schedules).toMatchObject({ idle: 1, paused: 1 });
    expect(after.nodes).toEqual({ alive: 1, draining: 0, gone: 0 });
    expect(after.plugins).toEqual({ loaded: 1, refused: 0 });
  });

  test('begin anew with a thread that replaces one that died, and say so', async () => {
    const { client, thread, until, report, whenRestarted } = await startCounting({ plugins: [BEATS] });
    await client.request('trigger', { key: 'beats/one' });
    await until((events) => events.some(({ type }) => type === 'run'));
    const before = await report();
    await thread.terminate();
    await whenRestarted;
    const after = await report();
    expect([before.restartCount, after.restartCount]).toEqual([0, 1]);
    expect(after.startedAtMs).toBeGreaterThan(before.startedAtMs);
    expect(after.runs).toEqual([]);
  });
});

describe('the counts of schedules', () => {
  test('say where they rest, and how many of them fail', async () => {
    const engine = new VirtualEngine();
    engine.pool.script = () => ({ durationMs: 1, outcome: 'failed' });
    engine.start(
      define('p/fails', every(1_000)),
      define('p/rests', every(1e9)),
      define('p/off', every(1_000), { isEnabled: false }),
      define('p/held', every(1e9)),
    );
    await engine.engine.pause('p/held');
    await engine.clock.advance(1_100);
    expect(engine.engine.schedules.counts()).toEqual({ idle: 2, paused: 1, faulted: 0, disabled: 1, failing: 1 });
  });
});

describe('the tenants in a report', () => {
  test('are bounded: those that were seen last are counted together', () => {
    const stats = Array.from({ length: 103 }, (_, index) => ({
      tenantId: `tenant-${index}`,
      outcomes: index === 102 ? { failed: 2 } : { succeeded: 1 },
      lateness: { count: 2, meanMs: 10, maxMs: 15 },
    }));
    const reports = tenantReports(stats);
    expect(reports).toHaveLength(101);
    expect(reports[0]).toEqual({ tenantId: 'tenant-0', outcomes: { succeeded: 1 }, startedCount: 2, lateMs: 20 });
    expect(reports[100]).toEqual({
      isOthers: true,
      outcomes: { succeeded: 2, failed: 2 },
      startedCount: 6,
      lateMs: 60,
    });
    expect(tenantReports(stats.slice(0, 100)).some(({ isOthers }) => isOthers)).toBe(false);
  });
});
