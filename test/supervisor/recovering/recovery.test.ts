import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../../src/backends/memory/memory-store.ts';
import { Ledger } from '../../../src/machines/ledger/ledger.ts';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import type { WriteAnswer } from '../../../src/supervisor/ports/store.ts';
import { Metrics } from '../../../src/supervisor/recording/metrics.ts';
import { Recorder } from '../../../src/supervisor/recording/recorder.ts';
import { settleLost } from '../../../src/supervisor/recovering/recovery.ts';
import { liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { silentLogger } from '../../../src/testing/silent-logger.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { claimOf, KEY, recordOf, registered } from '../../support/ledger-entries.ts';
import { define, every } from '../../support/virtual-engine.ts';

const LOST_AT_MS = 2_000;

/** A store that answers only when the test lets it. */
class AskedStore extends MemoryStore {
  readonly isShared: boolean;
  readonly answer = Promise.withResolvers<WriteAnswer>();

  constructor(isShared: boolean) {
    super({ ledger: new Ledger() });
    this.isShared = isShared;
  }

  override write(): Promise<WriteAnswer> {
    return this.answer.promise;
  }
}

/** A lost run of a schedule, on its way into the store. */
function settling({ isShared }: { readonly isShared: boolean }) {
  const clock = new VirtualClock();
  const store = new AskedStore(isShared);
  const parts = { clock, store, log: silentLogger, metrics: new Metrics(), nodeId: 'node', emit: () => {} };
  const state = fold(undefined, registered(1_000)) as ScheduleState;
  const schedule = liveSchedule(define(KEY, every(1_000)), state);
  schedule.isShared = isShared;
  const claim = claimOf(recordOf('lost-run', LOST_AT_MS));
  const settled = settleLost(claim, { schedule }, { recorder: new Recorder(parts), nowMs: clock.nowMs() });
  const answer = async (isTaken: boolean): Promise<void> => {
    store.answer.resolve({ isTaken });
    await settled;
  };
  return { schedule, answer };
}

describe('settleLost', () => {
  const owed = { runId: 'lost-run', scheduledAtMs: LOST_AT_MS };

  test('owes the run of a schedule that nodes share once the store has taken its end', async () => {
    const { schedule, answer } = settling({ isShared: true });
    expect(schedule.state.owed).toBeUndefined();
    await answer(true);
    expect(schedule.state.owed).toEqual(owed);
  });

  test('owes nothing for a run that another node has settled', async () => {
    const { schedule, answer } = settling({ isShared: true });
    await answer(false);
    expect(schedule.state.owed).toBeUndefined();
  });

  test('owes the run of a schedule of its own before a slow store answers', () => {
    const { schedule } = settling({ isShared: false });
    expect(schedule.state.owed).toEqual(owed);
  });
});
