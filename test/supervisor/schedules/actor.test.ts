import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import { ScheduleActors, type ScheduleEffects } from '../../../src/supervisor/schedules/actor.ts';
import { type LiveSchedule, liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { registered } from '../../support/ledger-entries.ts';
import { SILENT_EFFECTS } from '../../support/silent-effects.ts';
import { define, every } from '../../support/virtual-engine.ts';

const DUE = {
  type: 'occurrence.due',
  occurrence: { scheduledAtMs: 1_000, dueAtMs: 1_000, trigger: 'clock' },
} as const;

function acting(effects: Partial<ScheduleEffects>) {
  const actors = new ScheduleActors(() => {});
  actors.perform({ ...SILENT_EFFECTS, ...effects });
  const schedule = (key: string): LiveSchedule =>
    liveSchedule(define(key, every(1_000)), fold(undefined, registered(0, { key })) as ScheduleState);
  return { actors, schedule };
}

describe('ScheduleActors', () => {
  test('throw the fault of an effect by itself, so that it does not reach whoever has sent the event', () => {
    const thrown: (() => void)[] = [];
    vi.stubGlobal('queueMicrotask', (callback: () => void) => thrown.push(callback));
    onTestFinished(() => void vi.unstubAllGlobals());
    const { actors, schedule } = acting({
      acquire: ({ definition }) => {
        if (definition.key === 'p/broken') throw new Error('a fault in one step');
        return { type: 'lock.granted' };
      },
    });
    const sound = schedule('p/sound');
    actors.send(schedule('p/broken'), DUE);
    actors.send(sound, DUE);
    expect(thrown.length).toBe(1);
    expect(thrown[0]).toThrow('a fault in one step');
    expect(actors.stateOf(sound)).toBe('running');
  });

  test('take what an effect knows at once after the step that asked for it', () => {
    const states: string[] = [];
    const { actors, schedule } = acting({
      acquire: (asked) => {
        states.push(actors.stateOf(asked));
        return { type: 'lock.granted' };
      },
      dispatch: (asked) => {
        states.push(actors.stateOf(asked));
        return { follow: (send) => send({ type: 'run.started' }) };
      },
    });
    const due = schedule('p/s');
    actors.send(due, DUE);
    expect(states).toEqual(['idle', 'locking']);
    expect(actors.workOf('p/s')).toBe('executes');
  });

  test('look whether a run has begun before a pause prevents it', () => {
    const aborted = vi.fn();
    const { actors, schedule } = acting({
      acquire: () => ({ type: 'lock.granted' }),
      look: (asked) => actors.send(asked, { type: 'run.started' }),
      abort: aborted,
    });
    const due = schedule('p/s');
    actors.send(due, DUE);
    actors.send(due, { type: 'schedule.paused' });
    expect(aborted).not.toHaveBeenCalled();
  });
});
