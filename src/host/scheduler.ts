import { NotRunningError } from '../errors.ts';
import type { SupervisorMethod, SupervisorRequests } from '../supervisor/protocol.ts';
import type { DrainReport, RefusedPlugin, StopReport } from '../supervisor/scheduler-reports.ts';
import type { AnswerOf, ParamsOf } from '../wire/questions.ts';
import {
  checkDrainOptions,
  checkStopOptions,
  type DrainOptions,
  type StopOptions,
} from './checking/check-arguments.ts';
import { checkOptions } from './checking/check-options.ts';
import type { ConsoleAddress } from './console/console-config.ts';
import { resolveConsole } from './console/resolve-console.ts';
import { SchedulerConsole } from './console/scheduler-console.ts';
import type { HostFunction } from './host-functions.ts';
import { baseOf } from './locate-module.ts';
import { announce } from './observing/diagnostics.ts';
import { observedFunctions } from './observing/instrumentation.ts';
import { resolveOptions } from './resolve-options.ts';
import { SchedulerCalls } from './scheduler-calls.ts';
import type { SchedulerOptions } from './scheduler-options.ts';
import { SupervisorClient, stuckWarning } from './supervisor-client.ts';

const CLIENTS = new WeakMap<Scheduler, SupervisorClient>();

/** What the handle speaks with. */
export function clientOf(scheduler: Scheduler): SupervisorClient {
  const client = CLIENTS.get(scheduler);
  if (client === undefined) throw new TypeError('this is not what createScheduler() resolves to');
  return client;
}

type State = 'not started' | 'starting' | 'running' | 'stopping' | 'stopped';

/**
 * The handle on a scheduler, on the host thread. It does no scheduling itself: while this thread is blocked, runs still
 * start, log, finish and are recorded. Only the events wait.
 */
export class Scheduler extends SchedulerCalls implements AsyncDisposable {
  readonly #client: SupervisorClient;
  readonly #console: SchedulerConsole;
  /** The URL from which modules are resolved. @internal */
  protected readonly baseUrl: string;
  /** Whether runs can be told to a service that watches them. @internal */
  protected readonly canCheckIn: boolean;
  #state: State = 'not started';
  #starting: Promise<void> | null = null;
  #stopping: Promise<StopReport> | null = null;
  #draining: Promise<DrainReport> | null = null;

  /** Use `createScheduler()`. */
  constructor(options: SchedulerOptions) {
    super();
    const checked = checkOptions(options);
    const config = resolveOptions(checked);
    this.baseUrl = baseOf(checked.baseUrl);
    const hostFunctions = observedFunctions(this, checked.hostFunctions as Record<string, HostFunction>);
    this.#client = new SupervisorClient(config, hostFunctions, {
      heard: (event) => announce(this, event.type, event.event),
      restarted: ({ message }) => announce(this, 'warning', { code: 'supervisor-restarted', message }),
      stuck: (cause) => announce(this, 'warning', stuckWarning(cause)),
      gaveUp: (error) => this.#ended(error),
    });
    CLIENTS.set(this, this.#client);
    const consoleConfig = resolveConsole(checked, config);
    this.canCheckIn = consoleConfig !== null && consoleConfig.notify !== null;
    this.#console = new SchedulerConsole(consoleConfig, {
      attach: (connect) => this.#client.attach(connect),
      warned: (warning) => announce(this, 'warning', warning),
    });
  }

  /** The plugins refused at the start (with `onPluginError: 'continue'`), or when the supervisor thread was replaced. */
  get refusedPlugins(): readonly RefusedPlugin[] {
    return this.#client.refused;
  }

  /** Where the console listens: its `url` and its `socket`, each null without one. Null if there is no console. */
  get console(): ConsoleAddress | null {
    return this.#console.address;
  }

  /**
   * Resolves when the plugins are loaded and the clock runs. Calling it again returns the same promise.
   * @throws PluginsRefusedError when a plugin was refused (with `onPluginError: 'throw'`); nothing has started then.
   * @throws ConsoleError when the console cannot listen; nothing has started then.
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

  /** Stops the scheduler, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #start(): Promise<void> {
    this.#state = 'starting';
    try {
      if (this.#console.isWanted) {
        await this.#console.open();
        if (this.#stopping !== null) throw new NotRunningError('start', this.#state);
      }
      await this.#client.start();
      if (this.#stopping === null) this.#state = 'running';
    } catch (error) {
      this.#state = 'stopped';
      await this.#console.close();
      throw error;
    }
  }

  async #stop(drainMs: number): Promise<StopReport> {
    this.#state = 'stopping';
    // A start that the stop cuts short rejects. Whoever has not awaited it must not be ended by that.
    this.#starting?.catch(() => {});
    const report = await this.#client.stop(drainMs, (limitMs) => this.#console.close(limitMs));
    this.#state = 'stopped';
    if (this.#client.isStarted) announce(this, 'stopped', report);
    return report;
  }

  async #drain(options: DrainOptions): Promise<DrainReport> {
    return this.ask('drain', checkDrainOptions(options));
  }

  /** Asks the supervisor thread. @internal */
  protected async ask<M extends SupervisorMethod>(
    method: M,
    params: ParamsOf<SupervisorRequests, M>,
  ): Promise<AnswerOf<SupervisorRequests, M>> {
    if (this.#state !== 'running') throw new NotRunningError(method, this.#state);
    return this.#client.request(method, params);
  }

  #ended(error: Error): void {
    this.#state = 'stopped';
    void this.#console.close();
    this.#stopping ??= Promise.resolve({ finished: [], aborted: [], killed: [] });
    announce(this, 'error', error);
  }
}
