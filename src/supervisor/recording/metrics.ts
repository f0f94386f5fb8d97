import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { type Decision, type OutcomeCounts, type Place, placeOf, type RunRecord } from '../../machines/run.ts';
import type { LatencySummary, SchedulerStats, TenantStats } from '../scheduler-reports.ts';
import { type LatenessPart, RunFigures } from './run-figures.ts';

const PARTS = { tick: 'tickMs', lock: 'lockMs', queue: 'queueMs', start: 'startMs', total: 'totalMs' } as const;

/** What is counted of one tenant and site. */
class PlaceCounts {
  readonly place: Place;
  readonly outcomes: Counts = {};
  startedCount = 0;
  lateMs = 0;
  maxLateMs = 0;

  constructor(place: Place) {
    this.place = place;
  }

  started(lateMs: number): void {
    this.startedCount += 1;
    this.lateMs += lateMs;
    this.maxLateMs = Math.max(this.maxLateMs, lateMs);
  }

  stats(): TenantStats {
    const { startedCount: count, lateMs, maxLateMs } = this;
    const meanMs = count === 0 ? 0 : lateMs / count;
    return { ...this.place, outcomes: { ...this.outcomes }, lateness: { count, meanMs, maxMs: maxLateMs } };
  }
}

/** Counts and latency distributions since the supervisor thread started. */
export class Metrics {
  storeErrors = 0;
  storeConflicts = 0;
  /** When an occurrence was last claimed, epoch milliseconds; null before the first. */
  lastClaimAtMs: number | null = null;
  readonly runs = new RunFigures();
  readonly #outcomes: Counts = {};
  /** By place; without what is installed for nobody in particular. */
  readonly #places = new Map<string, PlaceCounts>();
  readonly #lateness: Record<LatenessPart, RecordableHistogram> = {
    tick: createHistogram(),
    lock: createHistogram(),
    queue: createHistogram(),
    start: createHistogram(),
    total: createHistogram(),
  };

  countRun(record: RunRecord): void {
    const { outcome, lateness, threadId } = record;
    this.runs.countRun(record);
    add(this.#outcomes, outcome, 1);
    const ofPlace = this.#countsOf(placeOf(record));
    if (ofPlace !== null) add(ofPlace.outcomes, outcome, 1);
    if (threadId === undefined) return;
    ofPlace?.started(lateness.totalMs);
    for (const part of Object.keys(PARTS) as LatenessPart[]) {
      // Histograms hold whole numbers from 1. Clocks are not finer than a microsecond.
      this.#lateness[part].record(Math.max(Math.round(lateness[PARTS[part]] * 1_000), 1));
    }
  }

  countDecision(
    { outcome, count }: Decision,
    { plugin, place }: { readonly plugin: string; readonly place: Place },
  ): void {
    this.runs.countSkipped(plugin, outcome, count);
    add(this.#outcomes, outcome, count);
    const ofPlace = this.#countsOf(place);
    if (ofPlace !== null) add(ofPlace.outcomes, outcome, count);
  }

  /** Forgets the tenants and sites, and the plugins, that are not among these installations. */
  keep(installed: Iterable<{ readonly name: string; readonly reference: Place }>): void {
    const all = [...installed];
    const kept = new Set(all.map(({ reference }) => nameOf(reference)));
    for (const name of this.#places.keys()) if (!kept.has(name)) this.#places.delete(name);
    this.runs.keep(new Set(all.map(({ name }) => name)));
  }

  tenants(): TenantStats[] {
    return [...this.#places.values()].map((counts) => counts.stats());
  }

  outcomes(): OutcomeCounts {
    return { ...this.#outcomes };
  }

  #countsOf(place: Place): PlaceCounts | null {
    if (place.tenantId === undefined && place.siteId === undefined) return null;
    const name = nameOf(place);
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const counts = new PlaceCounts(place);
    this.#places.set(name, counts);
    return counts;
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

type Counts = { -readonly [O in keyof OutcomeCounts]: OutcomeCounts[O] };

function add(counts: Counts, outcome: keyof OutcomeCounts, count: number): void {
  counts[outcome] = (counts[outcome] ?? 0) + count;
}

function nameOf({ tenantId, siteId }: Place): string {
  return JSON.stringify([tenantId ?? null, siteId ?? null]);
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
