import { EventEmitter } from 'node:events';
import { InvalidOptionError } from '../errors.ts';
import type { Explanation } from '../machines/explaining/explanation.ts';
import type { HistoryQuery, HistoryRecord } from '../machines/history.ts';
import type { Manifest, ReloadReport } from '../supervisor/plugin-reports.ts';
import type { SupervisorMethod, SupervisorRequests } from '../supervisor/protocol.ts';
import type { SchedulerStats, ScheduleStatus } from '../supervisor/scheduler-reports.ts';
import type { AnswerOf, ParamsOf } from '../wire/questions.ts';
import {
  checkHistoryQuery,
  checkInstant,
  checkKey,
  checkPauseOptions,
  checkPlugin,
  checkPluginName,
  checkRunId,
  checkTriggerOptions,
  checkUninstallOptions,
  type PauseOptions,
  type TriggerOptions,
  type UninstallOptions,
} from './checking/check-arguments.ts';
import { observedTrigger } from './observing/instrumentation.ts';
import { resolvePlugin } from './resolve-options.ts';
import type { SchedulerEvents } from './scheduler-events.ts';
import type { PluginOption } from './scheduler-options.ts';

/** What a running scheduler can be asked for and told. Arguments are checked before anything is asked. */
export abstract class SchedulerCalls extends EventEmitter<SchedulerEvents> {
  /** Where the modules of plugins are found from. @internal */
  protected abstract readonly baseUrl: string;
  /** Whether there is a thread in which runs check in with monitors. @internal */
  protected abstract readonly canCheckIn: boolean;

  /** Rejects with the supervisor's own error, or with a `NotRunningError`. @internal */
  protected abstract ask<M extends SupervisorMethod>(
    method: M,
    params: ParamsOf<SupervisorRequests, M>,
  ): Promise<AnswerOf<SupervisorRequests, M>>;

  /** Every schedule, with its state, next occurrence and counters. */
  async schedules(): Promise<readonly ScheduleStatus[]> {
    return this.ask('schedules', null);
  }

  /** What is installed: plugins, their schedules, capabilities, permissions and limits. Nothing is executed. */
  async manifest(): Promise<Manifest> {
    return this.ask('manifest', null);
  }

  /** The runs that have ended, newest first; the 100 newest unless `limit` says otherwise. */
  async history(query: HistoryQuery = {}): Promise<readonly HistoryRecord[]> {
    return this.ask('history', checkHistoryQuery(query));
  }

  /**
   * Says why a schedule ran, or did not run, at an instant: a `Date` or epoch milliseconds.
   * @throws UnknownScheduleError when the store has never known the schedule.
   */
  async explain(key: string, at: Date | number): Promise<Explanation> {
    return this.ask('explain', { key: checkKey(key), atMs: checkInstant(at) });
  }

  /** Gauges and latency percentiles. */
  async stats(): Promise<SchedulerStats> {
    return this.ask('stats', null);
  }

  /**
   * Runs a schedule now, even if it is paused or disabled. Resolves to the run id as soon as the run is under way.
   * @throws UnknownScheduleError
   * @throws ScheduleBusyError when a run of the schedule is in progress, or the schedule is faulted.
   * @throws BackendError when the last run is still being recorded, and the store has not answered for 15 seconds.
   */
  async trigger(key: string, options: TriggerOptions = {}): Promise<string> {
    const params = { key: checkKey(key), ...checkTriggerOptions(options) };
    return observedTrigger(this, params, async (traced) => (await this.ask('trigger', traced)).runId);
  }

  /**
   * Pauses a schedule until `resume()`, also across restarts. A run in progress goes on.
   * @throws UnknownScheduleError @throws BackendError when the store has not answered for 15 seconds.
   */
  async pause(key: string, options: PauseOptions = {}): Promise<void> {
    const { note } = checkPauseOptions(options);
    await this.ask('pause', { key: checkKey(key), ...(note !== undefined && { note }) });
  }

  /**
   * Ends the pause or the fault of a schedule. What fell due meanwhile does not run.
   * @throws UnknownScheduleError @throws BackendError when the store has not answered for 15 seconds.
   */
  async resume(key: string): Promise<void> {
    await this.ask('resume', { key: checkKey(key) });
  }

  /**
   * Moves a schedule to an instant, a `Date` or epoch milliseconds: the occurrences after it are planned anew. Those
   * that lie in the past count as missed; for those that are passed over nothing runs. A run in progress goes on.
   * @throws UnknownScheduleError @throws BackendError when the store has not answered for 15 seconds.
   */
  async setPosition(key: string, at: Date | number): Promise<void> {
    await this.ask('setPosition', { key: checkKey(key), atMs: checkInstant(at) });
  }

  /**
   * Aborts the signal of a run, or keeps it from starting. After its grace its thread is terminated.
   * @throws UnknownRunError when no run with this id is under way on this node.
   */
  async abort(runId: string): Promise<void> {
    await this.ask('abort', { runId: checkRunId(runId) });
  }

  /**
   * Loads a plugin and starts its schedules. Resolves to their keys.
   * @throws PluginLoadError @throws InvalidPluginError
   * @throws InvalidOptionError for wrong options, and for `checkIn` if nothing could check in when the scheduler was made.
   */
  async install(plugin: PluginOption): Promise<readonly string[]> {
    const reference = resolvePlugin(checkPlugin(plugin), this.baseUrl);
    if (reference.checkIn !== undefined && !this.canCheckIn) {
      const rule = 'nothing checks in for this scheduler: give createScheduler() the option notify, which may be []';
      throw new InvalidOptionError('plugin.checkIn', rule);
    }
    const { keys } = await this.ask('install', reference);
    return keys;
  }

  /**
   * Loads a plugin's module anew. When the new version is refused, the old one goes on. Resolves to the schedules' keys,
   * an array that also has what the reload has `added`, `removed`, `changed` and left `unchanged`.
   * @throws UnknownPluginError @throws PluginLoadError @throws InvalidPluginError
   */
  async reload(name: string): Promise<readonly string[] & ReloadReport> {
    const { keys, report } = await this.ask('reload', { name: checkPluginName(name) });
    return Object.assign([...keys], report);
  }

  /**
   * Removes a plugin and its schedules. Their runs are aborted.
   * @throws UnknownPluginError @throws PluginRequiredError when another one requires what it provides, unless forced.
   */
  async uninstall(name: string, options: UninstallOptions = {}): Promise<void> {
    await this.ask('uninstall', { name: checkPluginName(name), ...checkUninstallOptions(options) });
  }
}
