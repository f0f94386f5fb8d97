/** The contract between a run and its execution in a thread. */
import type { Clock } from '../../../ports/clock.ts';
import type { RunListener, RunReport, RunRequest } from '../../../ports/run-pool.ts';
import type { BudgetWatch } from '../budgets/budget-watch.ts';

/** What an execution uses of its pool. */
export interface ExecutionTools {
  readonly clock: Clock;
  readonly watch: BudgetWatch;
  readonly entryTimeoutMs: number;
  readonly loadTimeoutMs: number;
}

/** The run that is executed. One of the first four is called, once. */
export interface ExecutionOwner {
  /** The worker hangs or declines because of an earlier run, and has not begun this one. */
  returned(): void;
  /** No thread has taken the run, and nobody has stopped it. The report is for a run that is not dispatched again. */
  notTaken(report: RunReport): void;
  ended(report: RunReport): void;
  /** The thread does not exit, and is given up. */
  quarantined(report: RunReport): void;
  /** Called only after `quarantined`: the thread has exited at last. */
  released(): void;
}

export interface ExecutionParts {
  readonly request: RunRequest;
  readonly listener: RunListener;
  readonly owner: ExecutionOwner;
  readonly tools: ExecutionTools;
}
