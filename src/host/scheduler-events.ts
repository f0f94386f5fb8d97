import type { Decision, RunRecord } from '../machines/run.ts';
import type { RunProgressEvent, RunStartEvent, SchedulerWarning, StopReport } from '../supervisor/scheduler-reports.ts';

/** What a scheduler emits, on the host thread, in order, as soon as its event loop is free. */
export interface SchedulerEvents {
  /** `run()` of a plugin was called. */
  'run-start': [RunStartEvent];
  /** A run told its progress. */
  progress: [RunProgressEvent];
  /** A run settled. */
  run: [RunRecord];
  /** Occurrences did not run. */
  decision: [Decision];
  /** Something that an operator should see and that no outcome tells. */
  warning: [SchedulerWarning];
  /** The scheduler has stopped, because it was told to. */
  stopped: [StopReport];
  /** The scheduler has ended by itself. Unhandled, it ends the host, as Node's `error` events do. */
  error: [Error];
}
