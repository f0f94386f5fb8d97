import { EventEmitter } from 'node:events';
import { NotRunningError } from '../errors.ts';
import type { Explanation } from '../machines/explaining/explanation.ts';
import type { HistoryQuery, HistoryRecord } from '../machines/history.ts';
import type { Manifest, ReloadReport } from '../supervisor/plugin-reports.ts';
import type { SupervisorMethod, SupervisorRequests } from '../supervisor/protocol.ts';
import type {
  DrainReport,
  RefusedPlugin,
  SchedulerStats,
  ScheduleStatus,
  StopReport,
} from '../supervisor/scheduler-reports.ts';
import type { AnswerOf, ParamsOf } from '../wire/questions.ts';
import {
  checkDrainOptions,
  checkHistoryQuery,
  checkInstant,
  checkKey,
  checkPauseOptions,
  checkPlugin,
  checkPluginName,
  checkStopOptions,
  checkTriggerOptions,
  checkUninstallOptions,
  type DrainOptions,
  type PauseOptions,
  type StopOptions,
  type TriggerOptions,
  type UninstallOptions,
} from './checking/check-arguments.ts';
import { checkOptions } from './checking/check-options.ts';
import type { HostFunction } from './host-functions.ts';
import { baseOf } from './locate-module.ts';
import { announce } from './observing/diagnostics.ts';
import { observedFunctions, observedTrigger } from './observing/instrumentation.ts';
import { resolveOptions, resolvePlugin } from './resolve-options.ts';
import type { SchedulerEvents } from './scheduler-events.ts';
import type { PluginOption, SchedulerOptions } from './scheduler-options.ts';
import { SupervisorClient, stuckWarning } from './supervisor-client.ts';

type State = 'not started' | 'starting' | 'running' | 'stopping' | 'stopped';

/**
 * The handle on a scheduler, on the host thread. It does no scheduling itself: while this thread is blocked, runs still
 * start, log, finish and are recorded. Only the events wait.
 */
export class Scheduler extends EventEmitter<SchedulerEvents> implements AsyncDisposable {
  readonly #client: SupervisorClient;
  readonly #baseUrl: string;
  #state: State = 'not started';
  #starting: Promise<void> | null = null;
  #stopping: Promise<StopReport> | null = null;
  #draining: Promise<DrainReport> | null = null;

  /** Use `createScheduler()`. */
  constructor(options: SchedulerOptions) {
    super();
    const checked = checkOptions(options);
    const config = resolveOptions(checked);
    this.#baseUrl = baseOf(checked.baseUrl);
    const hostFunctions = observedFunctions(this, checked.hostFunctions as Record<string, HostFunction>);
    this.#client = new SupervisorClient(config, hostFunctions, {
      heard: (event) => announce(this, event.type, event.event),
      restarted: ({ message }) => announce(this, 'warning', { code: 'supervisor-restarted', message }),
      stuck: (cause) => announce(this, 'warning', stuckWarning(cause)),
      gaveUp: (error) => this.#ended(error),
    });
  }

  /** The plugins refused at the start (with `onPluginError: 'continue'`), or when the supervisor thread was replaced. */
  get refusedPlugins(): readonly RefusedPlugin[] {
    return this.#client.refused;
  }

  /**
   * Resolves when the plugins are loaded and the clock runs. Calling it again returns the same promise.
   * @throws PluginsRefusedError when a plugin was refused (with `onPluginError: 'throw'`); nothing has started then.
   * @throws BackendError when the store cannot be used, or a lock backend that a schedule needs.
   * @throws NotRunningError when `stop()` was called before.
   */
  start(): Promise<void> {
    if (this.#stopping !== null) return Promise.reject(new NotRunningError('start', this.#state));
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /**
   * Stops the scheduler for good. No run starts any more. Runs in progress have `drainMs` (default 10,000) to finish;
   * then their signal is aborted, and after their grace their thread is terminated. Resolves within `drainMs`, the
   * longest grace of the runs and two seconds, also when something hangs: the report says what could not be ended.
   * A start that is under way may take `drainMs`, and is then given up. Calling it again resolves to the same report.
   * @throws InvalidOptionError for wrong options; then nothing has changed.
   */
  async stop(options: StopOptions = {}): Promise<StopReport> {
    const { drainMs } = checkStopOptions(options);
    this.#stopping ??= this.#stop(drainMs);
    return this.#stopping;
  }

  /**
   * Drains this node before it is taken away: it starts nothing any more, and other nodes take its turns. Resolves when
   * the runs in progress have ended, or `timeoutMs` is over; they go on until `stop()`. It cannot be undone. Calling it
   * again returns the same promise.
   * @throws SupervisorDiedError when the supervisor thread died. The next one drains too: call this again to wait.
   */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
    this.#draining ??= this.#drain(options).catch((error: unknown) => {
      this.#draining = null;
      throw error;
    });
    return this.#draining;
  }

  /** Every schedule, with its state, next occurrence and counters. */
  async schedules(): Promise<readonly ScheduleStatus[]> {
    return this.#ask('schedules', null);
  }

  /** What is installed: plugins, their schedules, capabilities, permissions and limits. Nothing is executed. */
  async manifest(): Promise<Manifest> {
    return this.#ask('manifest', null);
  }

  /** The runs that have ended, newest first; the 100 newest unless `limit` says otherwise. */
  async history(query: HistoryQuery = {}): Promise<readonly HistoryRecord[]> {
    return this.#ask('history', checkHistoryQuery(query));
  }

  /**
   * Says why a schedule ran, or did not run, at an instant: a `Date` or epoch milliseconds.
   * @throws UnknownScheduleError when the store has never known the schedule.
   */
  async explain(key: string, at: Date | number): Promise<Explanation> {
    return this.#ask('explain', { key: checkKey(key), atMs: checkInstant(at) });
  }

  /** Gauges and latency percentiles. */
  async stats(): Promise<SchedulerStats> {
    return this.#ask('stats', null);
  }

  /**
   * Runs a schedule now, even if it is paused or disabled. Resolves to the run id as soon as the run is under way.
   * @throws UnknownScheduleError
   * @throws ScheduleBusyError when a run of the schedule is in progress, or the schedule is faulted.
   */
  async trigger(key: string, options: TriggerOptions = {}): Promise<string> {
    const params = { key: checkKey(key), ...checkTriggerOptions(options) };
    return observedTrigger(this, params, async (traced) => (await this.#ask('trigger', traced)).runId);
  }

  /**
   * Pauses a schedule until `resume()`, also across restarts. A run in progress goes on.
   * @throws UnknownScheduleError
   */
  async pause(key: string, options: PauseOptions = {}): Promise<void> {
    const { note } = checkPauseOptions(options);
    await this.#ask('pause', { key: checkKey(key), ...(note !== undefined && { note }) });
  }

  /**
   * Ends the pause or the fault of a schedule. What fell due meanwhile does not run.
   * @throws UnknownScheduleError
   */
  async resume(key: string): Promise<void> {
    await this.#ask('resume', { key: checkKey(key) });
  }

  /**
   * Moves a schedule to an instant, a `Date` or epoch milliseconds: the occurrences after it are planned anew. Those
   * that lie in the past count as missed; for those that are passed over nothing runs. A run in progress goes on.
   * @throws UnknownScheduleError
   */
  async setPosition(key: string, at: Date | number): Promise<void> {
    await this.#ask('setPosition', { key: checkKey(key), atMs: checkInstant(at) });
  }

  /**
   * Loads a plugin and starts its schedules. Resolves to their keys.
   * @throws PluginLoadError @throws InvalidPluginError
   */
  async install(plugin: PluginOption): Promise<readonly string[]> {
    const { keys } = await this.#ask('install', resolvePlugin(checkPlugin(plugin), this.#baseUrl));
    return keys;
  }

  /**
   * Loads a plugin's module anew. When the new version is refused, the old one goes on. Resolves to the schedules' keys,
   * an array that also has what the reload has `added`, `removed`, `changed` and left `unchanged`.
   * @throws UnknownPluginError @throws PluginLoadError @throws InvalidPluginError
   */
  async reload(name: string): Promise<readonly string[] & ReloadReport> {
    const { keys, report } = await this.#ask('reload', { name: checkPluginName(name) });
    return Object.assign([...keys], report);
  }

  /**
   * Removes a plugin and its schedules. Their runs are aborted.
   * @throws UnknownPluginError @throws PluginRequiredError when another one requires what it provides, unless forced.
   */
  async uninstall(name: string, options: UninstallOptions = {}): Promise<void> {
    await this.#ask('uninstall', { name: checkPluginName(name), ...checkUninstallOptions(options) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #start(): Promise<void> {
    this.#state = 'starting';
    try {
      await this.#client.start();
      if (this.#stopping === null) this.#state = 'running';
    } catch (error) {
      this.#state = 'stopped';
      throw error;
    }
  }

  async #stop(drainMs: number): Promise<StopReport> {
    this.#state = 'stopping';
    // A start that the stop cuts short rejects. Whoever has not awaited it must not be ended by that.
    this.#starting?.catch(() => {});
    const report = await this.#client.stop(drainMs);
    this.#state = 'stopped';
    if (this.#client.isStarted) announce(this, 'stopped', report);
    return report;
  }

  async #drain(options: DrainOptions): Promise<DrainReport> {
    return this.#ask('drain', checkDrainOptions(options));
  }

  async #ask<M extends SupervisorMethod>(
    method: M,
    params: ParamsOf<SupervisorRequests, M>,
  ): Promise<AnswerOf<SupervisorRequests, M>> {
    if (this.#state !== 'running') throw new NotRunningError(method, this.#state);
    return this.#client.request(method, params);
  }

  #ended(error: Error): void {
    this.#state = 'stopped';
    this.#stopping ??= Promise.resolve({ finished: [], aborted: [], killed: [] });
    announce(this, 'error', error);
  }
}
