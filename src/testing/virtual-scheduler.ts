/**
 * The scheduler in virtual time: the supervisor of production, on a clock that moves only when it is told to, with plugins
 * that run in the test's own process. What it knows outlives a crash, as a file would; a restart is a new supervisor on it.
 */

import { MemoryLocking, MemoryLocks } from '../backends/memory/memory-locking.ts';
import { MemoryStore } from '../backends/memory/memory-store.ts';
import { NotRunningError } from '../errors.ts';
import { explain } from '../machines/explaining/explain.ts';
import type { Explanation } from '../machines/explaining/explanation.ts';
import type { HistoryQuery, HistoryRecord } from '../machines/history.ts';
import { Ledger } from '../machines/ledger/ledger.ts';
import type { Decision, RunRecord } from '../machines/run.ts';
import type { SupervisorEvent } from '../supervisor/protocol.ts';
import type { SchedulerStats, SchedulerWarning, ScheduleStatus, StopReport } from '../supervisor/scheduler-reports.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { NodeClock } from './node-clock.ts';
import type { VirtualPlugin } from './plugin-shelf.ts';
import { type Random, seededRandom } from './run-duration.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualProcess } from './virtual-process.ts';
import {
  type Duration,
  durationMs,
  instantMs,
  type VirtualSchedulerOptions,
  type VirtualSettings,
  virtualSettings,
} from './virtual-scheduler-options.ts';

/** Longest sleep of a supervisor in virtual time: what a shorter one would notice, the virtual clock tells. */
const MAX_SLEEP_MS = 3_600_000;

/** What outlives a process. */
interface VirtualWorld {
  readonly settings: VirtualSettings;
  readonly ledger: Ledger;
  readonly locks: MemoryLocks;
  readonly random: Random;
  readonly newRunId: () => string;
  readonly heard: (event: SupervisorEvent) => void;
}

/** Makes a scheduler in virtual time. Nothing is loaded before `start()`. */
export async function createVirtualScheduler(options: VirtualSchedulerOptions): Promise<VirtualScheduler> {
  return new VirtualScheduler(virtualSettings(options));
}

/** See `createVirtualScheduler()`. */
export class VirtualScheduler {
  /** Every run that has settled, in all processes since the beginning, in the order in which they did. */
  readonly runs: RunRecord[] = [];
  /** Everything that was decided about occurrences that did not run, in order. */
  readonly decisions: Decision[] = [];
  /** What an operator would have been told, in order. */
  readonly warnings: SchedulerWarning[] = [];
  readonly #clock: VirtualClock;
  #world: VirtualWorld;
  #process: VirtualProcess | null = null;
  #processCount = 0;

  constructor(settings: VirtualSettings) {
    let lastRunId = 0;
    this.#clock = new VirtualClock(settings.startAtMs, { maxSleepMs: MAX_SLEEP_MS });
    this.#world = {
      settings,
      ledger: new Ledger(),
      locks: new MemoryLocks(),
      random: seededRandom(settings.seed),
      newRunId: () => `run-${++lastRunId}`,
      heard: (event) => this.#hear(event),
    };
  }

  /** Wall time, epoch milliseconds. */
  get now(): number {
    return this.#clock.nowMs();
  }

  /** Loads the plugins and lets the clock run. Rejects as the real one, with a `PluginsRefusedError` or another. */
  async start(): Promise<void> {
    if (this.#process !== null) throw new NotRunningError('start', 'running');
    this.#processCount += 1;
    const process = this.#newProcess(this.#processCount);
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

  /** Suspends the machine, or stops the process (SIGSTOP), for a while; then lets happen what needs no more time. */
  async suspend(duration: Duration): Promise<void> {
    await this.#clock.settle();
    this.#clock.suspend(durationMs('suspend', duration));
    await this.#clock.settle();
  }

  /** Sets the wall clock forward, or back by a negative number: what a person or NTP does. It is noticed within a second. */
  async stepWall(byMs: number): Promise<void> {
    await this.#clock.settle();
    this.#clock.stepWall(byMs);
    await this.#clock.settle();
  }

  /**
   * Kills the process, as `kill -9` does: runs in progress are gone and nothing more is written. Their code cannot be
   * ended here, so a `run()` that is waiting for something goes on when it gets it, and nobody hears of it.
   */
  async crash(): Promise<void> {
    this.#running('crash');
    this.#process?.kill();
    this.#process = null;
    // What the dead process still writes goes to the old ledger, which nobody reads.
    this.#world = { ...this.#world, ledger: new Ledger(this.#world.ledger.snapshot()) };
    await this.#clock.settle();
  }

  /** Starts a new process after a stop or a crash, on what the last one left: after `after`, and with other `plugins`. */
  async restart({
    after = 0,
    plugins,
  }: {
    readonly after?: Duration;
    readonly plugins?: readonly VirtualPlugin[];
  } = {}): Promise<void> {
    if (this.#process !== null) throw new NotRunningError('restart', 'running: stop or crash it first');
    await this.advance(after);
    if (plugins !== undefined) this.#world = { ...this.#world, settings: { ...this.#world.settings, plugins } };
    await this.start();
  }

  /** Stops in good order. Runs may finish until `drain` is over (default 10 s); as much time passes as they need. */
  async stop({ drain = 10_000 }: { readonly drain?: Duration } = {}): Promise<StopReport> {
    const supervisor = this.#running('stop');
    const report = await this.#clock.advanceUntil(supervisor.stop({ drainMs: durationMs('drain', drain) }));
    this.#process?.kill();
    this.#process = null;
    return report;
  }

  async schedules(): Promise<readonly ScheduleStatus[]> {
    return this.#running('list schedules').schedules();
  }

  async stats(): Promise<SchedulerStats> {
    return this.#running('tell its figures').stats();
  }

  /** Matching records, newest first; also while no process is running. */
  async history(query: HistoryQuery = {}): Promise<readonly HistoryRecord[]> {
    return this.#world.ledger.history(query);
  }

  /** Why an occurrence ran or did not; also while no process is running. */
  async explain(key: string, at: number | string | Date): Promise<Explanation> {
    const atMs = instantMs(at);
    if (this.#process === null) return explain(this.#world.ledger.facts(key, atMs), { key, atMs, nowMs: this.now });
    return this.#clock.advanceUntil(this.#process.supervisor.explain({ key, atMs }));
  }

  /** Starts a run now; resolves with its id when it has started or waits for a thread. */
  async trigger(key: string): Promise<string> {
    const { runId } = this.#running('trigger a schedule').trigger({ key });
    await this.#clock.settle();
    return runId;
  }

  async pause(key: string, note?: string): Promise<void> {
    const supervisor = this.#running('pause a schedule');
    await this.#clock.advanceUntil(supervisor.pause({ key, ...(note !== undefined && { note }) }));
  }

  async resume(key: string): Promise<void> {
    await this.#clock.advanceUntil(this.#running('resume a schedule').resume({ key }));
  }

  #newProcess(incarnation: number): VirtualProcess {
    const { settings, ledger, locks, random, newRunId, heard } = this.#world;
    return new VirtualProcess({
      settings,
      nodeId: `node-${incarnation}`,
      incarnationId: `incarnation-${incarnation}`,
      clock: new NodeClock(this.#clock),
      store: new MemoryStore({ ledger }),
      locking: settings.locking ? new MemoryLocking(this.#clock, locks) : null,
      isCluster: false,
      random,
      newRunId,
      heard,
    });
  }

  #running(operation: string): Supervisor {
    if (this.#process === null) throw new NotRunningError(operation, 'not running');
    return this.#process.supervisor;
  }

  #hear(event: SupervisorEvent): void {
    if (event.type === 'run') this.runs.push(event.event);
    else if (event.type === 'decision') this.decisions.push(event.event);
    else if (event.type === 'warning') this.warnings.push(event.event);
  }
}
