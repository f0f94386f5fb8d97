import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Decision, Outcome, OutcomeCounts, RunRecord } from '../../machines/run.ts';
import type { LatencySummary, SchedulerStats } from '../scheduler-reports.ts';

type LatenessPart = keyof SchedulerStats['lateness'];

const PARTS = { tick: 'tickMs', lock: 'lockMs', queue: 'queueMs', start: 'startMs', total: 'totalMs' } as const;

/** Counts and latency distributions since the supervisor thread started. */
export class Metrics {
  storeErrors = 0;
  storeConflicts = 0;
  readonly #outcomes: Partial<Record<Outcome, number>> = {};
  readonly #lateness: Record<LatenessPart, RecordableHistogram> = {
    tick: createHistogram(),
    lock: createHistogram(),
    queue: createHistogram(),
    start: createHistogram(),
    total: createHistogram(),
  };

  countRun({ outcome, lateness, threadId }: RunRecord): void {
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
    if (threadId === undefined) return;
    for (const part of Object.keys(PARTS) as LatenessPart[]) {
      // Histograms hold whole numbers from 1. Clocks are not finer than a microsecond.
      this.#lateness[part].record(Math.max(Math.round(lateness[PARTS[part]] * 1_000), 1));
    }
  }

  countDecision({ outcome, count }: Decision): void {
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + count;
  }

  outcomes(): OutcomeCounts {
    return { ...this.#outcomes };
  }

  lateness(): SchedulerStats['lateness'] {
    const { tick, lock, queue, start, total } = this.#lateness;
    return {
      tick: summary(tick),
      lock: summary(lock),
      queue: summary(queue),
      start: summary(start),
      total: summary(total),
    };
  }
}

function summary(histogram: RecordableHistogram): LatencySummary {
  if (histogram.count === 0) return { count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 };
  return {
    count: histogram.count,
    p50Ms: histogram.percentile(50) / 1_000,
    p99Ms: histogram.percentile(99) / 1_000,
    maxMs: histogram.max / 1_000,
  };
}
