/**
 * A pool of workers, threads or processes, with one task at a time in each.
 *
 * The queue is ours, so that it is bounded and keeps priorities, and an abort finds its run. A task goes to a worker
 * when one is free, that is while fewer tasks than `maxThreads` occupy one. Workers of an old generation count, and so
 * do those that are about to exit. Quarantined ones do not, or hung system calls would use the pool up.
 */

import { TransientMap } from '../../../machines/collections/transient-map.ts';
import type { AbortReason } from '../../../machines/run.ts';
import { THREAD_STUCK } from '../../../wire/fault-notice.ts';
import type { LoadedPlugin, PluginSource } from '../../../workers/protocol.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  PoolPlaces,
  PoolUser,
  RunListener,
  RunPool,
  RunPoolListener,
  RunPoolStats,
  RunRequest,
} from '../../ports/run-pool.ts';
import { waitAtMost } from '../../ports/within.ts';
import { BudgetWatch } from './budgets/budget-watch.ts';
import { MemoryGuard, OWN_MEMORY } from './budgets/memory-guard.ts';
import type { StartGeneration } from './generation.ts';
import { Generations } from './generations.ts';
import { LiveLoad, type LoadKeeper, loadTask } from './live-load.ts';
import { LiveRun, type RunKeeper } from './live-run.ts';
import { LiveRuns } from './live-runs.ts';
import { DEFAULT_ENTRY_TIMEOUT_MS, DEFAULT_LOAD_TIMEOUT_MS, type WorkerPoolOptions } from './pool-options.ts';
import { RunQueue } from './run-queue.ts';
import { TurnLimit } from './turn-limit.ts';
import { EXIT_LIMIT_MS } from './worker-task.ts';

export class WorkerPool implements RunPool, RunKeeper, LoadKeeper {
  readonly clock: Clock;
  readonly watch: BudgetWatch;
  readonly entryTimeoutMs: number;
  readonly loadTimeoutMs: number;
  readonly #options: WorkerPoolOptions;
  readonly #start: StartGeneration;
  readonly #listener: RunPoolListener | undefined;
  readonly #generations: Generations;
  readonly #guard: MemoryGuard;
  readonly #queue = new RunQueue<LiveRun>();
  readonly #handedOver: TurnLimit;
  readonly #loads: LiveLoad[] = [];
  readonly #runs = new LiveRuns<LiveRun>((sourceId) => this.#generations.unload(sourceId));
  /** The tasks that occupy a worker. */
  readonly #occupants = new TransientMap<string, LiveRun | LiveLoad>();
  #quarantinedCount = 0;
  #loadCount = 0;
  #closing: Promise<void> | null = null;
  #emptied: (() => void) | null = null;

  constructor(options: WorkerPoolOptions, start: StartGeneration, listener?: RunPoolListener) {
    [this.#options, this.#listener, this.#start, this.clock] = [options, listener, start, options.clock];
    this.watch = new BudgetWatch(options.clock);
    this.entryTimeoutMs = options.entryTimeoutMs ?? DEFAULT_ENTRY_TIMEOUT_MS;
    this.loadTimeoutMs = options.loadTimeoutMs ?? DEFAULT_LOAD_TIMEOUT_MS;
    this.#handedOver = new TurnLimit(options.clock, () => this.#fill());
    this.#generations = new Generations((heard) => start(options, heard), {
      warned: (warning) => listener?.warned(warning),
      exited: () => this.#fill(),
    });
    this.#guard = new MemoryGuard({
      limitMb: options.memoryLimitMb,
      clock: this.clock,
      watch: this.watch,
      use: options.memoryUse ?? OWN_MEMORY,
      tasks: () => this.#occupants.values(),
      helpless: (message) => listener?.warned({ code: 'memory-limit', message }),
    });
  }

  dispatch(asked: RunRequest, listener: RunListener): boolean {
    if (this.#closing !== null) return false;
    const run = new LiveRun(this.#runs.admitted(asked), listener, { keeper: this, options: this.#options });
    const hasRoom = this.#hasRoom() && this.#queue.mayExecute(run);
    if (!hasRoom && !this.#hasPlaceFor(run)) return false;
    this.#runs.add(run);
    // While there is room nothing waits for a thread, or what waits is handed over in the next turn.
    if (hasRoom && this.#queue.readyCount === 0) {
      this.#queue.started(run);
      this.#occupy(run);
    } else {
      this.#queue.push(run, this.clock.monotonicMs());
    }
    return true;
  }

  hasThread(runId: string): boolean {
    return this.#runs.get(runId)?.isDispatched ?? false;
  }

  look(runId: string): void {
    this.#runs.get(runId)?.look();
  }

  abort(runId: string, reason: AbortReason): void {
    this.#queue.take(runId);
    this.#runs.get(runId)?.abort(reason);
  }

  kill(runId: string, reason: AbortReason): void {
    this.#queue.take(runId);
    this.#runs.get(runId)?.kill(reason);
  }

  load(source: PluginSource, timeoutMs: number): Promise<LoadedPlugin> {
    this.#loadCount += 1;
    const load = new LiveLoad(loadTask(source, this.#loadCount), timeoutMs, this);
    if (this.#closing === null) this.#loads.push(load);
    else load.cancel('the pool is closed');
    this.#fill();
    return load.promise;
  }

  loadAfresh(sources: readonly PluginSource[], timeoutMs: number): Promise<LoadedPlugin>[] {
    const maxThreads = Math.min(sources.length, this.#options.maxThreads);
    if (maxThreads === 0) return [];
    const aside = new WorkerPool({ ...this.#options, minThreads: 1, maxThreads }, this.#start, this.#listener);
    const loads = sources.map((source) => aside.load(source, timeoutMs));
    const closed = Promise.allSettled(loads).then(() => aside.close());
    return loads.map((load) => load.finally(() => closed));
  }

  unload({ id }: PluginSource): void {
    this.#runs.retire(id);
  }

  recycle(): void {
    if (this.#closing !== null) return;
    this.#generations.recycle();
    // No thread of the new generation is about to exit, so there may be more room.
    this.#fill();
  }

  places(user: PoolUser): PoolPlaces {
    const { maxThreads: threads, maxQueue } = this.#options;
    return { ...this.#queue.places(this.#occupiedCount(), user), threads, maxQueue };
  }

  stats(): RunPoolStats {
    return {
      threads: this.#generations.workerCount,
      running: this.#occupants.size,
      queued: this.#queue.size,
      quarantined: this.#quarantinedCount,
      threadsReplaced: this.#generations.replacedCount,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  ended(run: LiveRun): void {
    this.#runs.delete(run);
    if (this.#occupants.has(run.taskId)) this.#queue.ended(run);
    this.#vacate(run);
  }

  returned(run: LiveRun): void {
    this.#queue.ended(run);
    this.#queue.unshift(run);
    this.#vacate(run);
  }

  quarantined(run: LiveRun): void {
    this.#runs.delete(run);
    this.#quarantinedCount += 1;
    const message = `The thread of a run does not exit: ${THREAD_STUCK}. Another thread takes its place.`;
    this.#listener?.warned({ code: 'thread-quarantined', message, runId: run.taskId, key: run.key });
    this.#vacate(run);
  }

  released(run: LiveRun): void {
    this.#quarantinedCount -= 1;
    this.#queue.ended(run);
    this.#fill();
  }

  loadEnded(load: LiveLoad): void {
    this.#vacate(load);
  }

  /** Whether the queue takes the run. When it is full, another one may have to go. */
  #hasPlaceFor(run: LiveRun): boolean {
    if (run.hasPlace === true || this.#queue.size < this.#options.maxQueue) return true;
    const displaced = this.#queue.displaceFor(run);
    if (displaced === undefined) return false;
    this.#runs.delete(displaced);
    displaced.displaced();
    return true;
  }

  #hasRoom(): boolean {
    return this.#occupiedCount() < this.#options.maxThreads;
  }

  #occupiedCount(): number {
    return this.#occupants.size + this.#generations.current.leavingCount;
  }

  #occupy(occupant: LiveRun | LiveLoad): void {
    this.#occupants.set(occupant.taskId, occupant);
    if (this.#occupants.size === 1) this.#guard.start();
    occupant.dispatch(this.#generations.executeFor(occupant));
  }

  #vacate(occupant: LiveRun | LiveLoad): void {
    this.#occupants.delete(occupant.taskId);
    if (this.#occupants.size === 0) {
      this.#guard.stop();
      this.#emptied?.();
    }
    this.#fill();
  }

  /** Loads go first: there are few of them, somebody waits for them, and without them there are no new runs. */
  #fill(): void {
    while (this.#hasRoom() && !this.#handedOver.isReached) {
      const next = this.#loads.shift() ?? (this.#queue.readyCount === 0 ? undefined : this.#queue.shift());
      if (next === undefined) return;
      this.#handedOver.count();
      if (next instanceof LiveLoad || next.mayStart) this.#occupy(next);
      else {
        this.#queue.ended(next);
        next.abort('lock-lost');
      }
    }
  }

  async #close(): Promise<void> {
    for (const load of this.#loads.splice(0)) load.cancel('the pool is closed');
    for (const each of this.#occupants.values()) if (each instanceof LiveLoad) each.cancel('the pool is closed');
    for (const runId of this.#runs.ids) this.kill(runId, 'stop');
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve;
      if (this.#occupants.size === 0) resolve();
    });
    // By then every run is reported: its thread has exited, or is quarantined.
    await waitAtMost(this.clock, EXIT_LIMIT_MS + 500, emptied);
    await this.#generations.close();
    this.watch.stop();
  }
}
