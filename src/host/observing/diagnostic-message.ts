import type { Scheduler } from '../scheduler.ts';
import type { SchedulerEvents } from '../scheduler-events.ts';

/** What a subscriber of a diagnostics channel receives: the scheduler, and the argument of its event. */
export interface DiagnosticMessage<E extends keyof SchedulerEvents = keyof SchedulerEvents> {
  /** Whose event it is. */
  readonly scheduler: Scheduler;
  /** What listeners of the event get. */
  readonly event: SchedulerEvents[E][0];
}
