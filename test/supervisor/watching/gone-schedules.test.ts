/** Schedules that come and go must leave nothing behind in what watches them. */
import { expect, test } from 'vitest';
import type { Notice } from '../../../src/machines/watching/notices.ts';
import type { Recorder } from '../../../src/supervisor/recording/recorder.ts';
import { type LiveSchedule, liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { ScheduleRegistry } from '../../../src/supervisor/schedules/registry.ts';
import { Watching } from '../../../src/supervisor/watching/watching.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { recordOf } from '../../support/ledger-entries.ts';
import { define, every } from '../../support/virtual-engine.ts';

function failing(): LiveSchedule {
  const definition = define('p/s', every(1_000), {
    declared: { watch: { maxSilenceMs: 1e12 } },
  });
  const run = recordOf('run-1', 5, { outcome: 'failed' });
  return liveSchedule(definition, {
    key: 'p/s',
    createdAtMs: 0,
    declared: definition.times,
    cursorMs: 0,
    runCount: 1,
    dueCount: 1,
    outcomes: { failed: 1 },
    failuresInRow: 1,
    lastRun: run,
    lastFailure: run,
  });
}

function setUp() {
  const notices: Notice[] = [];
  const recorder = { nodeId: 'n1', notify: (notice: Notice) => notices.push(notice) } as unknown as Recorder;
  const watching = new Watching({ clock: new VirtualClock(), recorder, registry: new ScheduleRegistry() });
  return { notices, recorder, watching };
}

test('a schedule that takes the key of one that is gone is told of, whatever was given out before', () => {
  const { notices, recorder, watching } = setUp();
  const first = failing();
  recorder.onRunSettled(first);
  recorder.onRunSettled(first);
  expect(notices.map(({ kind }) => kind)).toEqual(['failed']);
  watching.forget(first);
  recorder.onRunSettled(failing());
  expect(notices.map(({ kind }) => kind)).toEqual(['failed', 'failed']);
});

test('a schedule that is gone is not kept until it would have been silent', async () => {
  const { watching } = setUp();
  const kept = failing();
  watching.watch(kept);
  const gone = ((): WeakRef<LiveSchedule> => {
    const schedule = failing();
    watching.watch(schedule);
    watching.forget(schedule);
    return new WeakRef(schedule);
  })();
  await collectGarbage();
  expect(gone.deref()).toBeUndefined();
  watching.close();
});
