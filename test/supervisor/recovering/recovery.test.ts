import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../../src/backends/memory/memory-store.ts';
import { Ledger } from '../../../src/machines/ledger/ledger.ts';
import { Metrics } from '../../../src/supervisor/recording/metrics.ts';
import { Recorder } from '../../../src/supervisor/recording/recorder.ts';
import { settleLost } from '../../../src/supervisor/recovering/recovery.ts';
import { ScheduleRegistry } from '../../../src/supervisor/schedules/registry.ts';
import { silentLogger } from '../../../src/testing/silent-logger.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { claimOf, KEY, recordOf } from '../../support/ledger-entries.ts';
import { define, every } from '../../support/virtual-engine.ts';

const LOST_AT_MS = 2_000;

/** A store that answers only when it is told to. */
class AskedStore extends MemoryStore {
  readonly answer = Promise.withResolvers<boolean>();

  override settle(): Promise<boolean> {
    return this.answer.promise;
  }
}

/** A lost run of a schedule, on its way into the store. */
function settling({ isShared }: { readonly isShared: boolean }) {
  const clock = new VirtualClock();
  const store = new AskedStore({ ledger: new Ledger() });
  const parts = { clock, store, log: silentLogger, metrics: new Metrics(), nodeId: 'node', emit: () => {} };
  const schedule = new ScheduleRegistry().add(define(KEY, every(1_000)), 1_000);
  schedule.isShared = isShared;
  const claim = claimOf(recordOf('lost-run', LOST_AT_MS));
  const settled = settleLost(claim, schedule, { recorder: new Recorder(parts), nowMs: clock.nowMs() });
  const answer = async (isTaken: boolean): Promise<void> => {
    store.answer.resolve(isTaken);
    await settled;
  };
  return { schedule, answer };
}

describe('settleLost', () => {
  const owed = { runId: 'lost-run', scheduledAtMs: LOST_AT_MS };

  test('owes the run of a schedule that nodes share once the store has taken its end', async () => {
    const { schedule, answer } = settling({ isShared: true });
    expect(schedule.owed).toBeNull();
    await answer(true);
    expect(schedule.owed).toEqual(owed);
  });

  test('owes nothing for a run that another node has settled', async () => {
    const { schedule, answer } = settling({ isShared: true });
    await answer(false);
    expect(schedule.owed).toBeNull();
  });

  test('owes the run of a schedule of its own before a slow store answers', () => {
    const { schedule } = settling({ isShared: false });
    expect(schedule.owed).toEqual(owed);
  });
});
