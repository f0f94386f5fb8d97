/**
 * One run of a plugin in the test's own process. `run()` is called when the run starts. The run takes its duration in
 * virtual time, however soon the promise of `run()` settles.
 *
 * If that promise has not settled by then, it holds the virtual clock for a moment of real time, because the plugin may
 * be waiting for I/O. If it still has not settled, the run hangs: virtual time goes on, at the wall budget the signal
 * is aborted, and after the grace the run is given up. Unlike that of a thread its code cannot be ended, so it is
 * ignored from then on.
 */
import { RunAbortedError } from '../errors.ts';
import type { AbortReason, ErrorRecord } from '../machines/run.ts';
import type { ScheduledRunContext } from '../plugin.ts';
import type { Cancel } from '../supervisor/ports/clock.ts';
import type { RunListener, RunRequest, RunStart } from '../supervisor/ports/run-pool.ts';
import { type Stop, verdictOf } from '../supervisor/running/pool/execution/run-verdict.ts';
import { errorRecord } from '../wire/error-record.ts';
import { RunLog } from '../workers/context/run-log.ts';
import { inProcessContext } from './in-process-context.ts';
import type { CallRun } from './plugins/plugin-shelf.ts';
import type { VirtualCall } from './plugins/replayed-guest.ts';
import type { PatientClock } from './virtual-clock.ts';

/** How long the virtual clock waits for a plugin, in real milliseconds. */
const PATIENCE_MS = 1_000;

/** What a run needs of its pool. */
export interface RunPorts {
  readonly clock: PatientClock;
  readonly hostFunctions: readonly string[];
  durationOf(ctx: ScheduledRunContext): number;
  /** Called when the run has ended, before its listener is. */
  ended(run: InProcessRun): void;
}

export class InProcessRun {
  readonly request: RunRequest;
  readonly threadId: number;
  readonly #listener: RunListener;
  readonly #ports: RunPorts;
  readonly #controller = new AbortController();
  readonly #log: RunLog;
  #start: RunStart | null = null;
  #stop: Stop | null = null;
  /** What `run()` threw, if anything, once its promise has settled. */
  #returned: { readonly error?: ErrorRecord } | null = null;
  #work: Promise<void> = Promise.resolve();
  readonly #guestCall: VirtualCall;
  #isDurationOver = false;
  #isOver = false;
  #cancel: Cancel = () => {};

  constructor(request: RunRequest, threadId: number, parts: { listener: RunListener; ports: RunPorts }) {
    this.request = request;
    this.threadId = threadId;
    this.#listener = parts.listener;
    this.#ports = parts.ports;
    const { clock } = parts.ports;
    const { fuel } = request.budget;
    // Copied, as it is when it crosses threads.
    const ask: VirtualCall['ask'] = async (name, args) => structuredClone(await this.#listener.hostCall(name, args));
    this.#guestCall = { fuel, spent: null, nowMs: () => clock.nowMs(), ask };
    this.#log = new RunLog((line) => {
      if (!this.#isOver) this.#listener.logged({ ...line, atMs: clock.nowMs() });
    });
  }

  /** Whether the run ended while its code went on. */
  get isGivenUp(): boolean {
    return this.#isOver && this.#returned === null;
  }

  start(callRun: CallRun): void {
    const { clock } = this.#ports;
    const { wallMs } = this.request.budget;
    const atMs = clock.monotonicMs();
    const { threadId } = this;
    this.#start = { dispatchedAtMonotonicMs: atMs, startedAtMonotonicMs: atMs, threadId };
    this.#listener.started(this.#start);
    const ctx = this.#context();
    const durationMs = this.#ports.durationOf(ctx);
    this.#work = this.#call(callRun, ctx);
    if (durationMs < wallMs) this.#cancel = clock.sleep(durationMs, () => this.#durationOver(wallMs - durationMs));
    else this.#cancel = clock.sleep(wallMs, () => this.stop('wall-budget'));
  }

  /**
   * Aborts the signal. If the promise of `run()` has settled, the run ends now, otherwise after its grace at the
   * latest.
   */
  stop(reason: AbortReason): void {
    if (this.#isOver || this.#stop !== null) return;
    const { clock } = this.#ports;
    this.#stop = { reason, atMonotonicMs: clock.monotonicMs() };
    this.#cancel();
    this.#controller.abort(new RunAbortedError(reason));
    if (this.#returned !== null) {
      clock.defer(() => this.#end());
      return;
    }
    this.#cancel = clock.sleep(this.request.budget.graceMs, () => this.#end());
    void clock.holdFor(this.#work, PATIENCE_MS);
  }

  /** Ends the run without a grace. */
  kill(reason: AbortReason): void {
    this.stop(reason);
    this.#ports.clock.defer(() => this.#end());
  }

  #durationOver(untilBudgetMs: number): void {
    this.#isDurationOver = true;
    if (this.#returned !== null) {
      this.#end();
      return;
    }
    const { clock } = this.#ports;
    this.#cancel = clock.sleep(untilBudgetMs, () => this.stop('wall-budget'));
    void clock.holdFor(this.#work, PATIENCE_MS);
  }

  async #call(callRun: CallRun, ctx: ScheduledRunContext): Promise<void> {
    try {
      await callRun(ctx, this.#guestCall);
      this.#returned = {};
    } catch (thrown) {
      this.#returned = { error: errorRecord(thrown) };
    }
    if (this.#isDurationOver || this.#stop !== null) this.#end();
  }

  /** Ends the run. If its promise has not settled it is given up, where a thread would be terminated. */
  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancel();
    this.#ports.ended(this);
    const finishedAtMonotonicMs = this.#ports.clock.monotonicMs();
    this.#listener.reported({
      ...this.#verdict(finishedAtMonotonicMs),
      ...(this.#start && { start: this.#start }),
      finishedAtMonotonicMs,
      ...(this.#guestCall.spent && { fuel: this.#guestCall.spent.used }),
      droppedLogLines: this.#log.droppedCount,
      isQuarantined: false,
      isTerminated: this.#returned === null,
    });
  }

  #verdict(atMonotonicMs: number): ReturnType<typeof verdictOf> {
    const { runId, budget } = this.request;
    const sawAbort = this.#controller.signal.aborted;
    const ending = {
      kind: 'run.finished' as const,
      taskId: runId,
      atMonotonicMs,
      sawAbort,
      heldBytes: 0,
      droppedLogLines: 0,
      ...(this.#guestCall.spent && { fuel: this.#guestCall.spent }),
    };
    return verdictOf({
      budget,
      hasStarted: this.#start !== null,
      loadTimeoutMs: 0,
      stop: this.#stop,
      isTerminated: this.#returned === null,
      finished: this.#returned === null ? null : { ...ending, ...this.#returned },
      crash: null,
      death: null,
    });
  }

  #context(): ScheduledRunContext {
    const { clock, hostFunctions } = this.#ports;
    return inProcessContext(this.request, {
      deadlineMs: clock.nowMs() + this.request.budget.wallMs,
      signal: this.#controller.signal,
      log: this.#log,
      hostFunctions,
      listener: this.#listener,
      isOver: () => this.#isOver,
    });
  }
}
