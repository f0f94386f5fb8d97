/** A scheduler is drained on real threads, alone and beside another one on the same file of locks. */
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type RunStartEvent, type Scheduler, sqliteLocking } from '../../src/index.ts';
import type { DoomedOptions } from '../fixtures/backends/doomed-locking.ts';
import { fixture, newScheduler, nextRuns, startScheduler, temporaryFolder } from '../support/scheduler-harness.ts';

const NOTHING = { finished: [], aborted: [], killed: [] };

/** A host function that a run waits for, and what lets the run go on. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<null>();
  return { hostFunctions: { done: () => promise }, open: () => resolve(null) };
}

function held(id: string) {
  return { module: fixture('plugins/awaits-host.ts'), options: { cron: '9000w', locking: 'require-global', id } };
}

async function startOf(scheduler: Scheduler, key: string): Promise<string> {
  const started = once(scheduler, 'run-start');
  const runId = await scheduler.trigger(key);
  await started;
  return runId;
}

function restartOf(scheduler: Scheduler): Promise<void> {
  return new Promise((resolve) => scheduler.on('warning', ({ code }) => code === 'supervisor-restarted' && resolve()));
}

// Each starts and ends real threads.
describe('Scheduler.drain', { timeout: 40_000 }, () => {
  test('lets its run finish while another node takes its turns', async () => {
    const path = join(temporaryFolder(), 'locks.db');
    const beats = { ids: ['a', 'b', 'c', 'd'], cron: '500ms', locking: 'require-global' };
    const plugins = [{ module: fixture('plugins/beats.ts'), options: beats }];
    const { hostFunctions, open } = gate();
    const common = { cluster: true, locking: sqliteLocking({ path }) };
    const leaving = await startScheduler({ ...common, hostFunctions, plugins: [...plugins, held('only')] });
    const staying = await startScheduler({ ...common, plugins });
    await Promise.all([leaving, staying].map((node) => nextRuns(node, 1, ({ trigger }) => trigger === 'clock')));
    const runId = await startOf(leaving, 'awaits-host/only');

    const draining = leaving.drain();
    expect(leaving.drain({ timeoutMs: 1 })).toBe(draining);
    const { nodeId, isDraining } = await leaving.stats();
    expect(isDraining).toBe(true);
    await expect(leaving.trigger('beats/a')).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_NOT_RUNNING' });
    const after: RunStartEvent[] = [];
    const drainedAtMs = Date.now();
    leaving.on('run-start', (start) => after.push(start));
    // More than the whole share of one node, of occurrences that all fell due after the drain began.
    await nextRuns(staying, 40, ({ scheduledAtMs }) => scheduledAtMs > drainedAtMs);
    expect(after.filter(({ scheduledAtMs }) => scheduledAtMs > drainedAtMs)).toEqual([]);
    expect((await staying.stats()).cluster.nodes).toContainEqual({
      ...{ nodeId, isThisNode: false, state: 'draining', capacity: 0 },
      ...{ clockSkewMs: null, runs: null },
    });

    const { nodes } = (await leaving.stats()).cluster;
    expect(nodes[0]).toMatchObject({ nodeId, state: 'draining', runs: [{ runId, key: 'awaits-host/only' }] });
    open();
    const report = await draining;
    expect(report.unfinished).toEqual([]);
    expect(report.finished).toContainEqual({ runId, key: 'awaits-host/only' });
    expect(await leaving.stop({ drainMs: 0 })).toEqual(NOTHING);
  });

  test('says after its time limit what goes on, and a stop ends that', async () => {
    const { hostFunctions } = gate();
    const scheduler = await startScheduler({ plugins: [held('only')], hostFunctions });
    const runId = await startOf(scheduler, 'awaits-host/only');
    await expect(scheduler.drain({ timeoutMs: -1 })).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_INVALID_OPTION' });
    const run = { runId, key: 'awaits-host/only' };
    expect(await scheduler.drain({ timeoutMs: 0 })).toEqual({ finished: [], unfinished: [run] });
    expect(await scheduler.stop({ drainMs: 0 })).toMatchObject({ finished: [] });
    expect(await scheduler.drain()).toEqual({ finished: [], unfinished: [run] });
  });

  test('is refused before the start', async () => {
    const scheduler = await newScheduler({});
    await expect(scheduler.drain()).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_NOT_RUNNING' });
    await scheduler.start();
    expect(await scheduler.drain()).toEqual({ finished: [], unfinished: [] });
  });

  test('goes on in the supervisor thread that follows one that died', async () => {
    const { hostFunctions, open } = gate();
    const options: DoomedOptions = {
      ...{ way: 'exit', deaths: 1, call: 'release' },
      counterFile: join(temporaryFolder(), 'deaths'),
    };
    const locking = { module: fixture('backends/doomed-locking.ts'), options: { ...options } };
    const beats = { module: fixture('plugins/beats.ts'), options: { ids: ['other'], cron: '500ms' } };
    const scheduler = await startScheduler({ plugins: [held('doom'), beats], hostFunctions, locking });
    await nextRuns(scheduler, 1);
    await startOf(scheduler, 'awaits-host/doom');
    const drained = scheduler.drain().catch(() => null);
    const restarted = restartOf(scheduler);
    open();
    await Promise.all([drained, restarted]);
    expect(await scheduler.stats()).toMatchObject({ isDraining: true, queue: { nextDueAtMs: null } });
    expect(await scheduler.drain()).toMatchObject({ unfinished: [] });
  });

  test('finishes a storm of two hundred schedules, also when it is asked for again and the thread dies', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `s${index}`);
    const beats = { module: fixture('plugins/beats.ts'), options: { ids, cron: '500ms' } };
    const { hostFunctions, open } = gate();
    const options: DoomedOptions = {
      ...{ way: 'exit', deaths: 1, call: 'release' },
      counterFile: join(temporaryFolder(), 'deaths'),
    };
    const locking = { module: fixture('backends/doomed-locking.ts'), options: { ...options } };
    const scheduler = await startScheduler({ plugins: [held('doom'), beats], hostFunctions, locking });
    await nextRuns(scheduler, 200);
    await startOf(scheduler, 'awaits-host/doom');
    const [first, again] = [scheduler.drain(), scheduler.drain()];
    expect(again).toBe(first);
    // The thread dies when the last run is over, before or after it has said so.
    const drained = first.catch(() => null);
    const restarted = restartOf(scheduler);
    open();
    await Promise.all([drained, restarted]);
    expect(await scheduler.drain()).toMatchObject({ unfinished: [] });
    const late: RunStartEvent[] = [];
    scheduler.on('run-start', (start) => late.push(start));
    const { isDraining, queue } = await scheduler.stats();
    expect([isDraining, queue.nextDueAtMs]).toEqual([true, null]);
    expect(await scheduler.stop({ drainMs: 0 })).toEqual(NOTHING);
    expect(late).toEqual([]);
  });
});
