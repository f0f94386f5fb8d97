import type { Decision, RunRecord } from '../machines/run.ts';
import type { Notice } from '../machines/watching/notices.ts';
import type { RunProgressEvent, RunStartEvent, SchedulerWarning, StopReport } from '../supervisor/scheduler-reports.ts';

/** The events of a scheduler. They are emitted on the host thread, in order, as soon as its event loop is free. */
export interface SchedulerEvents {
  /** A plugin's `run()` was called. */
  'run-start': [RunStartEvent];
  /** A run reported progress. */
  progress: [RunProgressEvent];
  /** A run settled. */
  run: [RunRecord];
  /** Occurrences were not run; the decision says why. */
  decision: [Decision];
  /** Something that an operator should see and that is not the outcome of a run. */
  warning: [SchedulerWarning];
  /** A schedule began to fail, fell silent or recovered: once for each change. */
  notice: [Notice];
  /** The scheduler has stopped, because `stop()` was called. */
  stopped: [StopReport];
  /** The scheduler has ended by itself. Without a listener this ends the process, as Node's `error` events do. */
  error: [Error];
}
