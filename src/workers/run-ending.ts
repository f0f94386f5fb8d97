import { errorRecord } from '../wire/error-record.ts';
import type { Beginning } from '../wire/worker-cell.ts';
import type { GuestCall } from './guest.ts';
import type { RunFinished } from './protocol.ts';
import { monotonicMs } from './thread-clock.ts';

/** How the call of `run()` ended. The pool judges the outcome, because it knows the budget and the aborts. */
export type RunEnding = { readonly atMonotonicMs: number } & (
  | { readonly kind: 'returned' }
  | { readonly kind: 'threw'; readonly thrown: unknown }
);

/** What is measured of a run while it lasts. */
export interface RunMeasures {
  /** How it began, if that was not posted. */
  readonly start: Beginning | null;
  /** CPU time of the thread when the run began, and now. */
  readonly cpuFromMs: number | undefined;
  readonly cpuMs: number | undefined;
  /** What a WASM guest has executed; null for a module. */
  readonly fuel: GuestCall['spent'];
  /** Memory that the worker holds now, in bytes. */
  readonly heldBytes: number;
  readonly droppedLogLines: number;
  readonly sawAbort: boolean;
}

/** Waits until a run's work has ended. Never rejects. */
export async function endingOf(work: () => Promise<void>): Promise<RunEnding> {
  try {
    await work();
    return { kind: 'returned', atMonotonicMs: monotonicMs() };
  } catch (thrown) {
    return { kind: 'threw', thrown, atMonotonicMs: monotonicMs() };
  }
}

/** The message that ends a run. */
export function runFinished(taskId: string, ending: RunEnding, measures: RunMeasures): RunFinished {
  const { start, cpuFromMs, cpuMs, fuel, droppedLogLines, heldBytes, sawAbort } = measures;
  return {
    kind: 'run.finished',
    taskId,
    atMonotonicMs: ending.atMonotonicMs,
    sawAbort,
    heldBytes,
    droppedLogLines,
    ...(start && { start }),
    ...(fuel && { fuel }),
    ...(ending.kind === 'threw' && { error: errorRecord(ending.thrown) }),
    ...(cpuMs !== undefined && cpuFromMs !== undefined && { cpuMs: cpuMs - cpuFromMs }),
  };
}
