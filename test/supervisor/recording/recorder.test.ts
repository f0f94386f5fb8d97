import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../../src/backends/memory/memory-store.ts';
import { Ledger } from '../../../src/machines/ledger/ledger.ts';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import type { StateStore, WriteAnswer } from '../../../src/supervisor/ports/store.ts';
import type { SupervisorEvent } from '../../../src/supervisor/protocol.ts';
import { Metrics } from '../../../src/supervisor/recording/metrics.ts';
import { Recorder } from '../../../src/supervisor/recording/recorder.ts';
import { liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { silentLogger } from '../../../src/testing/silent-logger.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { claimOf, KEY, recordOf, registered } from '../../support/ledger-entries.ts';
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
  const schedule = liveSchedule(define(KEY, every(1_000)), fold(undefined, registered(1_000)) as ScheduleState);
  return { recorder, events, metrics, schedule };
}

const away = (): Promise<never> => Promise.reject(new Error('away'));
const taken = async (): Promise<WriteAnswer> => ({ isTaken: true });
const refused = async (): Promise<WriteAnswer> => ({ isTaken: false });

describe('Recorder', () => {
  test('warns in one line of visible characters, whatever the message quotes', () => {
    const { recorder, events } = recording({});
    recorder.warn({ code: 'any', message: 'it said "\u001b[2J\n\u202e"', key: KEY });
    expect(events).toEqual([
      { type: 'warning', event: { code: 'any', message: 'it said "\\u001b[2J\\u000a\\u202e"', key: KEY } },
    ]);
  });

  test('neither counts nor reports what another node was first to decide', async () => {
    const { recorder, events, schedule } = recording({ write: refused });
    expect(await recorder.decide(schedule, 'overlap', { ...SPAN, basis: BASIS })).toBe(false);
    expect([schedule.state.outcomes, events]).toEqual([{}, []]);
  });

  test('counts and reports what it decides for itself, and what the store cannot judge', async () => {
    const own = recording({ write: refused });
    expect(await own.recorder.decide(own.schedule, 'overlap', SPAN)).toBe(true);
    expect(own.schedule.state.outcomes).toEqual({ overlap: 3 });
    const unknown = recording({ write: away });
    expect(await unknown.recorder.decide(unknown.schedule, 'overlap', { ...SPAN, basis: BASIS })).toBe(true);
    expect(unknown.schedule.state.outcomes).toEqual({ overlap: 3 });
    expect(unknown.events.map(({ type }) => type)).toContain('decision');
  });

  test('neither counts nor reports the lost run that another node has settled', async () => {
    const settled = { record: recordOf('lost-run', 2_000, { outcome: 'lost' }), log: [], isOwed: true };
    const late = recording({ write: refused, isShared: true });
    await late.recorder.settleLost(late.schedule, settled);
    expect([late.schedule.state.outcomes, late.schedule.state.owed, late.events]).toEqual([{}, undefined, []]);
    const first = recording({ write: taken, isShared: true });
    await first.recorder.settleLost(first.schedule, settled);
    expect(first.schedule.state).toMatchObject({ outcomes: { lost: 1 }, owed: { runId: 'lost-run' } });
    expect(first.events.map(({ type }) => type)).toEqual(['run']);
  });

  test('adds runs and decisions up for the whole scheduler, and lateness only of what had a thread', async () => {
    const { recorder, metrics, schedule } = recording({});
    const settled = (runId: string, threadId?: number) => ({
      record: recordOf(runId, 2_000, threadId === undefined ? {} : { threadId }),
      log: [],
      isOwed: false,
    });
    await recorder.settle(schedule, settled('ran', 1), null);
    await recorder.settle(schedule, settled('never began'), null);
    await recorder.decide(schedule, 'overlap', SPAN);
    expect(metrics.outcomes()).toEqual({ succeeded: 2, overlap: 3 });
    expect(metrics.lateness().total.count).toBe(1);
  });

  test('reports a run whose thread was given up at once, and writes it when the thread has exited', async () => {
    const written: string[] = [];
    const write: StateStore['write'] = async ({ kind }) => {
      written.push(kind);
      return { isTaken: true };
    };
    const { recorder, events, schedule } = recording({ write });
    const { promise: whenReleased, resolve: release } = Promise.withResolvers<void>();
    await recorder.settle(schedule, { record: recordOf('run', 2_000), log: [], isOwed: false }, whenReleased);
    expect([events.length, schedule.state.runCount, written]).toEqual([1, 1, []]);
    release();
    await whenReleased;
    expect(written).toEqual(['settled']);
  });

  test('lets a store that fails stop only what nodes must agree on', async () => {
    const claim = claimOf(recordOf('run', 2_000));
    const own = recording({ write: away });
    expect(await own.recorder.claim(own.schedule, { ...claim, basis: BASIS })).toEqual({ isTaken: true });
    expect(own.schedule.state).toMatchObject({ dueCount: 1, cursorMs: 2_000 });
    const shared = recording({ write: away, isShared: true });
    expect(await shared.recorder.claim(shared.schedule, claim)).toEqual({ isTaken: true });
    expect(shared.schedule.state.dueCount).toBe(1);
    await expect(shared.recorder.claim(shared.schedule, { ...claim, basis: BASIS })).rejects.toThrow('away');
    expect([shared.schedule.state.dueCount, shared.metrics.storeErrors]).toEqual([1, 2]);
  });

  test('counts no occurrence as due that another run has claimed', async () => {
    const { recorder, schedule } = recording({ write: refused });
    expect(await recorder.claim(schedule, claimOf(recordOf('run', 2_000)))).toEqual({ isTaken: false });
    expect(schedule.state).toMatchObject({ dueCount: 0, cursorMs: 1_000 });
  });
});
