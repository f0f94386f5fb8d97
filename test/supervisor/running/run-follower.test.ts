import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../../src/backends/memory/memory-store.ts';
import { Ledger } from '../../../src/machines/ledger/ledger.ts';
import type { Occurrence } from '../../../src/machines/run.ts';
import type { ScheduleEvent } from '../../../src/machines/schedule-events.ts';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import { Capacity } from '../../../src/supervisor/cluster/capacity.ts';
import type { RunReport } from '../../../src/supervisor/ports/run-pool.ts';
import type { SupervisorEvent } from '../../../src/supervisor/protocol.ts';
import { Metrics } from '../../../src/supervisor/recording/metrics.ts';
import { Recorder } from '../../../src/supervisor/recording/recorder.ts';
import type { PluginReport } from '../../../src/supervisor/recording/run-figures.ts';
import { RunFollower } from '../../../src/supervisor/running/run-follower.ts';
import { collected } from '../../../src/supervisor/running/run-in-progress.ts';
import { liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { silentLogger } from '../../../src/testing/silent-logger.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { KEY, registered } from '../../support/ledger-entries.ts';
import { noCalls } from '../../support/no-calls.ts';
import { define, every } from '../../support/virtual-engine.ts';
import { VirtualPool } from '../../support/virtual-pool.ts';

const START = { dispatchedAtMonotonicMs: 10, startedAtMonotonicMs: 20, threadId: 7 };

/** A run whose pool says what the test does, and what becomes known of it. */
function following(own: Partial<Occurrence> = {}) {
  const clock = new VirtualClock();
  const schedule = liveSchedule(define(KEY, every(1_000)), fold(undefined, registered(0)) as ScheduleState);
  const occurrence = { scheduledAtMs: 1_000, dueAtMs: 1_000, trigger: 'clock', ...own } as const;
  const run = collected(schedule, occurrence, { runId: 'run', nodeId: 'node' });
  const events: SupervisorEvent[] = [];
  const logged: unknown[] = [];
  const ended: string[] = [];
  const capacity = new Capacity(new VirtualPool(clock, 1));
  const metrics = new Metrics();
  const store = new MemoryStore({ ledger: new Ledger() });
  const follower = new RunFollower(run, {
    clock,
    capacity,
    log: {
      ...silentLogger,
      warn: (fields, message) => logged.push([fields, message]),
      redact: (fields) => ('secret' in fields ? { ...fields, secret: '[Redacted]' } : fields),
    },
    emit: (event) => events.push(event),
    calls: {
      ...noCalls,
      call: async ({ runId }, name, args) => [runId, name, ...args],
      ended: (runId) => ended.push(runId),
    },
    recorder: new Recorder({ clock, store, log: silentLogger, metrics, nodeId: 'node', emit: () => {} }),
  });
  const facts: string[] = [];
  const known: ScheduleEvent[] = [];
  follower.facts.follow((fact) => {
    facts.push(fact.type);
    known.push(fact);
  });
  const report = (own: Partial<RunReport> = {}): void =>
    follower.reported({
      outcome: 'succeeded',
      finishedAtMonotonicMs: 10_020,
      droppedLogLines: 0,
      isQuarantined: false,
      isTerminated: false,
      ...own,
    });
  return { clock, run, events, ended, logged, capacity, metrics, follower, facts, known, report };
}

describe('RunFollower', () => {
  test('turns the start and the end of a run into facts, in their order', async () => {
    const { clock, run, follower, facts, report } = following();
    follower.started(START);
    report({ start: START });
    await clock.settle();
    expect(facts).toEqual(['run.started', 'run.reported']);
    expect(run).toMatchObject({ start: START, report: { outcome: 'succeeded' }, whenReleased: null });
  });

  test('says with which outcome and error the run ended', () => {
    const { known, report } = following();
    const error = { name: 'Error', message: 'no' };
    report({ outcome: 'failed', error, isQuarantined: true });
    expect(known).toEqual([{ type: 'run.reported', settlement: { outcome: 'failed', error }, isQuarantined: true }]);
  });

  test('says when a thread that was given up has exited, and lets others wait for that', async () => {
    const { clock, run, follower, facts, report } = following();
    follower.started(START);
    report({ outcome: 'timed-out', start: START, isQuarantined: true });
    const whenReleased = run.whenReleased as Promise<unknown>;
    await clock.settle();
    expect(facts).toEqual(['run.started', 'run.reported']);
    follower.released();
    await whenReleased;
    await clock.settle();
    expect(facts).toEqual(['run.started', 'run.reported', 'thread.released']);
  });

  test('reports the start by the wall clock, at the moment at which the thread began', async () => {
    const { clock, run, events, follower } = following();
    const startMs = clock.nowMs();
    await clock.advance(50);
    follower.started(START);
    expect(run.startedAtWallMs).toBe(startMs + 20);
    expect(events).toEqual([
      {
        type: 'run-start',
        event: { runId: 'run', key: KEY, scheduledAtMs: 1_000, startedAtMs: startMs + 20, threadId: 7 },
      },
    ]);
  });

  test('says with the start to which trace the run belongs', () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const { events, follower } = following({ traceparent });
    follower.started(START);
    expect(events).toMatchObject([{ type: 'run-start', event: { runId: 'run', traceparent } }]);
  });

  test('measures how long runs take only by those that had a thread', () => {
    const { capacity, report, run } = following();
    const { definition } = run;
    report();
    expect(capacity.hasRoom(definition, 1)).toBe(true);
    report({ start: START });
    expect(capacity.hasRoom(definition, 1)).toBe(false);
  });

  test('counts how near runs come to their limits, only of those that had a thread', () => {
    const { metrics, report } = following();
    report({ heldBytes: 512 * 1_024 * 1_024 });
    report({ start: START, heldBytes: 128 * 1_024 * 1_024, fuel: 5e10 });
    const [{ plugin, budgets }] = metrics.runs.plugins() as [PluginReport];
    expect(plugin).toBe('reports');
    expect(budgets.wall.max).toBeCloseTo(10_000 / 60_000);
    expect([budgets.heap.max, budgets.fuel.max]).toEqual([0.25, 0.5]);
    // CPU time was not measured, and is not limited either.
    expect(budgets.cpu.shares.counts.every((count) => count === 0)).toBe(true);
  });

  test('keeps log lines with the run and passes them on, without secrets and apart from what is ours', () => {
    const { run, logged, follower } = following();
    const fields = { runId: 'other', key: 'other', secret: 's' };
    follower.logged({ atMs: 5, level: 'warn', message: 'careful', fields });
    follower.logged({ atMs: 6, level: 'warn', message: 'plain' });
    const redacted = { ...fields, secret: '[Redacted]' };
    expect(run.log.lines).toEqual([
      { atMs: 5, level: 'warn', message: 'careful', fields: redacted },
      { atMs: 6, level: 'warn', message: 'plain' },
    ]);
    expect(logged).toEqual([
      [{ key: KEY, runId: 'run', atMs: 5, fields: redacted }, 'careful'],
      [{ key: KEY, runId: 'run', atMs: 6 }, 'plain'],
    ]);
  });

  test('passes on progress, and calls of host functions', async () => {
    const { events, follower } = following();
    follower.progressed(0.5, undefined);
    follower.progressed(1, 'done');
    expect(events).toEqual([
      { type: 'progress', event: { runId: 'run', key: KEY, fraction: 0.5 } },
      { type: 'progress', event: { runId: 'run', key: KEY, fraction: 1, note: 'done' } },
    ]);
    expect(await follower.hostCall('add', [1, 2])).toEqual(['run', 'add', 1, 2]);
  });

  test('ends what a run has called when the run ends, and nothing for a run that called nothing', async () => {
    const calling = following();
    await calling.follower.hostCall('add', []);
    expect(calling.ended).toEqual([]);
    calling.report();
    expect(calling.ended).toEqual(['run']);
    const silent = following();
    silent.report();
    expect(silent.ended).toEqual([]);
  });
});
