/**
 * One run of a plugin in the test's own process. `run()` is called when the run starts, and the run lasts as long in
 * virtual time as it was told to, however soon its promise settles.
 *
 * A promise that has not settled by then holds the virtual clock for a moment of real time: the plugin may wait for I/O.
 * If it does not settle even so the run hangs: virtual time goes on, up to the wall budget, at which the signal is aborted, and
 * the grace, after which the run is given up. Its code cannot be ended, as that of a thread could; it is not heard any more.
 */
import { RunAbortedError } from '../errors.ts';
import type { AbortReason, ErrorRecord } from '../machines/run.ts';
import type { HostFunctions, JsonValue, ScheduledPlugin, ScheduledRunContext } from '../plugin.ts';
import type { Cancel, Clock } from '../supervisor/ports/clock.ts';
import type { RunListener, RunRequest, RunStart } from '../supervisor/ports/run-pool.ts';
import { type Stop, verdictOf } from '../supervisor/running/pool/run-verdict.ts';
import { errorRecord } from '../wire/error-record.ts';
import { RunLog } from '../workers/run-log.ts';

/** How long the virtual clock waits for a plugin, in real milliseconds. */
const PATIENCE_MS = 1_000;

/** A clock that can wait for what does not happen in virtual time. */
export interface PatientClock extends Clock {
  /** See `VirtualClock`. */
  holdFor(work: Promise<unknown>, realMs: number): Promise<boolean>;
}

/** What a run needs of its pool. */
export interface RunPorts {
  readonly clock: PatientClock;
  readonly hostFunctions: readonly string[];
  durationOf(ctx: ScheduledRunContext): number;
  /** Called when the run has ended, before its listener hears of it. */
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
  /** What `run()` threw, once it has settled. */
  #settled: { readonly error?: ErrorRecord } | null = null;
  #work: Promise<void> = Promise.resolve();
  #isDurationOver = false;
  #isOver = false;
  #cancel: Cancel = () => {};

  constructor(request: RunRequest, threadId: number, parts: { listener: RunListener; ports: RunPorts }) {
    this.request = request;
    this.threadId = threadId;
    this.#listener = parts.listener;
    this.#ports = parts.ports;
    const { clock } = parts.ports;
    this.#log = new RunLog((line) => {
      if (!this.#isOver) this.#listener.logged({ ...line, atMs: clock.nowMs() });
    });
  }

  /** Whether its code had to be given up. */
  get isGivenUp(): boolean {
    return this.#isOver && this.#settled === null;
  }

  start(plugin: ScheduledPlugin): void {
    const { clock } = this.#ports;
    const { wallMs } = this.request.budget;
    const atMs = clock.monotonicMs();
    const { threadId } = this;
    this.#start = { dispatchedAtMonotonicMs: atMs, startedAtMonotonicMs: atMs, threadId };
    this.#listener.started(this.#start);
    const ctx = this.#context();
    const durationMs = this.#ports.durationOf(ctx);
    this.#work = this.#call(plugin, ctx);
    if (durationMs < wallMs) this.#cancel = clock.sleep(durationMs, () => this.#durationOver(wallMs - durationMs));
    else this.#cancel = clock.sleep(wallMs, () => this.stop('wall-budget'));
  }

  /** Aborts the signal. A run whose promise has settled only played for time, and ends; another has its grace. */
  stop(reason: AbortReason): void {
    if (this.#isOver || this.#stop !== null) return;
    const { clock } = this.#ports;
    this.#stop = { reason, atMonotonicMs: clock.monotonicMs() };
    this.#cancel();
    this.#controller.abort(new RunAbortedError(reason));
    if (this.#settled !== null) {
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
    if (this.#settled !== null) {
      this.#end();
      return;
    }
    const { clock } = this.#ports;
    this.#cancel = clock.sleep(untilBudgetMs, () => this.stop('wall-budget'));
    void clock.holdFor(this.#work, PATIENCE_MS);
  }

  async #call(plugin: ScheduledPlugin, ctx: ScheduledRunContext): Promise<void> {
    try {
      await plugin.run(ctx);
      this.#settled = {};
    } catch (thrown) {
      this.#settled = { error: errorRecord(thrown) };
    }
    if (this.#isDurationOver || this.#stop !== null) this.#end();
  }

  /** One whose promise has not settled is given up, as its thread would be terminated. */
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
      droppedLogLines: this.#log.droppedCount,
      isQuarantined: false,
      isTerminated: this.#settled === null,
    });
  }

  #verdict(atMonotonicMs: number): ReturnType<typeof verdictOf> {
    const { runId, budget } = this.request;
    const sawAbort = this.#controller.signal.aborted;
    const ending = { kind: 'run.finished' as const, taskId: runId, atMonotonicMs, sawAbort, droppedLogLines: 0 };
    return verdictOf({
      budget,
      hasStarted: this.#start !== null,
      loadTimeoutMs: 0,
      stop: this.#stop,
      isTerminated: this.#settled === null,
      finished: this.#settled === null ? null : { ...ending, ...this.#settled },
      crash: null,
      death: null,
    });
  }

  #context(): ScheduledRunContext {
    const { data, budget } = this.request;
    return {
      ...data,
      deadlineMs: this.#ports.clock.nowMs() + budget.wallMs,
      signal: this.#controller.signal,
      log: this.#log.logger(),
      progress: (fraction, note) => {
        if (!this.#isOver) this.#listener.progressed(Math.min(Math.max(fraction, 0), 1), note);
      },
      host: this.#hostFunctions(),
    };
  }

  /** Arguments and answers are copied, as they are when they cross threads. */
  #hostFunctions(): HostFunctions {
    const call = async (name: string, args: readonly JsonValue[]): Promise<JsonValue | undefined> =>
      structuredClone(await this.#listener.hostCall(name, structuredClone(args)));
    return Object.fromEntries(
      this.#ports.hostFunctions.map((name) => [name, (...args: readonly JsonValue[]) => call(name, args)]),
    );
  }
}
