/**
 * What a run is reported as: its account collects the facts, and the verdict judges them. What the run did, whether it
 * was aborted, and how its thread ended make one outcome.
 */
import type { AbortReason, ErrorRecord, RunOutcome } from '../../../../machines/run.ts';
import type { Beginning } from '../../../../wire/worker-cell.ts';
import type { RunFinished } from '../../../../workers/protocol.ts';
import type { RunBudget, RunReport, RunStart } from '../../../ports/run-pool.ts';

const MIB = 1_024 * 1_024;

/** When a run was aborted, and why. */
export interface Stop {
  readonly reason: AbortReason;
  readonly atMonotonicMs: number;
}

/** All facts about a run that has ended. */
export interface RunEnd {
  readonly budget: RunBudget;
  /** `run()` was called. */
  readonly hasStarted: boolean;
  readonly loadTimeoutMs: number;
  readonly stop: Stop | null;
  /** The pool has terminated its thread. */
  readonly isTerminated: boolean;
  readonly finished: RunFinished | null;
  /** The uncaught error with which it ended its thread. */
  readonly crash: ErrorRecord | null;
  readonly death: { readonly exitCode: number; readonly error: ErrorRecord | null } | null;
}

export interface Verdict {
  readonly outcome: RunOutcome;
  readonly error?: ErrorRecord;
}

/** What a run was allowed, and how it stopped. */
interface RunRest extends Pick<RunEnd, 'budget' | 'loadTimeoutMs' | 'death'> {
  readonly isQuarantined: boolean;
  readonly finishedAtMonotonicMs: number;
  /** What it held at the last look. */
  readonly seenBytes?: number;
}

/** When a run was dispatched, and when its message was heard; by the supervisor's clock, monotonic milliseconds. */
interface Observed {
  readonly dispatchedAtMs: number;
  readonly nowMs: number;
}

/** Collects the facts about a run until it is reported. */
export class RunAccount {
  start: RunStart | null = null;
  stop: Stop | null = null;
  finished: RunFinished | null = null;
  crash: RunEnd['crash'] = null;
  /** The pool has terminated the run's thread, or has tried to. */
  isTerminated = false;

  /**
   * `run()` was called. The instants of a worker are believed as far as they can be true, because plugins share the
   * realm in which they are measured.
   */
  started({ atMonotonicMs }: Beginning, at: Observed & { readonly threadId: number }): RunStart {
    const { dispatchedAtMs: dispatchedAtMonotonicMs, nowMs, threadId } = at;
    const startedAtMonotonicMs = Math.min(Math.max(atMonotonicMs, dispatchedAtMonotonicMs), nowMs);
    this.start = { dispatchedAtMonotonicMs, startedAtMonotonicMs, threadId };
    return this.start;
  }

  ended(message: RunFinished, { dispatchedAtMs, nowMs }: Observed): void {
    const earliestMs = this.start?.startedAtMonotonicMs ?? dispatchedAtMs;
    const atMonotonicMs = Math.min(Math.max(message.atMonotonicMs, earliestMs), nowMs);
    this.finished = { ...message, atMonotonicMs };
  }

  /** The first reason counts. */
  stopped(reason: AbortReason, atMonotonicMs: number): void {
    this.stop ??= { reason, atMonotonicMs };
  }

  report({ budget, loadTimeoutMs, death, isQuarantined, finishedAtMonotonicMs, seenBytes = 0 }: RunRest): RunReport {
    const { start, stop, finished, crash, isTerminated } = this;
    const hasStarted = start !== null;
    const heldBytes = Math.max(finished?.heldBytes ?? 0, seenBytes);
    return {
      ...verdictOf({ budget, loadTimeoutMs, hasStarted, stop, isTerminated, finished, crash, death }),
      ...(start && { start }),
      finishedAtMonotonicMs,
      ...(finished?.cpuMs !== undefined && { cpuMs: finished.cpuMs }),
      ...(finished?.fuel !== undefined && { fuel: finished.fuel.used }),
      ...(heldBytes > 0 && { heldBytes }),
      droppedLogLines: finished?.droppedLogLines ?? 0,
      isQuarantined,
      isTerminated,
    };
  }
}

const STOP_OUTCOMES: Readonly<Record<AbortReason, RunOutcome>> = {
  'wall-budget': 'timed-out',
  'cpu-budget': 'over-budget',
  'memory-budget': 'out-of-memory',
  'memory-limit': 'out-of-memory',
  stop: 'aborted',
  pause: 'aborted',
  removed: 'aborted',
  operator: 'aborted',
  'lock-lost': 'lock-lost',
};

/** Decides the outcome that a run is recorded with. */
export function verdictOf(end: RunEnd): Verdict {
  const { stop, finished, crash } = end;
  if (stop !== null && isDecidedBy(stop, finished)) return stoppedVerdict(end, stop);
  if (finished !== null && finished.heldBytes > end.budget.heapMb * MIB) return heldTooMuch(end.budget, finished);
  if (finished !== null) {
    if (finished.error === undefined) return { outcome: 'succeeded' };
    return { outcome: finished.fuel?.isExhausted ? 'over-budget' : 'failed', error: finished.error };
  }
  return crash === null ? deathVerdict(end) : { outcome: 'crashed', error: crash };
}

/**
 * An abort after the end of a run changes nothing. A run that ends after an abort for a budget or a lost lock is judged
 * by that abort, whether it saw the signal or not. After any other abort, a run that did not see the signal did all its
 * work, and that counts.
 */
function isDecidedBy(stop: Stop, finished: RunFinished | null): boolean {
  if (finished === null) return true;
  const isLimit = ['timed-out', 'over-budget', 'out-of-memory', 'lock-lost'].includes(STOP_OUTCOMES[stop.reason]);
  return isLimit ? finished.atMonotonicMs >= stop.atMonotonicMs : finished.sawAbort;
}

function stoppedVerdict(end: RunEnd, stop: Stop): Verdict {
  const own = end.finished?.error ?? end.crash ?? undefined;
  const isEcho = own?.code === 'ERR_ESCAPEMENT_ABORTED' || own?.name === 'AbortError';
  const error: ErrorRecord = {
    name: 'RunAbortedError',
    code: 'ERR_ESCAPEMENT_ABORTED',
    message: `${whatHappened(stop.reason, end)}${howItEnded(end)}`,
    ...(own !== undefined && !isEcho && { cause: own }),
  };
  return { outcome: STOP_OUTCOMES[stop.reason], error };
}

/** A run that was too short to be measured while it lasted. */
function heldTooMuch({ heapMb }: RunBudget, { heldBytes, error }: RunFinished): Verdict {
  const message = `The run held ${Math.round(heldBytes / MIB)} MiB when it ended, more than its budget of ${heapMb} MiB.`;
  return { outcome: 'out-of-memory', error: { name: 'RunAbortedError', message, ...(error && { cause: error }) } };
}

function whatHappened(reason: AbortReason, { budget, hasStarted, loadTimeoutMs }: RunEnd): string {
  switch (reason) {
    case 'wall-budget':
      if (!hasStarted) return `The run did not begin: its plugin did not load within ${loadTimeoutMs} ms`;
      return `The run took longer than its wall budget of ${budget.wallMs} ms`;
    case 'cpu-budget':
      return `The run used more CPU time than its budget of ${budget.cpuMs} ms`;
    case 'memory-budget':
      return `The run held more memory than its budget of ${budget.heapMb} MiB`;
    case 'memory-limit':
      return 'The memory in use came near its limit (pool.memoryLimitMb), and the run held the most';
    case 'lock-lost':
      return 'The run was aborted because its lock was lost';
    case 'removed':
      return 'The run was aborted because its schedule was removed';
    case 'pause':
      return 'The run was aborted because its schedule was paused';
    case 'stop':
      return 'The run was aborted because the scheduler is stopping';
    case 'operator':
      return 'The run was aborted by an operator';
  }
}

function howItEnded({ isTerminated, finished }: RunEnd): string {
  if (isTerminated && finished === null) return ', and its thread was terminated.';
  if (finished === null) return ', and its thread ended.';
  return finished.error === undefined ? ', and then returned.' : ', and then threw.';
}

function deathVerdict({ death, hasStarted }: RunEnd): Verdict {
  if (death?.error?.code === 'ERR_WORKER_OUT_OF_MEMORY') return { outcome: 'out-of-memory', error: death.error };
  if (death?.error) return { outcome: 'crashed', error: death.error };
  const unheard = hasStarted ? 'its thread did not say how it ended' : 'no thread could take it';
  const how = death === null ? unheard : `the plugin ended its thread (exit code ${death.exitCode})`;
  return { outcome: 'crashed', error: { name: 'ThreadExit', message: `The run crashed: ${how}.` } };
}
