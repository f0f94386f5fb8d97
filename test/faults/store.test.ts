/**
 * A scheduler on real threads whose store's disk stalls or fills up, whose supervisor dies, or whose file another one
 * has.
 */
import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { type PluginOption, type Scheduler, type SchedulerWarning, sqliteStore } from '../../src/index.ts';
import type { DoomedOptions } from '../fixtures/backends/doomed-locking.ts';
import { fixture, newScheduler, nextRuns, startScheduler, temporaryFolder } from '../support/scheduler-harness.ts';

const STALL_MS = 2_000;

function beats(own: object = {}): PluginOption[] {
  return [{ module: fixture('plugins/beats.ts'), options: { ids: ['a', 'b'], cron: '250ms', ...own } }];
}

/** A scheduler whose store has the faults that a file orders; returns how to order one. */
async function withFaultyDisk(): Promise<{
  scheduler: Scheduler;
  path: string;
  order: (fault: string | null) => void;
}> {
  const path = join(temporaryFolder(), 'store.db');
  const store = { module: fixture('stores/faulty-store.ts'), options: { path } };
  const scheduler = await startScheduler({ plugins: beats(), store });
  const order = (fault: string | null): void => {
    if (fault === null) rmSync(`${path}.fault`);
    else {
      // A rename is one step, so the thread never reads half an order.
      writeFileSync(`${path}.order`, fault);
      renameSync(`${path}.order`, `${path}.fault`);
    }
  };
  return { scheduler, path, order };
}

async function nextWarning(scheduler: Scheduler, code: string): Promise<SchedulerWarning> {
  for (;;) {
    const [warning] = (await once(scheduler, 'warning')) as [SchedulerWarning];
    if (warning.code === code) return warning;
  }
}

describe('a disk', () => {
  test('that stalls makes runs wait for their claim, and no tick', async () => {
    const { scheduler, order } = await withFaultyDisk();
    await nextRuns(scheduler, 2);
    order(`stall ${STALL_MS}`);
    const delayed = await nextRuns(scheduler, 1, ({ lateness }) => lateness.lockMs > STALL_MS / 2);
    expect(delayed.length).toBe(1);
    const ticks = (await scheduler.stats()).lateness.tick;
    expect(ticks.maxMs).toBeLessThan(STALL_MS / 2);
    // What fell due meanwhile did not start: it was missed, but for the last of it, which may meet the run. It is
    // decided before the schedule's next run, and not always before the end of the delayed one is told.
    await nextRuns(scheduler, 1, ({ key }) => key === delayed[0]?.key);
    const { overlap = 0, 'missed-skipped': missed = 0 } = (await scheduler.stats()).outcomes;
    expect(missed + overlap).toBeGreaterThan(0);
  });

  test('that is full is reported once, stops no schedule, and is written again when there is room', async () => {
    const { scheduler, order } = await withFaultyDisk();
    const warnings: string[] = [];
    scheduler.on('warning', ({ code }) => warnings.push(code));
    await nextRuns(scheduler, 2);
    order('full');
    await nextWarning(scheduler, 'store-failed');
    const meanwhile = await nextRuns(scheduler, 6);
    const recovered = nextWarning(scheduler, 'store-recovered');
    order(null);
    await recovered;
    expect(warnings).toEqual(['store-failed', 'store-recovered']);
    for (const { runId } of meanwhile) expect((await scheduler.history({ runId })).length, runId).toBe(1);
  });
});

describe('a scheduler with a store on disk', () => {
  test('knows after a restart what it knew before', async () => {
    const store = sqliteStore({ path: join(temporaryFolder(), 'store.db') });
    const first = await startScheduler({ plugins: beats(), store });
    await nextRuns(first, 4, ({ key }) => key === 'beats/a');
    await first.pause('beats/b', { note: 'maintenance' });
    await first.stop();
    const second = await newScheduler({ plugins: beats(), store });
    const runs = nextRuns(second, 1, ({ key }) => key === 'beats/a');
    await second.start();
    await runs;
    // A run under way ends before its schedule is paused; then nothing changes between two questions.
    await second.pause('beats/a');
    const [a, b] = await vi.waitFor(async () => {
      const schedules = await second.schedules();
      expect(schedules[0]?.state).toBe('paused');
      return schedules;
    });
    // A run whose claim was still on its way when the schedule was paused is in the history as aborted, with no log.
    const succeeded = await second.history({ key: 'beats/a', outcome: 'succeeded', withLog: true });
    expect(a?.dueCount).toBeGreaterThan(a?.runCount ?? 0);
    expect(a?.runCount).toBeLessThan(succeeded.length);
    expect(b).toMatchObject({ state: 'paused', pause: { note: 'maintenance' } });
    expect(succeeded[0]?.log).toMatchObject([{ level: 'info', message: expect.stringMatching(/^beat \d+/) }]);
    expect(succeeded.length).toBe(a?.outcomes.succeeded);
  });

  test('can say why an occurrence of yesterday ran, and that it was down after it', async () => {
    const store = sqliteStore({ path: join(temporaryFolder(), 'store.db') });
    const first = await startScheduler({ plugins: beats(), store });
    const [run] = await nextRuns(first, 1, ({ key }) => key === 'beats/a');
    await first.stop();
    const second = await startScheduler({ plugins: beats({ ids: ['a'] }), store });
    const ran = await second.explain('beats/a', run?.scheduledAtMs ?? 0);
    expect(ran).toMatchObject({ verdict: 'ran', runs: [{ runId: run?.runId }] });
    const removed = await second.explain('beats/b', Math.ceil(Date.now() / 250) * 250 + 250);
    expect(removed.verdict).toBe('removed');
    await expect(second.explain('beats/x', 0)).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_UNKNOWN_SCHEDULE' });
  });

  test('is refused a file that another one has', async () => {
    const store = sqliteStore({ path: join(temporaryFolder(), 'store.db') });
    await startScheduler({ plugins: beats(), store });
    const second = await newScheduler({ plugins: beats(), store });
    await expect(second.start()).rejects.toThrow(/Backend "sqlite" cannot be used: .* is in use by process \d+/);
  });

  test('goes on from its file when its supervisor dies', async () => {
    const doomed: DoomedOptions = { way: 'exit', deaths: 1, counterFile: join(temporaryFolder(), 'deaths') };
    const scheduler = await startScheduler({
      plugins: beats({ ids: ['doom', 'other'] }),
      store: sqliteStore({ path: join(temporaryFolder(), 'store.db') }),
      locking: { module: fixture('backends/doomed-locking.ts'), options: { ...doomed } },
    });
    await nextWarning(scheduler, 'supervisor-restarted');
    const runs = await nextRuns(scheduler, 6, ({ outcome }) => outcome === 'succeeded');
    const known = await scheduler.history({ limit: 1_000 });
    for (const { runId } of runs) expect(known.map((each) => each.runId)).toContain(runId);
    const counted = (await scheduler.schedules()).reduce((sum, { runCount }) => sum + runCount, 0);
    expect(counted).toBeGreaterThanOrEqual(known.length);
    const occurrences = known
      .filter(({ outcome }) => outcome !== 'lost')
      .map(({ key, scheduledAtMs }) => `${key}@${scheduledAtMs}`);
    expect(new Set(occurrences).size).toBe(occurrences.length);
  });

  test('leaves no file when it only checks', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'store.db');
    const scheduler = await startScheduler({ plugins: beats(), store: sqliteStore({ path }), dryRun: true });
    await scheduler.stop();
    expect(() => rmSync(path)).toThrow(/ENOENT/);
  });
});
