import { writeSync } from 'node:fs';

/** One start of a job. Instants are epoch milliseconds. */
export interface StartMark {
  readonly job: string;
  /** When it should have started. */
  readonly dueAtMs: number;
  readonly startedAtMs: number;
  /** Whether `dueAtMs` was missed, and this makes up for it. */
  readonly isCatchup: boolean;
  /** Set when the start stands for earlier occurrences too: the first of them. */
  readonly firstMissedAtMs?: number;
}

/** The pipe to the demonstration. A file descriptor belongs to the whole process, so every thread can write to it. */
export const MARKS_DESCRIPTOR = 4;

/** The first thing that a job does, in both lanes. It needs no event loop, so it tells the truth even while one is blocked. */
export function markStart(mark: Omit<StartMark, 'startedAtMs'>): void {
  const startedAtMs = performance.timeOrigin + performance.now();
  writeSync(MARKS_DESCRIPTOR, `${JSON.stringify({ ...mark, startedAtMs } satisfies StartMark)}\n`);
}
