import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { LatencySummary, Scheduler } from '../../src/index.ts';

/**
 * How late the runs of each schedule started. Events provide the figures. They reach a blocked host late, but the times
 * in them were measured in the threads where things happened.
 */
export class RunJournal {
  readonly #lateness = new Map<string, RecordableHistogram>();
  readonly #madeAtMs = Date.now();

  constructor(scheduler: Scheduler) {
    scheduler.on('run', ({ key, dueAtMs, lateness }) => {
      // A catch-up waited for this start, so its lateness says nothing about the clock.
      if (dueAtMs < this.#madeAtMs) return;
      const histogram = this.#lateness.get(key) ?? createHistogram();
      this.#lateness.set(key, histogram);
      histogram.record(Math.max(Math.round(lateness.totalMs * 1_000), 1));
    });
  }

  /** Null before the first run. */
  latenessOf(key: string): LatencySummary | null {
    const histogram = this.#lateness.get(key);
    if (histogram === undefined) return null;
    return {
      count: histogram.count,
      p50Ms: histogram.percentile(50) / 1_000,
      p99Ms: histogram.percentile(99) / 1_000,
      maxMs: histogram.max / 1_000,
    };
  }
}
