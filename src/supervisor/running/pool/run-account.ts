import type { AbortReason } from '../../../machines/run.ts';
import type { RunFinished } from '../../../workers/protocol.ts';
import type { RunReport, RunRequest, RunStart } from '../../ports/run-pool.ts';
import { type RunEnd, type Stop, verdictOf } from './run-verdict.ts';

/** How a run's code stopped executing, or did not. */
export interface RunRest {
  readonly death: RunEnd['death'];
  readonly isQuarantined: boolean;
  readonly atMonotonicMs: number;
}

/** Collects the facts about a run until it is reported. */
export class RunAccount {
  readonly #request: RunRequest;
  readonly #loadTimeoutMs: number;
  start: RunStart | null = null;
  stop: Stop | null = null;
  finished: RunFinished | null = null;
  crash: RunEnd['crash'] = null;
  /** The pool has terminated the run's thread, or has tried to. */
  isTerminated = false;

  constructor(request: RunRequest, loadTimeoutMs: number) {
    this.#request = request;
    this.#loadTimeoutMs = loadTimeoutMs;
  }

  /** The first reason counts. */
  stopped(reason: AbortReason, atMonotonicMs: number): void {
    this.stop ??= { reason, atMonotonicMs };
  }

  report({ death, isQuarantined, atMonotonicMs }: RunRest): RunReport {
    const { start, stop, finished, crash, isTerminated } = this;
    const { budget } = this.#request;
    const hasStarted = start !== null;
    return {
      ...verdictOf({
        budget,
        loadTimeoutMs: this.#loadTimeoutMs,
        hasStarted,
        stop,
        isTerminated,
        finished,
        crash,
        death,
      }),
      ...(start && { start }),
      finishedAtMonotonicMs: finished?.atMonotonicMs ?? atMonotonicMs,
      ...(finished?.cpuMs !== undefined && { cpuMs: finished.cpuMs }),
      droppedLogLines: finished?.droppedLogLines ?? 0,
      isQuarantined,
      isTerminated,
    };
  }
}
