/**
 * The scheduler in virtual time: the supervisor of production, on a clock that only the test moves, with plugins that
 * run in the test's own process. What it has recorded outlives a crash, as a file would: a restart is a new supervisor
 * on it.
 */
import { NotRunningError } from '../errors.ts';
import { explain } from '../machines/explaining/explain.ts';
import type { Explanation } from '../machines/explaining/explanation.ts';
import type { HistoryQuery, HistoryRecord } from '../machines/history.ts';
import type { Decision, RunRecord } from '../machines/run.ts';
import type { Notice } from '../machines/watching/notices.ts';
import type { Manifest } from '../supervisor/plugin-reports.ts';
import type { SupervisorEvent } from '../supervisor/protocol.ts';
import type {
  DrainReport,
  SchedulerStats,
  SchedulerWarning,
  ScheduleStatus,
  StopReport,
} from '../supervisor/scheduler-reports.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { VirtualPlugin } from './plugins/plugin-shelf.ts';
import { VirtualClock } from './virtual-clock.ts';
import type { VirtualProcess } from './virtual-process.ts';
import {
  type Duration,
  durationMs,
  instantMs,
  type VirtualSchedulerOptions,
  type VirtualSettings,
  virtualSettings,
} from './virtual-scheduler-options.ts';
import { VirtualWorld } from './virtual-world.ts';

/**
 * The longest sleep in virtual time. It may be long, because the virtual clock wakes sleepers when the clock is
 * changed.
 */
const MAX_SLEEP_MS = 3_600_000;

/** Makes a scheduler in virtual time. Nothing is loaded before `start()`. */
export async function createVirtualScheduler(options: VirtualSchedulerOptions): Promise<VirtualScheduler> {
  return new VirtualScheduler(virtualSettings(options));
}

/** See `createVirtualScheduler()`. */
export class VirtualScheduler {
  /** Every run that has ended, in all processes since the beginning, in the order of their ends. */
  readonly runs: RunRecord[] = [];
  /** Every decision about occurrences that did not run, in order. */
  readonly decisions: Decision[] = [];
  /** Every warning that an operator would have seen, in order. */
  readonly warnings: SchedulerWarning[] = [];
  /** What somebody who does not look would have been told of schedules, in order. */
  readonly notices: Notice[] = [];
  readonly #clock: VirtualClock;
  readonly #world: VirtualWorld;
  #process: VirtualProcess | null = null;

  /** Use `createVirtualScheduler()`. @internal */
  constructor(settings: VirtualSettings) {
    this.#clock = new VirtualClock(settings.startAtMs, { maxSleepMs: MAX_SLEEP_MS });
    this.#world = new VirtualWorld(this.#clock, settings, (event) => this.#hear(event));
  }

  /** Wall time, epoch milliseconds. */
  get now(): number {
    return this.#clock.nowMs();
  }

  /** Loads the plugins and starts. Rejects as a real scheduler does, for example with a `PluginsRefusedError`. */
  async start(): Promise<void> {
    if (this.#process !== null) throw new NotRunningError('start', 'running');
    const process = this.#world.newProcess();
    this.#process = process;
    try {
      await this.#clock.advanceUntil(process.supervisor.start());
    } catch (error) {
      process.kill();
      this.#process = null;
      throw error;
    }
  }

  /** Lets time pass, and everything that falls due in it happen. */
  async advance(by: Duration): Promise<void> {
    await this.#clock.advance(durationMs('advance', by));
  }

  /** Suspends the machine, or stops the process (SIGSTOP), for a while. Then everything happens that is due by then. */
  async suspend(duration: Duration): Promise<void> {
    await this.#clock.settle();
    this.#clock.suspend(durationMs('suspend', duration));
    await this.#clock.settle();
  }

  /** Sets the wall clock forward, or back if `byMs` is negative, as a person or NTP does. Noticed within a second. */
  async stepWall(byMs: number): Promise<void> {
    await this.#clock.settle();
    this.#clock.stepWall(byMs);
    await this.#clock.settle();
  }

  /**
   * Kills the process, as `kill -9` does: runs in progress are gone, and nothing more is written. Their code cannot be
   * ended here, so a `run()` that waits for something goes on when it gets it, but what it does is ignored.
   */
  async crash(): Promise<void> {
    this.#running('crash');
    this.#process?.kill();
    this.#process = null;
    this.#world.leaveDeadProcess();
    await this.#clock.settle();
  }

  /**
   * Starts a new process after a stop or a crash, on what the last one left, `after` some time and with other
   * `plugins`.
   */
  async restart({
    after = 0,
    plugins,
  }: {
    readonly after?: Duration;
    readonly plugins?: readonly VirtualPlugin[];
  } = {}): Promise<void> {
    if (this.#process !== null) throw new NotRunningError('restart', 'running: stop or crash it first');
    await this.advance(after);
    if (plugins !== undefined) this.#world.replacePlugins(plugins);
    await this.start();
  }

  /** Stops in good order. Runs may finish until `drain` is over, by default 10 s. As much time passes as they need. */
  async stop({ drain = 10_000 }: { readonly drain?: Duration } = {}): Promise<StopReport> {
    const supervisor = this.#running('stop');
    const report = await this.#clock.advanceUntil(supervisor.stop({ drainMs: durationMs('drain', drain) }));
    this.#process?.kill();
    this.#process = null;
    return report;
  }

  /**
   * Starts nothing any more. Resolves as a real `drain()` does, when the runs in progress have ended or `timeout` is over.
   * As much time passes as they need. A process that is started anew does not know of it.
   */
  async drain({ timeout }: { readonly timeout?: Duration } = {}): Promise<DrainReport> {
    const timeoutMs = timeout === undefined ? null : durationMs('timeout', timeout);
    return this.#clock.advanceUntil(this.#running('drain').drain({ timeoutMs }));
  }

  /** As `scheduler.schedules()`. */
  async schedules(): Promise<readonly ScheduleStatus[]> {
    return this.#running('list schedules').schedules();
  }

  /** As `scheduler.manifest()`. */
  async manifest(): Promise<Manifest> {
    return this.#running('read the manifest').manifest();
  }

  /** As `scheduler.stats()`. */
  async stats(): Promise<SchedulerStats> {
    return this.#running('read stats').stats();
  }

  /** Matching records, newest first. Works while no process is running, too. */
  async history(query: HistoryQuery = {}): Promise<readonly HistoryRecord[]> {
    return this.#world.ledger.history(query);
  }

  /** Why an occurrence ran or did not. Works while no process is running, too. */
  async explain(key: string, at: number | string | Date): Promise<Explanation> {
    const atMs = instantMs('at', at);
    if (this.#process === null) return explain(this.#world.ledger.facts(key, atMs), { key, atMs, nowMs: this.now });
    return this.#clock.advanceUntil(this.#process.supervisor.explain({ key, atMs }));
  }

  /** Starts a run now. Resolves with its id once it has started or waits for a thread. */
  async trigger(key: string): Promise<string> {
    const { runId } = this.#running('trigger a schedule').trigger({ key });
    await this.#clock.settle();
    return runId;
  }

  /** As `scheduler.pause()`. */
  async pause(key: string, note?: string): Promise<void> {
    const supervisor = this.#running('pause a schedule');
    await this.#clock.advanceUntil(supervisor.pause({ key, ...(note !== undefined && { note }) }));
  }

  /** As `scheduler.resume()`. */
  async resume(key: string): Promise<void> {
    await this.#clock.advanceUntil(this.#running('resume a schedule').resume({ key }));
  }

  /** Moves a schedule: the occurrences after `at` are planned anew. */
  async setPosition(key: string, at: number | string | Date): Promise<void> {
    const atMs = instantMs('at', at);
    await this.#clock.advanceUntil(this.#running('set the position of a schedule').setPosition({ key, atMs }));
  }

  #running(operation: string): Supervisor {
    if (this.#process === null) throw new NotRunningError(operation, 'not running');
    return this.#process.supervisor;
  }

  #hear(event: SupervisorEvent): void {
    if (event.type === 'run') this.runs.push(event.event);
    else if (event.type === 'decision') this.decisions.push(event.event);
    else if (event.type === 'warning') this.warnings.push(event.event);
    else if (event.type === 'notice') this.notices.push(event.event);
  }
}
