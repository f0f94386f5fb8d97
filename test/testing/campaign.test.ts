/** Random sequences of crashes, stops, suspends and triggers. Each must account for every occurrence exactly once. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScheduleStatus } from '../../src/index.ts';
import type { Schedule } from '../../src/plugin.ts';
import { createVirtualScheduler, type VirtualScheduler } from '../../src/testing/index.ts';
import { audit, auditCounters, occurrencesOf } from '../campaigns/audit.ts';

const SCHEDULES: readonly Schedule[] = (['run-once', 'skip', 'run-all'] as const).flatMap((missedRunPolicy) => [
  { id: `minutes-${missedRunPolicy}`, cron: '*/5 * * * *', missedRunPolicy },
  { id: `hourly-${missedRunPolicy}`, cron: '0 * * * *', missedRunPolicy, jitterMs: 90_000 },
  { id: `capped-${missedRunPolicy}`, cron: '20m', missedRunPolicy, maxCatchup: 2, maxLateMs: 3_600_000 },
]);
const KEYS = SCHEDULES.map(({ id }) => `p/${id}`);

type Step = Happening | Operation;
type Happening =
  | { readonly do: 'advance' | 'suspend' | 'crash' | 'stop'; readonly ms: number }
  | { readonly do: 'trigger'; readonly key: string };

type Operation =
  | { readonly do: 'pause' | 'resume'; readonly key: string }
  | { readonly do: 'step'; readonly ms: number }
  | { readonly do: 'place'; readonly key: string; readonly ms: number };

/** Steps of the clock: small ones, repeated hours, new calendars, and the way back. */
const STEPS_MS = [-1_000_000_000, -86_400_000, -7_200_000, -600_000, -5_000, 999, 600_000, 7_200_000, 86_400_000];
const duration = fc.constantFrom(1, 999, 30_000, 299_999, 300_000, 3_600_000, 7_500_000, 30_000_000);
const happening: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: duration }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('suspend', 'crash', 'stop'), ms: duration }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('trigger' as const), key: fc.constantFrom(...KEYS) }) },
);
const operation: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), key: fc.constantFrom(...KEYS) }),
  fc.record({ do: fc.constant('step' as const), ms: fc.constantFrom(...STEPS_MS) }),
  fc.record({
    do: fc.constant('place' as const),
    key: fc.constantFrom(...KEYS),
    ms: fc.constantFrom(-7_200_000, 0, 900_000),
  }),
);

async function carryOut(scheduler: VirtualScheduler, next: Step): Promise<void> {
  switch (next.do) {
    case 'advance':
    case 'suspend':
      return scheduler[next.do](next.ms);
    case 'pause':
    case 'resume':
      return scheduler[next.do](next.key);
    case 'step':
      return scheduler.stepWall(next.ms);
    case 'place':
      return scheduler.setPosition(next.key, scheduler.now + next.ms);
    case 'trigger':
      return trigger(scheduler, next.key);
    default:
      await scheduler[next.do]();
      await scheduler.restart({ after: next.ms });
  }
}

async function trigger(scheduler: VirtualScheduler, key: string): Promise<void> {
  const status = (await scheduler.schedules()).find((each) => each.key === key);
  if (status?.state === 'idle') await scheduler.trigger(key);
}

/** Takes the steps one after another. */
async function live(steps: readonly Step[], seed: number): Promise<VirtualScheduler> {
  const scheduler = await createVirtualScheduler({
    plugins: [{ name: 'p', schedules: () => SCHEDULES, run: () => {} }],
    runMs: (_ctx, random) => Math.round(random() ** 6 * 400_000),
    threads: 3,
    budget: { wallMs: 200_000 },
    seed,
  });
  await scheduler.start();
  for (const next of steps) await carryOut(scheduler, next);
  return scheduler;
}

/** Audits every schedule at an instant at which it has no run under way. */
async function atRest(scheduler: VirtualScheduler, auditOne: typeof auditIdle): Promise<string[]> {
  await scheduler.advance('1d');
  const problems: string[] = [];
  const waiting = new Set(KEYS);
  for (let minute = 0; minute < 120 && waiting.size > 0; minute += 1) {
    await scheduler.advance('61s');
    for (const status of await scheduler.schedules()) {
      if (status.state === 'idle' && waiting.delete(status.key)) problems.push(...auditOne(status, scheduler));
    }
  }
  return [...problems, ...[...waiting].map((key) => `${key} never comes to rest`)];
}

function auditIdle(status: ScheduleStatus, scheduler: VirtualScheduler): string[] {
  const { key, cron, timezone, createdAtMs, nextOccurrenceAtMs, jitterMs } = status;
  const nextMs = nextOccurrenceAtMs ?? 0;
  const isBehind = nextMs + jitterMs <= scheduler.now;
  const occurrences = occurrencesOf(cron, timezone, { fromMs: createdAtMs, untilMs: nextMs - 1 });
  return [
    ...(isBehind ? [`${key} has not come to ${new Date(nextMs).toISOString()}`] : []),
    ...audit(scheduler, { key, occurrences }),
    ...auditCounters(status, scheduler),
  ];
}

// A life may pass days, in which schedules of a second run.
describe('a random life in virtual time', { timeout: 120_000 }, () => {
  test('loses no occurrence, and runs none twice', async () => {
    const reached: Partial<Record<string, number>> = {};
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 14 }), fc.nat(), async (steps, seed) => {
        const scheduler = await live(steps, seed);
        expect(await atRest(scheduler, auditIdle)).toEqual([]);
        for (const { outcome } of [...scheduler.runs, ...scheduler.decisions]) {
          reached[outcome] = (reached[outcome] ?? 0) + 1;
        }
      }),
      { numRuns: 40 },
    );
    // A campaign in which this never happened has shown nothing.
    expect(Object.keys(reached).toSorted()).toEqual(
      expect.arrayContaining(['aborted', 'lost', 'missed-skipped', 'overlap', 'succeeded', 'timed-out']),
    );
  });

  test('starts nothing twice and miscounts nothing, whatever operators and the clock do', async () => {
    const steps = fc.array(fc.oneof({ weight: 2, arbitrary: happening }, { weight: 1, arbitrary: operation }), {
      minLength: 4,
      maxLength: 16,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (lived, seed) => {
        const scheduler = await live(lived, seed);
        for (const key of KEYS) await scheduler.resume(key);
        expect(await atRest(scheduler, auditCounters)).toEqual([]);
        const own = scheduler.runs.filter(({ trigger: by, recoveryOf }) => by !== 'manual' && recoveryOf === undefined);
        const starts = own.map(({ key, scheduledAtMs, pass }) => `${key}@${scheduledAtMs}/${pass ?? 1}`);
        expect(starts.filter((start, index) => starts.indexOf(start) !== index)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});
