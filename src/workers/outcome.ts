import { errorRecord } from '../wire/error-record.ts';
import type { RunFinished } from './protocol.ts';
import { monotonicMs, threadCpuMs } from './thread-clock.ts';

/** How a run settled, before anything is made of it. */
export type Settlement = { readonly atMonotonicMs: number } & (
  | { readonly kind: 'returned' }
  | { readonly kind: 'threw'; readonly thrown: unknown }
);

/** What is measured of a run while it lasts. */
export interface RunMeasures {
  /** CPU time of the thread when the run began. */
  readonly cpuFromMs: number | undefined;
  readonly droppedLogLines: number;
  readonly sawAbort: boolean;
}

/** Waits for a run's work to settle. Never rejects. */
export async function settle(work: () => Promise<void>): Promise<Settlement> {
  try {
    await work();
    return { kind: 'returned', atMonotonicMs: monotonicMs() };
  } catch (thrown) {
    return { kind: 'threw', thrown, atMonotonicMs: monotonicMs() };
  }
}

/** The message that ends a run. The verdict is the pool's: it knows the budget and who aborted what. */
export function runFinished(taskId: string, settlement: Settlement, measures: RunMeasures): RunFinished {
  const { cpuFromMs, droppedLogLines, sawAbort } = measures;
  const cpuMs = threadCpuMs();
  return {
    kind: 'run.finished',
    taskId,
    atMonotonicMs: settlement.atMonotonicMs,
    sawAbort,
    droppedLogLines,
    ...(settlement.kind === 'threw' && { error: errorRecord(settlement.thrown) }),
    ...(cpuMs !== undefined && cpuFromMs !== undefined && { cpuMs: cpuMs - cpuFromMs }),
  };
}
