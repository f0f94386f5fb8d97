import { isDueAt, JOBS, type Job } from '../server/jobs.ts';
import type { StartMark } from '../server/start-mark.ts';
import { percentile } from './percentile.ts';
import type { Phase } from './phases.ts';

/** Due instants are whole seconds. */
export const SECOND_MS = 1_000;
/** So long after its time, a start that has not happened counts as missing. */
export const PATIENCE_MS = 1_000;

/** What became of one occurrence of a job: `lateMs` is infinite until it starts. */
export interface Fate {
  readonly lateMs: number;
  /** Whether it was missed, and started or stood in for later. */
  readonly isCaughtUp: boolean;
}

const NOT_STARTED: Fate = { lateMs: Number.POSITIVE_INFINITY, isCaughtUp: false };

/** How punctual a lane was, counting what never started as infinitely late. Null if nothing was due. */
export interface StartFigures {
  readonly due: number;
  readonly started: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly worstMs: number | null;
  /** The worst of those that started. */
  readonly worstStartedMs: number | null;
}

/** Knows when the jobs of a lane were due and when they started. Instants are epoch milliseconds. */
export class StartJournal {
  readonly #fates = new Map<string, Fate>();

  add({ job, dueAtMs, startedAtMs, isCatchup, firstMissedAtMs = dueAtMs }: StartMark): void {
    for (let atMs = firstMissedAtMs; atMs <= dueAtMs; atMs += SECOND_MS) {
      const key = keyOf(job, atMs);
      const isCaughtUp = isCatchup || atMs < dueAtMs;
      // The first start counts: a run that was lost may start again.
      if (!this.#fates.has(key)) this.#fates.set(key, { lateMs: Math.max(startedAtMs - atMs, 0), isCaughtUp });
    }
  }

  /** Null if the job is not due then. */
  fateOf(job: Job, dueAtMs: number): Fate | null {
    return isDueAt(job, dueAtMs) ? (this.#fates.get(keyOf(job.id, dueAtMs)) ?? NOT_STARTED) : null;
  }

  /** What became of everything in a phase that was due from one instant until just before another. */
  figures(fromMs: number, untilMs: number, phase: Phase = () => true): StartFigures {
    const late: number[] = [];
    for (let atMs = Math.ceil(fromMs / SECOND_MS) * SECOND_MS; atMs < untilMs; atMs += SECOND_MS) {
      if (phase(atMs)) late.push(...JOBS.flatMap((job) => this.fateOf(job, atMs)?.lateMs ?? []));
    }
    const started = late.filter(Number.isFinite);
    return {
      due: late.length,
      started: started.length,
      p50Ms: percentile(late, 50),
      p99Ms: percentile(late, 99),
      worstMs: percentile(late, 100),
      worstStartedMs: percentile(started, 100),
    };
  }
}

function keyOf(job: string, atMs: number): string {
  return `${job} ${atMs}`;
}
