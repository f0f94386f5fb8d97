import type { PluginHost, ScheduledRunContext } from '../../plugin.ts';
import type { RunTask } from '../protocol.ts';
import { wallMs } from '../thread-clock.ts';
import type { RunAbort } from './aborts.ts';
import type { RunLog } from './run-log.ts';
import type { RunProgress } from './run-progress.ts';

/** The parts of a run's context that are not data. */
export interface RunFacilities {
  readonly abort: RunAbort;
  readonly log: RunLog;
  readonly progress: RunProgress;
  readonly host: PluginHost;
}

/**
 * Makes the context of a run. Called right before `run()`, because the deadline counts from now.
 *
 * It has no accessors, although most runs look neither at their signal nor at their host. V8 gives an object whose
 * literal has accessors a hidden class of its own, among the old objects, and that keeps what the object refers to until
 * the next full collection: all that the run has made.
 */
export function createRunContext(task: RunTask, { abort, log, progress, host }: RunFacilities): ScheduledRunContext {
  return {
    ...task.data,
    deadlineMs: wallMs() + task.wallMs,
    signal: abort.signal,
    log: log.logger(),
    progress: (fraction, note) => progress.report(fraction, note),
    host,
  };
}
