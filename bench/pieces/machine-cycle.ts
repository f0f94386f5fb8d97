import type { Bench } from 'tinybench';
import { parseExpression } from '../../src/machines/calendar/expression.ts';
import { nextOccurrence } from '../../src/machines/calendar/recurrence.ts';
import type { Recurrence } from '../../src/machines/missed-runs/due-plan.ts';
import type { ScheduleState } from '../../src/machines/schedule-state.ts';
import { ScheduleActors, type ScheduleEffects } from '../../src/supervisor/schedules/actor.ts';
import type { ScheduleDefinition } from '../../src/supervisor/schedules/definition.ts';
import { liveSchedule } from '../../src/supervisor/schedules/live-schedule.ts';

/** One whole cycle of a schedule's machine, from rest to rest, with effects that finish at once. */
export function addMachineCycle(bench: Bench): void {
  const { promise, resolve } = Promise.withResolvers<void>();
  let whenAtRest = { promise, resolve };
  const actors = new ScheduleActors(() => whenAtRest.resolve());
  actors.perform(ANSWERING);
  const schedule = liveSchedule(definition(), STATE);
  bench.add('machine: a cycle from idle to idle', async () => {
    whenAtRest = Promise.withResolvers<void>();
    actors.send(schedule, {
      type: 'occurrence.due',
      occurrence: { scheduledAtMs: 0, dueAtMs: 0, trigger: 'clock' },
    });
    await whenAtRest.promise;
  });
}

const nothing = (): void => {};
const ANSWERING: ScheduleEffects = {
  acquire: async () => ({ type: 'lock.granted' }),
  dispatch: () => ({
    follow: (send) => {
      send({ type: 'run.started' });
      send({ type: 'run.reported', settlement: { outcome: 'succeeded' }, isQuarantined: false });
    },
  }),
  record: async () => ({ type: 'run.recorded' }),
  abort: nothing,
  look: nothing,
  release: nothing,
  settleOverlap: nothing,
  settleAborted: nothing,
};

const STATE: ScheduleState = {
  key: 'bench/cycle',
  createdAtMs: 0,
  declared: {
    cron: '1s',
    timezone: 'UTC',
    jitterMs: 0,
    missedRunPolicy: 'run-once',
    isEnabled: true,
    zoneData: 'unknown',
  },
  cursorMs: 0,
  runCount: 0,
  dueCount: 0,
  outcomes: {},
  failuresInRow: 0,
};

function definition(): ScheduleDefinition {
  const expression = parseExpression('1s');
  const recurrence: Recurrence = {
    next: (fromMs) => nextOccurrence(expression, 'UTC', fromMs),
    previous: () => undefined,
    count: () => 0,
    dueAt: (atMs) => atMs,
    isFixedTime: false,
  };
  return {
    key: 'bench/cycle',
    identity: { plugin: 'bench', scheduleId: 'cycle' },
    declared: {},
    times: STATE.declared,
    timezone: 'UTC',
    missed: { policy: 'run-once', maxCatchup: Number.POSITIVE_INFINITY, maxLateMs: Number.POSITIVE_INFINITY },
    locking: 'node-local',
    isEnabled: true,
    priority: 1_000,
    budget: { wallMs: 60_000, cpuMs: Number.POSITIVE_INFINITY, heapMb: 512, graceMs: 1_000, fuel: 1e11 },
    source: { id: 'bench', module: 'bench', resolveFrom: 'file:///', options: null },
    recurrence,
  };
}
