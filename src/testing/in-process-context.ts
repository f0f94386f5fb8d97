import type { JsonValue, PluginHost, ScheduledRunContext } from '../plugin.ts';
import type { RunListener, RunRequest } from '../supervisor/ports/run-pool.ts';
import { pluginHost } from '../workers/context/built-in-functions.ts';
import type { RunLog } from '../workers/context/run-log.ts';

/** What a run gives its plugin. */
export interface ContextParts {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly log: RunLog;
  /** The names of the functions that the host offers. */
  readonly hostFunctions: readonly string[];
  readonly listener: Pick<RunListener, 'progressed' | 'hostCall'>;
  /** Whether the run has ended: progress that it still reports is ignored. */
  readonly isOver: () => boolean;
}

/** Makes the `ctx` of a run in the test's own process. */
export function inProcessContext({ data }: RunRequest, parts: ContextParts): ScheduledRunContext {
  const { deadlineMs, signal, log, hostFunctions, listener, isOver } = parts;
  return {
    ...data,
    deadlineMs,
    signal,
    log: log.logger(),
    progress: (fraction, note) => {
      if (!isOver()) listener.progressed(Math.min(Math.max(fraction, 0), 1), note);
    },
    host: hostOf(hostFunctions, listener),
  };
}

/** Arguments and answers are copied, as they are when they cross threads. */
function hostOf(names: readonly string[], listener: Pick<RunListener, 'hostCall'>): PluginHost {
  const call = async (name: string, args: readonly JsonValue[]): Promise<JsonValue | undefined> =>
    structuredClone(await listener.hostCall(name, structuredClone(args)));
  return pluginHost(names, call);
}
