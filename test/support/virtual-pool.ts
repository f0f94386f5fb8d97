import type { AbortReason, RunOutcome } from '../../src/machines/run.ts';
import type { Cancel, Clock } from '../../src/supervisor/ports/clock.ts';
import type {
  PoolPlaces,
  RunListener,
  RunPool,
  RunPoolStats,
  RunReport,
  RunRequest,
  RunStart,
} from '../../src/supervisor/ports/run-pool.ts';
import type { PluginDeclaration, PluginSource } from '../../src/workers/protocol.ts';

/** What happens to a run in the virtual pool. */
export interface RunScript {
  readonly durationMs: number;
  /** How long its thread loads the module before `run()` is called. */
  readonly loadMs?: number;
  /** How long its report is on the way. */
  readonly reportMs?: number;
  readonly outcome?: RunOutcome;
  /** The thread outlives its termination by this long. */
  readonly quarantinedForMs?: number;
  /** The run does not stop when it is aborted, and is terminated after its grace. */
  readonly ignoresAbort?: boolean;
}

interface LiveRun {
  readonly request: RunRequest;
  readonly listener: RunListener;
  start: RunStart | undefined;
  readonly script: RunScript;
  cancel: Cancel;
}

/** Executes runs in virtual time, on virtual threads. */
export class VirtualPool implements RunPool {
  readonly #clock: Clock;
  readonly #threads: number;
  readonly #maxQueue: number;
  readonly #live = new Map<string, LiveRun>();
  #queue: { readonly request: RunRequest; readonly listener: RunListener }[] = [];
  /** Decides what happens to a run. */
  script: (request: RunRequest) => RunScript = () => ({ durationMs: 1 });
  declare: (source: PluginSource) => PluginDeclaration = () => ({
    name: 'virtual',
    priority: undefined,
    schedules: [],
  });
  recycledCount = 0;
  /** Runs that started while another run of the same schedule was live. Must stay empty. */
  readonly startedBeside: string[] = [];

  constructor(clock: Clock, threads = 2, maxQueue = Number.POSITIVE_INFINITY) {
    this.#clock = clock;
    this.#threads = threads;
    this.#maxQueue = maxQueue;
  }

  dispatch(request: RunRequest, listener: RunListener): boolean {
    const { taken, threads, maxQueue } = this.places();
    if (taken >= threads + maxQueue && !request.hasPlace) return false;
    this.#queue.push({ request, listener });
    this.#queue.sort(
      (a, b) => Number(a.request.isCatchup) - Number(b.request.isCatchup) || a.request.priority - b.request.priority,
    );
    this.#clock.defer(() => this.#startNext());
    return true;
  }

  hasThread(runId: string): boolean {
    return this.#live.has(runId);
  }

  /** Whatever begins here is known at once. */
  look(): void {}

  abort(runId: string, reason: AbortReason): void {
    const outcome = reason === 'lock-lost' ? 'lock-lost' : 'aborted';
    const live = this.#live.get(runId);
    const queued = this.#queue.find(({ request }) => request.runId === runId);
    if (queued !== undefined) {
      this.#queue = this.#queue.filter((entry) => entry !== queued);
      this.#clock.defer(() => queued.listener.reported(this.#report({ outcome })));
    } else if (live !== undefined) {
      live.cancel();
      const isTerminated = live.script.ignoresAbort === true;
      const finish = (): void => this.#finish(live, this.#report({ outcome, ...startOf(live), isTerminated }));
      live.cancel = this.#clock.sleep(isTerminated ? live.request.budget.graceMs : 0, finish);
    }
  }

  kill(runId: string, reason: AbortReason): void {
    this.abort(runId, reason);
  }

  load(source: PluginSource): Promise<PluginDeclaration> {
    return Promise.resolve(this.declare(source));
  }

  loadAfresh(sources: readonly PluginSource[]): Promise<PluginDeclaration>[] {
    return sources.map((source) => this.load(source));
  }

  unload(): void {}

  recycle(): void {
    this.recycledCount += 1;
  }

  places(): PoolPlaces {
    const taken = this.#live.size + this.#queue.length;
    return { taken, held: 0, all: taken, threads: this.#threads, maxQueue: this.#maxQueue };
  }

  stats(): RunPoolStats {
    const { size } = this.#live;
    return { threads: this.#threads, running: size, queued: this.#queue.length, quarantined: 0, threadsReplaced: 0 };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #startNext(): void {
    if (this.#live.size >= this.#threads) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    const { request, listener } = next;
    const dispatchedAtMs = this.#clock.monotonicMs();
    const script = this.script(request);
    const isSame = (other: LiveRun): boolean =>
      other.request.source.id === request.source.id && other.request.data.scheduleId === request.data.scheduleId;
    if ([...this.#live.values()].some(isSame)) this.startedBeside.push(request.runId);
    const live: LiveRun = { request, listener, start: undefined, script, cancel: () => {} };
    this.#live.set(request.runId, live);
    if (script.loadMs === undefined) this.#call(live, dispatchedAtMs);
    else live.cancel = this.#clock.sleep(script.loadMs, () => this.#call(live, dispatchedAtMs));
  }

  #call(live: LiveRun, dispatchedAtMonotonicMs: number): void {
    const { listener, script } = live;
    const start = { dispatchedAtMonotonicMs, startedAtMonotonicMs: this.#clock.monotonicMs(), threadId: 1 };
    live.start = start;
    listener.started(start);
    const outcome = script.outcome ?? 'succeeded';
    const isQuarantined = script.quarantinedForMs !== undefined;
    live.cancel = this.#clock.sleep(script.durationMs, () =>
      this.#finish(live, this.#report({ outcome, start, isQuarantined })),
    );
  }

  #finish(live: LiveRun, report: RunReport): void {
    this.#live.delete(live.request.runId);
    const { quarantinedForMs, reportMs } = live.script;
    if (reportMs === undefined) live.listener.reported(report);
    else this.#clock.sleep(reportMs, () => live.listener.reported(report));
    if (quarantinedForMs !== undefined) this.#clock.sleep(quarantinedForMs, () => live.listener.released());
    this.#startNext();
  }

  #report(report: Partial<RunReport> & { outcome: RunOutcome }): RunReport {
    const finishedAtMonotonicMs = this.#clock.monotonicMs();
    return { finishedAtMonotonicMs, droppedLogLines: 0, isQuarantined: false, isTerminated: false, ...report };
  }
}

function startOf({ start }: LiveRun): { readonly start?: RunStart } {
  return start === undefined ? {} : { start };
}
