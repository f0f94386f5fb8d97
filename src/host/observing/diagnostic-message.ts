import type { Scheduler } from '../scheduler.ts';
import type { SchedulerEvents } from '../scheduler-events.ts';

/** What a subscriber of a diagnostics channel receives: the scheduler, and the argument of its event. */
export interface DiagnosticMessage<E extends keyof SchedulerEvents = keyof SchedulerEvents> {
  readonly scheduler: Scheduler;
  readonly event: SchedulerEvents[E][0];
}
