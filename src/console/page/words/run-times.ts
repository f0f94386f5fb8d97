import type { Lateness } from '../../../machines/run.ts';
import { duration } from './durations.ts';

/** What says when a run was in its thread: a record of the history, or a mark on a lane. */
interface RunTimes {
  /** Absent if the run never began, or if nobody saw whether it did, because its process had died. */
  readonly threadId?: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly lateness: Lateness;
}

/** How long a run took; null if nobody saw it begin, because its instants then say when it was claimed and settled. */
export function tookMs({ threadId, startedAtMs, finishedAtMs }: Omit<RunTimes, 'lateness'>): number | null {
  return threadId === undefined ? null : finishedAtMs - startedAtMs;
}

/** When the bar of a run on a lane ends: where it begins, if nobody saw the run begin. */
export function barEndMs(run: Omit<RunTimes, 'lateness'>): number {
  return run.startedAtMs + (tookMs(run) ?? 0);
}

/** How long a run took; a dash if nobody saw it begin. */
export function tookText(run: Omit<RunTimes, 'lateness'>): string {
  const ms = tookMs(run);
  return ms === null ? '–' : duration(ms);
}

/** How late a run began; a dash if nobody saw it begin. */
export function latenessText({ threadId, lateness }: Pick<RunTimes, 'threadId' | 'lateness'>): string {
  return threadId === undefined ? '–' : duration(lateness.totalMs);
}
