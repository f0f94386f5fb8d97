import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../../src/backends/memory/memory-store.ts';
import { Ledger } from '../../../src/machines/ledger/ledger.ts';
import type { StateStore } from '../../../src/supervisor/ports/store.ts';
import type { SupervisorEvent } from '../../../src/supervisor/protocol.ts';
import { Metrics } from '../../../src/supervisor/recording/metrics.ts';
import { Recorder } from '../../../src/supervisor/recording/recorder.ts';
import { ScheduleRegistry } from '../../../src/supervisor/schedules/registry.ts';
import { silentLogger } from '../../../src/testing/silent-logger.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { claimOf, KEY, recordOf } from '../../support/ledger-entries.ts';
import { define, every } from '../../support/virtual-engine.ts';

const SPAN = { fromMs: 2_000, untilMs: 4_000, count: 3 };
const BASIS = { cursorMs: 1_000 };

/** A recorder whose store answers what the test says. */
function recording(answers: Partial<StateStore>) {
  const store: StateStore = Object.assign(new MemoryStore({ ledger: new Ledger() }), answers);
  const events: SupervisorEvent[] = [];
  const metrics = new Metrics();
  const recorder = new Recorder({
    clock: new VirtualClock(),
    store,
    log: silentLogger,
    metrics,
    nodeId: 'node',
    emit: (event) => events.push(event),
  });
  const schedule = new ScheduleRegistry().add(define(KEY, every(1_000)), 1_000);
  return { recorder, events, metrics, schedule };
}

const away = (): Promise<never> => Promise.reject(new Error('away'));

describe('Recorder', () => {
  test('neither counts nor tells what another node was first to decide', async () => {
    const { recorder, events, schedule } = recording({ decide: async () => false });
    expect(await recorder.decide(schedule, 'overlap', { ...SPAN, basis: BASIS })).toBe(false);
    expect([schedule.outcomes, events]).toEqual([{}, []]);
  });

  test('counts and tells what it decides for itself, and what the store cannot judge', async () => {
    const own = recording({ decide: async () => false });
    expect(await own.recorder.decide(own.schedule, 'overlap', SPAN)).toBe(true);
    expect(own.schedule.outcomes).toEqual({ overlap: 3 });
    const unknown = recording({ decide: away });
    expect(await unknown.recorder.decide(unknown.schedule, 'overlap', { ...SPAN, basis: BASIS })).toBe(true);
    expect(unknown.events.map(({ type }) => type)).toContain('decision');
  });

  test('neither counts nor tells the lost run that another node has settled', async () => {
    const settled = { record: recordOf('lost-run', 2_000, { outcome: 'lost' }), log: [], isOwed: false };
    const late = recording({ settle: async () => false });
    expect(await late.recorder.settleForGone(late.schedule, settled)).toBe(false);
    expect([late.schedule.outcomes, late.events]).toEqual([{}, []]);
    const first = recording({ settle: async () => true });
    expect(await first.recorder.settleForGone(first.schedule, settled)).toBe(true);
    expect(first.schedule.outcomes).toEqual({ lost: 1 });
  });

  test('puts runs and decisions into the sum that the scheduler tells, and lateness only of what had a thread', async () => {
    const { recorder, metrics, schedule } = recording({});
    const settled = (runId: string, threadId?: number) => ({
      record: recordOf(runId, 2_000, threadId === undefined ? {} : { threadId }),
      log: [],
      isOwed: false,
    });
    await recorder.settle(schedule, settled('ran', 1));
    await recorder.settle(schedule, settled('never began'));
    await recorder.decide(schedule, 'overlap', SPAN);
    expect(metrics.outcomes()).toEqual({ succeeded: 2, overlap: 3 });
    expect(metrics.lateness().total.count).toBe(1);
  });

  test('lets a store that fails stop only what nodes must agree on', async () => {
    const claim = claimOf(recordOf('run', 2_000));
    const own = recording({ claim: away });
    expect(await own.recorder.claim({ ...claim, basis: BASIS })).toEqual({});
    const shared = recording({ claim: away, isShared: true });
    expect(await shared.recorder.claim(claim)).toEqual({});
    await expect(shared.recorder.claim({ ...claim, basis: BASIS })).rejects.toThrow('away');
    expect(shared.metrics.storeErrors).toBe(2);
  });
});
