import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/index.ts';
import { fixture, nextRun, startScheduler, temporaryFolder, unaccounted } from '../support/scheduler-harness.ts';

const BUDGET = { wallMs: 400, graceMs: 200 };
/** They end by themselves, but take their time on a busy machine. */
const LONG = new Set<string | undefined>(['console-flood.ts', 'heap-exhaustion.ts', 'throws.ts']);
/** What an outcome may take beyond budget and grace. */
const MARGIN_MS = 1_000;

const FAULTS: readonly (readonly [string, Outcome, string?])[] = [
  ['endless-loop.ts', 'timed-out'],
  ['atomics-wait.ts', 'timed-out'],
  ['catastrophic-regex.ts', 'timed-out'],
  ['ignores-signal.ts', 'timed-out'],
  ['honours-signal.ts', 'timed-out'],
  ['heap-exhaustion.ts', 'out-of-memory'],
  ['process-exit.ts', 'crashed'],
  ['timer-bomb.ts', 'crashed'],
  ['floating-rejection.ts', 'crashed'],
  ['throws.ts', 'failed', 'undefined'],
  ['throws.ts', 'failed', 'proxy'],
  ['throws.ts', 'failed', 'huge'],
  ['uncloneable-result.ts', 'succeeded'],
  ['console-flood.ts', 'succeeded'],
];

describe('a hostile plugin, alone in its pool with a good one', () => {
  test.each(FAULTS)('%s ends as %s (%s), and the good one goes on as scheduled', async (module, outcome, config) => {
    const budget = LONG.has(module) ? { wallMs: 10_000, graceMs: 200 } : BUDGET;
    const hostile = { module: fixture(`plugins/${module}`), budget, ...(config !== undefined && { config }) };
    const scheduler = await startScheduler({
      plugins: [
        { module: fixture('plugins/scheduled.ts'), options: hostile },
        { module: fixture('plugins/beats.ts'), options: { ids: ['good'], cron: '500ms' } },
      ],
      pool: { maxThreads: 1, resourceLimits: { maxOldGenerationSizeMb: 64 } },
      logger: { level: 'info', destination: join(temporaryFolder(), 'log') },
    });
    const settled = nextRun(scheduler, ({ plugin }) => plugin === 'hostile');
    await scheduler.trigger('hostile/fault');
    const run = await settled;
    const next = await nextRun(scheduler, ({ plugin }) => plugin === 'beats');
    expect(run.outcome).toBe(outcome);
    expect(run.finishedAtMs - run.startedAtMs).toBeLessThan(budget.wallMs + budget.graceMs + MARGIN_MS);
    // Not a catch-up: it started less than a second after it was due.
    expect(next).toMatchObject({ outcome: 'succeeded', trigger: 'clock' });
    expect(await unaccounted(scheduler)).toEqual([]);
    await scheduler.stop({ drainMs: 0 });
  });
});
