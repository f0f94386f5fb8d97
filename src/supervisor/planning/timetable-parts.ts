import type { PassPlan } from '../../machines/missed-runs/plan-pass.ts';
import type { Clock, Instant } from '../ports/clock.ts';
import type { RunPool } from '../ports/run-pool.ts';
import type { ScheduleActors } from '../schedules/actor.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';
import type { TickClockListener } from './tick-clock.ts';

/** Decides whether other nodes go first. */
export interface TurnOrder {
  /** How much longer a due occurrence is left to other nodes. 0: try it now, or record it as an overlap. */
  waitMs(schedule: LiveSchedule, at: Instant, actors: ScheduleActors): number;
}

/** Carries plans out. */
export interface PlanTaker {
  carryOut(schedule: LiveSchedule, plan: PassPlan): void;
  /** Its next occurrence cannot be computed. */
  faulted(schedule: LiveSchedule, error: unknown): void;
}

export interface TimetableParts {
  readonly clock: Clock;
  readonly actors: ScheduleActors;
  /** Null for a node that shares nothing. */
  readonly turns: TurnOrder | null;
  readonly plans: PlanTaker;
  readonly pool: Pick<RunPool, 'places'>;
  readonly listener: TickClockListener;
}
