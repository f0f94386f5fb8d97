import type { Bench } from 'tinybench';
import { parseExpression } from '../../src/machines/calendar/expression.ts';
import { nextOccurrence } from '../../src/machines/calendar/recurrence.ts';
import type { Recurrence } from '../../src/machines/missed-runs/due-plan.ts';
import { ScheduleActors, type ScheduleEffects } from '../../src/supervisor/schedules/actor.ts';
import {
  type LiveSchedule,
  type ScheduleDefinition,
  ScheduleRegistry,
} from '../../src/supervisor/schedules/registry.ts';

/** One whole cycle of a schedule's machine, from rest to rest, with effects that finish at once. */
export function addMachineCycle(bench: Bench): void {
  const registry = new ScheduleRegistry();
  const record = registry.add(definition(), 0);
  const actors: ScheduleActors = new ScheduleActors(
    registry,
    answering((each, event) => actors.send(each, event)),
  );
  bench.add('machine: a cycle from idle to idle', () => {
    actors.send(record, {
      type: 'occurrence.due',
      occurrence: { scheduledAtMs: 0, dueAtMs: 0, trigger: 'clock' },
    });
    if (actors.isLive(record.definition.key)) throw new Error(`the cycle stuck in ${actors.stateOf(record)}`);
  });
}

type Tell = (record: LiveSchedule, event: Parameters<ScheduleActors['send']>[1]) => void;

function answering(tell: Tell): ScheduleEffects {
  const nothing = (): void => {};
  return {
    acquire: (record) => tell(record, { type: 'lock.granted', fencingToken: null }),
    dispatch: (record) => {
      tell(record, { type: 'run.started' });
      tell(record, { type: 'run.reported', settlement: { outcome: 'succeeded' }, isQuarantined: false });
    },
    record: (record) => tell(record, { type: 'run.recorded' }),
    abort: nothing,
    release: nothing,
    settleOverlap: nothing,
    settleAborted: nothing,
    rested: nothing,
  };
}

function definition(): ScheduleDefinition {
  const expression = parseExpression('1s');
  const recurrence: Recurrence = {
    next: (fromMs) => nextOccurrence(expression, 'UTC', fromMs),
    previous: () => undefined,
    count: () => 0,
    dueAt: (atMs) => atMs,
  };
  return {
    key: 'bench/cycle',
    identity: { plugin: 'bench', scheduleId: 'cycle' },
    declared: { id: 'cycle', cron: '1s' },
    timezone: 'UTC',
    missed: { policy: 'run-once', maxCatchup: Number.POSITIVE_INFINITY, maxLateMs: Number.POSITIVE_INFINITY },
    locking: 'node-local',
    isEnabled: true,
    priority: 1_000,
    budget: { wallMs: 60_000, cpuMs: Number.POSITIVE_INFINITY, heapMb: 512, graceMs: 1_000 },
    source: { id: 'bench', module: 'bench', resolveFrom: 'file:///', options: null },
    recurrence,
  };
}
