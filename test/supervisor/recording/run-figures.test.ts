import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../../../src/machines/run.ts';
import { MAX_PLUGINS, OTHER_PLUGINS, RunFigures } from '../../../src/supervisor/recording/run-figures.ts';
import { NAME_PATTERN } from '../../../src/supervisor/schedules/declaring/declaration-rules.ts';
import { recordOf } from '../../support/ledger-entries.ts';

function runOf(plugin: string, own: Partial<RunRecord> = {}): RunRecord {
  return recordOf('run', 1_000, { plugin, threadId: 1, ...own });
}

/** How many values a histogram has. */
function size({ counts }: { readonly counts: readonly number[] }): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

describe('RunFigures', () => {
  test('counts by plugin, and lateness for all of them', () => {
    const figures = new RunFigures();
    const lateness = { tickMs: 0.2, lockMs: 3, queueMs: 40, startMs: 500, totalMs: 543.2 };
    figures.countRun(runOf('reports', { startedAtMs: 1_000, finishedAtMs: 1_030, cpuMs: 7, lateness }));
    figures.countRun(runOf('reports', { outcome: 'failed' }));
    figures.countSkipped('billing', 'overlap', 4);

    const [reports, billing] = figures.plugins();
    expect(reports?.outcomes).toMatchObject({ succeeded: 1, failed: 1, overlap: 0 });
    expect([reports?.durationMs.sum, size(reports?.durationMs ?? { counts: [] })]).toEqual([34, 2]);
    expect(reports?.cpuMs).toMatchObject({ sum: 7 });
    expect([billing?.plugin, billing?.outcomes.overlap]).toEqual(['billing', 4]);
    expect(figures.latenessMs().start).toMatchObject({ sum: 500 });
    expect(Object.values(figures.latenessMs()).map(size)).toEqual([2, 2, 2, 2, 2]);
  });

  test('takes a run that never had a thread for neither late nor long', () => {
    const figures = new RunFigures();
    const { threadId: _, ...record } = runOf('reports', { outcome: 'aborted' });
    figures.countRun(record);
    const [reports] = figures.plugins();
    expect(reports?.outcomes.aborted).toBe(1);
    expect([size(reports?.durationMs ?? { counts: [1] }), size(figures.latenessMs().total)]).toEqual([0, 0]);
  });

  test('tells shares of a budget only where there is one', () => {
    const figures = new RunFigures();
    const unlimited = Number.POSITIVE_INFINITY;
    const budget = { wallMs: 1_000, cpuMs: unlimited, heapMb: 1, graceMs: 0, fuel: unlimited };
    figures.countUse('reports', budget, { wallMs: 1_500, cpuMs: 900, heldBytes: 524_288, fuel: 1 });
    figures.countUse('reports', budget, { wallMs: 100 });
    const { wall, cpu, heap, fuel } = figures.plugins()[0]?.budgets ?? expect.unreachable();
    expect([wall.max, heap.max, cpu.max, fuel.max]).toEqual([1.5, 0.5, 0, 0]);
    expect([wall, heap, cpu, fuel].map(({ shares }) => size(shares))).toEqual([2, 1, 0, 0]);
  });

  test('is bounded: further plugins are counted together, under a name that no plugin can have', () => {
    const figures = new RunFigures();
    for (let index = 0; index < MAX_PLUGINS + 50; index++) figures.countRun(runOf(`plugin-${index}`));
    figures.countRun(runOf('plugin-0'));
    const plugins = figures.plugins();
    expect(plugins).toHaveLength(MAX_PLUGINS + 1);
    expect(plugins[0]?.outcomes.succeeded).toBe(2);
    expect(plugins.at(-1)).toMatchObject({ plugin: OTHER_PLUGINS, outcomes: { succeeded: 50 } });
    expect(NAME_PATTERN.test(OTHER_PLUGINS)).toBe(false);
  });

  test('forgets what is no longer installed, and keeps what was counted together', () => {
    const figures = new RunFigures();
    for (let index = 0; index <= MAX_PLUGINS; index++) figures.countRun(runOf(`plugin-${index}`));
    figures.keep(new Set(['plugin-7']));
    expect(figures.plugins().map(({ plugin }) => plugin)).toEqual(['plugin-7', OTHER_PLUGINS]);
    figures.countRun(runOf('new'));
    expect(figures.plugins().map(({ plugin }) => plugin)).toEqual(['plugin-7', 'new', OTHER_PLUGINS]);
  });
});
