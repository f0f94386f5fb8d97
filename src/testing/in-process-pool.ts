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
import type { PluginDeclaration, PluginSource } from '../workers/protocol.ts';
import { InProcessRun, type RunPorts } from './in-process-run.ts';
import type { PluginShelf } from './plugin-shelf.ts';
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
  /** What the queue had of a run that is live. */
  readonly #started = new Map<string, WaitingRun>();
  /** In descending order, because the last one is taken first. */
  readonly #freeThreads: number[];
  #isStartDeferred = false;
  #replacedCount = 0;

  constructor(options: InProcessPoolOptions, listener: RunPoolListener) {
    this.#options = options;
    this.#listener = listener;
    const { clock, hostFunctions, durationOf, threads } = options;
    this.#ports = { clock, hostFunctions, durationOf, ended: (run) => this.#ended(run) };
    this.#freeThreads = Array.from({ length: threads }, (_, index) => threads - index);
  }

  dispatch(request: RunRequest, listener: RunListener): boolean {
    if (!this.#hasPlaceFor(request)) return false;
    const { runId: taskId, isCatchup, priority, hasPlace, untilNextMs, source } = request;
    const order = { taskId, isCatchup, priority, hasPlace, untilNextMs, tenantId: source.tenantId };
    const waiting = { ...order, share: shareOf(request), request, listener };
    this.#queue.push(waiting, this.#options.clock.monotonicMs());
    this.#startSoon();
    return true;
  }

  /** Whatever begins here is known at once. */
  look(): void {}

  abort(runId: string, reason: AbortReason): void {
    const waiting = this.#queue.take(runId);
    if (waiting === undefined) this.#live.get(runId)?.stop(reason);
    else this.#options.clock.defer(() => this.#reportNotStarted(waiting, reason));
  }

  kill(runId: string, reason: AbortReason): void {
    if (this.#live.has(runId)) this.#live.get(runId)?.kill(reason);
    else this.abort(runId, reason);
  }

  async load(source: PluginSource, timeoutMs: number): Promise<PluginDeclaration> {
    const { clock, shelf } = this.#options;
    const opening = shelf.open(source);
    if (await clock.holdFor(opening, timeoutMs)) return opening;
    throw new PluginLoadError(source.module, `it did not load within ${timeoutMs} ms of real time`);
  }

  loadAfresh(source: PluginSource, timeoutMs: number): Promise<PluginDeclaration> {
    return this.load(source, timeoutMs);
  }

  /** Does nothing: plugins are made anew whenever they are loaded. */
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
    for (const run of [...this.#live.values()]) run.kill('stop');
    for (const thrown of await this.#options.shelf.cleanUp()) {
      const error = errorRecord(thrown);
      this.#listener.warned({
        code: 'cleanup-failed',
        message: `A plugin's cleanup() failed: ${error.message}`,
        error,
      });
    }
  }

  /** Whether the queue takes the run. When it is full, a run of a tenant that has more in it may have to go. */
  #hasPlaceFor({ hasPlace, source }: RunRequest): boolean {
    const { threads, maxQueue, clock } = this.#options;
    if (hasPlace === true || this.#live.size + this.#queue.size < threads + maxQueue) return true;
    const displaced = this.#queue.displaceFor(source);
    if (displaced === undefined) return false;
    clock.defer(() => displaced.listener.rejected());
    return true;
  }

  #startSoon(): void {
    if (this.#isStartDeferred) return;
    this.#isStartDeferred = true;
    this.#options.clock.defer(() => {
      this.#isStartDeferred = false;
      this.#startWaiting();
    });
  }

  #startWaiting(): void {
    while (this.#freeThreads.length > 0) {
      const waiting = this.#queue.shift();
      if (waiting === undefined) return;
      const { request, listener } = waiting;
      const run = new InProcessRun(request, this.#freeThreads.pop() as number, { listener, ports: this.#ports });
      this.#live.set(request.runId, run);
      this.#started.set(request.runId, waiting);
      run.start(this.#options.shelf.runOf(request.source));
    }
  }

  #ended(run: InProcessRun): void {
    const { runId } = run.request;
    this.#live.delete(runId);
    const started = this.#started.get(runId);
    this.#started.delete(runId);
    if (started !== undefined) this.#queue.ended(started);
    if (run.isGivenUp) this.#replacedCount += 1;
    this.#freeThreads.push(run.threadId);
    if (this.#queue.size > 0) this.#startSoon();
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
