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
  readonly host: () => PluginHost;
}

/** Makes the context of a run. Called right before `run()`, because the deadline counts from now. */
export function createRunContext(task: RunTask, facilities: RunFacilities): ScheduledRunContext {
  const { abort, log, progress, host } = facilities;
  return {
    ...task.data,
    deadlineMs: wallMs() + task.wallMs,
    get signal() {
      return abort.signal;
    },
    log: log.logger(),
    progress: (fraction, note) => progress.report(fraction, note),
    get host() {
      return host();
    },
  };
}
