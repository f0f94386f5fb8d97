import type { HostFunctions, ScheduledRunContext } from '../plugin.ts';
import type { RunTask } from './protocol.ts';
import type { RunLog } from './run-log.ts';
import type { RunProgress } from './run-progress.ts';
import { wallMs } from './thread-clock.ts';

/** What a run's context has beside data. */
export interface RunFacilities {
  readonly signal: AbortSignal;
  readonly log: RunLog;
  readonly progress: RunProgress;
  readonly host: HostFunctions;
}

/** Makes what `run()` is given. Called right before it: the deadline counts from now. */
export function createRunContext(task: RunTask, facilities: RunFacilities): ScheduledRunContext {
  const { signal, log, progress, host } = facilities;
  return {
    ...task.data,
    deadlineMs: wallMs() + task.wallMs,
    signal,
    log: log.logger(),
    progress: (fraction, note) => progress.report(fraction, note),
    host,
  };
}
