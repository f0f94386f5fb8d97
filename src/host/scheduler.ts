import { EventEmitter } from 'node:events';
import { InvalidOptionError, NotRunningError } from '../errors.ts';
import type { Explanation } from '../machines/explaining/explanation.ts';
import type { HistoryQuery, HistoryRecord } from '../machines/history.ts';
import type { SupervisorMethod, SupervisorRequests } from '../supervisor/protocol.ts';
import type { RefusedPlugin, SchedulerStats, ScheduleStatus, StopReport } from '../supervisor/scheduler-reports.ts';
import type { AnswerOf, ParamsOf } from '../wire/questions.ts';
import type { HostFunction } from './host-functions.ts';
import { baseOf } from './locate-module.ts';
import { resolveOptions, resolvePlugin } from './resolve-options.ts';
import type { SchedulerEvents } from './scheduler-events.ts';
import type { PluginOption, SchedulerOptions } from './scheduler-options.ts';
import { SupervisorClient } from './supervisor-client.ts';

const DEFAULT_DRAIN_MS = 10_000;

type State = 'not started' | 'starting' | 'running' | 'stopping' | 'stopped';

/**
 * The handle on a scheduler, on the host thread. It does no scheduling: while this thread is blocked, schedules start, log,
 * finish and are recorded; only the events wait.
 */
export class Scheduler extends EventEmitter<SchedulerEvents> implements AsyncDisposable {
  readonly #client: SupervisorClient;
  readonly #baseUrl: string;
  #state: State = 'not started';
  #starting: Promise<void> | null = null;
  #stopping: Promise<StopReport> | null = null;
  #refused: readonly RefusedPlugin[] = [];

  /** Use `createScheduler()`. */
  constructor(options: SchedulerOptions) {
    super();
    const config = resolveOptions(options);
    this.#baseUrl = baseOf(options.baseUrl);
    const hostFunctions = new Map<string, HostFunction>(Object.entries(options.hostFunctions ?? {}));
    this.#client = new SupervisorClient(config, hostFunctions, {
      heard: (event) => this.emit(event.type, event.event as never),
      restarted: ({ message }) => this.emit('warning', { code: 'supervisor-restarted', message }),
      gaveUp: (error) => this.#ended(error),
    });
  }

  /** Plugins that were refused at the start, with `onPluginError: 'continue'`. */
  get refusedPlugins(): readonly RefusedPlugin[] {
    return this.#refused;
  }

  /**
   * Resolves when the plugins are loaded and the clock runs. Calling it again returns the same promise.
   * @throws PluginsRefusedError when a plugin was refused (`onPluginError: 'throw'`); then nothing has started.
   * @throws BackendError when the store or the lock backend cannot be used.
   * @throws NotRunningError after `stop()`.
   */
  start(): Promise<void> {
    if (this.#stopping !== null) return Promise.reject(new NotRunningError('start', this.#state));
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /**
   * Nothing starts any more; runs may finish for `drainMs`, then their signal is aborted, and after their grace their thread
   * is terminated. Resolves in bounded time. Calling it again returns the same promise.
   */
  stop({ drainMs = DEFAULT_DRAIN_MS }: { readonly drainMs?: number } = {}): Promise<StopReport> {
    this.#stopping ??= this.#stop(drainMs);
    return this.#stopping;
  }

  /** Every schedule, with its state, next occurrence and counters. */
  async schedules(): Promise<readonly ScheduleStatus[]> {
    return this.#ask('schedules', null);
  }

  /** Settled runs, newest first. */
  async history(query: HistoryQuery = {}): Promise<readonly HistoryRecord[]> {
    return this.#ask('history', query);
  }

  /**
   * Why a schedule ran, or did not run, at an instant: a `Date` or epoch milliseconds.
   * @throws UnknownScheduleError when the store never heard of it.
   */
  async explain(key: string, at: Date | number): Promise<Explanation> {
    const atMs = Number(at);
    if (!Number.isFinite(atMs)) throw new InvalidOptionError('at', 'it must be a valid Date or epoch milliseconds');
    return this.#ask('explain', { key, atMs });
  }

  /** Gauges and latency percentiles. */
  async stats(): Promise<SchedulerStats> {
    return this.#ask('stats', null);
  }

  /**
   * Starts a run of a schedule now, also of one that is paused or disabled, and resolves to its run id.
   * @throws UnknownScheduleError
   * @throws ScheduleBusyError when a run of it is in progress, or it is faulted.
   */
  async trigger(key: string): Promise<string> {
    const { runId } = await this.#ask('trigger', { key });
    return runId;
  }

  /** Nothing of it starts until `resume()`, also after a restart; a run that executes goes on. @throws UnknownScheduleError */
  async pause(key: string, { note }: { readonly note?: string } = {}): Promise<void> {
    await this.#ask('pause', { key, ...(note !== undefined && { note }) });
  }

  /** Takes a paused or faulted schedule up again; what fell due meanwhile does not run. @throws UnknownScheduleError */
  async resume(key: string): Promise<void> {
    await this.#ask('resume', { key });
  }

  /** Loads a plugin and starts its schedules; resolves to their keys. @throws PluginLoadError @throws InvalidPluginError */
  async install(plugin: PluginOption): Promise<readonly string[]> {
    const { keys } = await this.#ask('install', resolvePlugin(plugin, this.#baseUrl));
    return keys;
  }

  /** Loads a plugin's module anew; if that is refused, the old version goes on. @throws UnknownPluginError @throws PluginLoadError */
  async reload(name: string): Promise<readonly string[]> {
    const { keys } = await this.#ask('reload', { name });
    return keys;
  }

  /** Ends a plugin's schedules; their runs are aborted. @throws UnknownPluginError */
  async uninstall(name: string): Promise<void> {
    await this.#ask('uninstall', { name });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #start(): Promise<void> {
    this.#state = 'starting';
    try {
      const { refused } = await this.#client.start();
      this.#refused = refused;
      this.#state = 'running';
    } catch (error) {
      this.#state = 'stopped';
      throw error;
    }
  }

  async #stop(drainMs: number): Promise<StopReport> {
    if (!(drainMs >= 0)) throw new InvalidOptionError('drainMs', `it must be 0 or more milliseconds, not ${drainMs}`);
    await this.#starting?.catch(() => {});
    const wasRunning = this.#state === 'running';
    this.#state = 'stopping';
    const report = wasRunning ? await this.#drain(drainMs) : NOTHING_STOPPED;
    await this.#client.close();
    this.#state = 'stopped';
    if (wasRunning) this.emit('stopped', report);
    return report;
  }

  /** Bounded by the supervisor itself; one that stands still meanwhile is ended by the watch on its heartbeat. */
  async #drain(drainMs: number): Promise<StopReport> {
    return this.#client.request('stop', { drainMs }).catch(() => NOTHING_STOPPED);
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
    this.#stopping ??= Promise.resolve(NOTHING_STOPPED);
    this.emit('error', error);
  }
}

const NOTHING_STOPPED: StopReport = { finished: [], aborted: [], killed: [] };

/**
 * Makes a scheduler; `start()` starts it.
 * @throws InvalidOptionError that names the option, its value and what is accepted.
 */
export async function createScheduler(options: SchedulerOptions): Promise<Scheduler> {
  return new Scheduler(options);
}
