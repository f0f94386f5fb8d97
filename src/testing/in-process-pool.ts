import { PluginLoadError } from '../errors.ts';
import type { AbortReason } from '../machines/run.ts';
import type { ScheduledRunContext } from '../plugin.ts';
import type {
  PoolPlaces,
  PoolUser,
  RunListener,
  RunPool,
  RunPoolListener,
  RunPoolStats,
  RunRequest,
} from '../supervisor/ports/run-pool.ts';
import { verdictOf } from '../supervisor/running/pool/execution/run-verdict.ts';
import { type QueuedRun, RunQueue, shareOf } from '../supervisor/running/pool/run-queue.ts';
import { errorRecord } from '../wire/error-record.ts';
import type { LoadedPlugin, PluginSource } from '../workers/protocol.ts';
import { InProcessRun, type RunPorts } from './in-process-run.ts';
import type { PluginShelf } from './plugins/plugin-shelf.ts';
import type { PatientClock } from './virtual-clock.ts';

/** What an in-process pool is made of. */
export interface InProcessPoolOptions {
  readonly clock: PatientClock;
  readonly shelf: PluginShelf;
  readonly threads: number;
  readonly maxQueue: number;
  readonly hostFunctions: readonly string[];
  readonly durationOf: (ctx: ScheduledRunContext) => number;
}

interface WaitingRun extends QueuedRun {
  readonly request: RunRequest;
  readonly listener: RunListener;
}

/**
 * Executes runs in the test's own process, as many at a time as it has virtual threads. Order, bounds and budgets of
 * wall time are those of the real pool. What only a thread has (CPU time, a heap, a way to die) is missing.
 */
export class InProcessPool implements RunPool {
  readonly #options: InProcessPoolOptions;
  readonly #listener: RunPoolListener;
  readonly #ports: RunPorts;
  readonly #queue = new RunQueue<WaitingRun>();
  readonly #live = new Map<string, InProcessRun>();
  /** Runs that have a thread and begin in the next turn, as those of a real thread do. */
  readonly #starting = new Set<InProcessRun>();
  /** What the queue had of a run that is live. */
  readonly #started = new Map<string, WaitingRun>();
  /** In descending order, because the last one is taken first. */
  readonly #freeThreads: number[];
  #replacedCount = 0;

  constructor(options: InProcessPoolOptions, listener: RunPoolListener) {
    this.#options = options;
    this.#listener = listener;
    const { clock, hostFunctions, durationOf, threads } = options;
    this.#ports = { clock, hostFunctions, durationOf, ended: (run) => this.#ended(run) };
    this.#freeThreads = Array.from({ length: threads }, (_, index) => threads - index);
  }

  dispatch(request: RunRequest, listener: RunListener): boolean {
    const { runId: taskId, isCatchup, priority, hasPlace, untilNextMs, source } = request;
    const order = { taskId, isCatchup, priority, hasPlace, untilNextMs, tenantId: source.tenantId };
    const waiting = { ...order, share: shareOf(request), request, listener };
    const hasRoom = this.#freeThreads.length > 0 && this.#queue.mayExecute(waiting);
    if (!hasRoom && !this.#hasPlaceFor(waiting)) return false;
    this.#queue.push(waiting, this.#options.clock.monotonicMs());
    this.#fill();
    return true;
  }

  hasThread(runId: string): boolean {
    return this.#live.has(runId);
  }

  /** Whatever begins here is known at once. */
  look(): void {}

  abort(runId: string, reason: AbortReason): void {
    const run = this.#live.get(runId);
    const waiting = this.#queue.take(runId) ?? (run && this.#takeStarting(run));
    if (waiting === undefined) run?.stop(reason);
    else this.#options.clock.defer(() => this.#reportNotStarted(waiting, reason));
  }

  kill(runId: string, reason: AbortReason): void {
    const run = this.#live.get(runId);
    if (run === undefined || this.#starting.has(run)) this.abort(runId, reason);
    else run.kill(reason);
  }

  async load(source: PluginSource, timeoutMs: number): Promise<LoadedPlugin> {
    const { clock, shelf } = this.#options;
    const opening = shelf.open(source);
    if (await clock.holdFor(opening, timeoutMs)) return opening;
    throw new PluginLoadError(source.module, `it did not load within ${timeoutMs} ms of real time`);
  }

  loadAfresh(sources: readonly PluginSource[], timeoutMs: number): Promise<LoadedPlugin>[] {
    return sources.map((source) => this.load(source, timeoutMs));
  }

  /** Does nothing: plugins are made anew whenever they are loaded. */
  unload(): void {}

  /** Does nothing either. */
  recycle(): void {}

  places(user: PoolUser): PoolPlaces {
    const { threads, maxQueue } = this.#options;
    return { ...this.#queue.places(this.#live.size, user), threads, maxQueue };
  }

  stats(): RunPoolStats {
    const { threads } = this.#options;
    const running = this.#live.size;
    return { threads, running, queued: this.#queue.size, quarantined: 0, threadsReplaced: this.#replacedCount };
  }

  async close(): Promise<void> {
    for (const runId of [...this.#live.keys()]) this.kill(runId, 'stop');
    for (const thrown of await this.#options.shelf.cleanUp()) {
      const error = errorRecord(thrown);
      this.#listener.warned({
        code: 'cleanup-failed',
        message: `A plugin's cleanup() failed: ${error.message}`,
        error,
      });
    }
  }

  /** Whether the queue takes the run. When it is full, another one may have to go. */
  #hasPlaceFor(run: WaitingRun): boolean {
    const { maxQueue, clock } = this.#options;
    if (run.hasPlace === true || this.#queue.size < maxQueue) return true;
    const displaced = this.#queue.displaceFor(run);
    if (displaced === undefined) return false;
    clock.defer(() => displaced.listener.rejected());
    return true;
  }

  /** Gives free threads to runs that wait. */
  #fill(): void {
    while (this.#freeThreads.length > 0) {
      const waiting = this.#queue.shift();
      if (waiting === undefined) return;
      const { request, listener } = waiting;
      if (request.mayStart?.() === false) {
        this.#queue.ended(waiting);
        this.#options.clock.defer(() => this.#reportNotStarted(waiting, 'lock-lost'));
        continue;
      }
      const run = new InProcessRun(request, this.#freeThreads.pop() as number, { listener, ports: this.#ports });
      this.#live.set(request.runId, run);
      this.#started.set(request.runId, waiting);
      this.#starting.add(run);
      this.#options.clock.defer(() => {
        if (this.#starting.delete(run)) run.start(this.#options.shelf.runOf(request.source));
      });
    }
  }

  /** Takes its thread from a run that has not begun; undefined when it has. */
  #takeStarting(run: InProcessRun): WaitingRun | undefined {
    const waiting = this.#started.get(run.request.runId);
    if (!this.#starting.delete(run)) return undefined;
    this.#ended(run);
    return waiting;
  }

  /** A run that was given up frees its share as well: a thread would have been terminated, and its code with it. */
  #ended(run: InProcessRun): void {
    const { runId } = run.request;
    this.#live.delete(runId);
    const started = this.#started.get(runId);
    this.#started.delete(runId);
    if (started !== undefined) this.#queue.ended(started);
    if (run.isGivenUp) this.#replacedCount += 1;
    this.#freeThreads.push(run.threadId);
    this.#fill();
  }

  #reportNotStarted({ request, listener }: WaitingRun, reason: AbortReason): void {
    const finishedAtMonotonicMs = this.#options.clock.monotonicMs();
    const { budget } = request;
    const stop = { reason, atMonotonicMs: finishedAtMonotonicMs };
    const nothing = { finished: null, crash: null, death: null };
    const verdict = verdictOf({ budget, hasStarted: false, loadTimeoutMs: 0, stop, isTerminated: false, ...nothing });
    listener.reported({
      ...verdict,
      finishedAtMonotonicMs,
      droppedLogLines: 0,
      isQuarantined: false,
      isTerminated: false,
    });
  }
}
