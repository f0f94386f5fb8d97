/** The load that every system gets, and what is written about it. Both the host and pool threads import this. */
import { readFileSync, writeSync } from 'node:fs';

/** The parameters of a phase. They cross process boundaries as JSON. */
export interface LoadParameters {
  /** Schedules, each due once a second. */
  readonly schedules: number;
  /** CPU time of one run. */
  readonly workMs: number;
  readonly threads: number;
  /** How long the host thread computes, and then how long its event loop turns. It is idle if `busyMs` is 0. */
  readonly busyMs: number;
  readonly freeMs: number;
  readonly durationMs: number;
  /** `burst`: all schedules of a second are due at its start. `spread`: each at its own instant in the second. */
  readonly arrivals: 'burst' | 'spread';
}

/** One run, as the work itself saw it. Instants are epoch milliseconds, fractional. */
export interface Start {
  readonly schedule: string;
  /** The occurrence, without its jitter. */
  readonly scheduledAtMs: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
}

/** The period of every schedule. */
export const PERIOD_MS = 1_000;

/**
 * By how much jitter spreads the arrivals of `spread`. It is less than the period, so that two occurrences of a
 * schedule are never so close together that the second overlaps the first.
 */
export const SPREAD_MS = 0.9 * PERIOD_MS;

/** The wall time by which all systems are measured: fractional, and the same in every thread of the machine. */
export function wallNowMs(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Uses `workMs` of this thread's CPU. Appends the run to the file at once, because a thread may be ended at any time.
 */
export function work(
  fd: number,
  { workMs }: { readonly workMs: number },
  run: Pick<Start, 'schedule' | 'scheduledAtMs'>,
): void {
  const startedAtMs = wallNowMs();
  spin(workMs);
  const start: Start = { ...run, startedAtMs, finishedAtMs: wallNowMs() };
  writeSync(fd, `${JSON.stringify(start)}\n`);
}

/** Every run in the file. */
export function readStarts(file: string): Start[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Start);
}

function spin(cpuMs: number): void {
  const before = process.threadCpuUsage();
  for (;;) {
    const { user, system } = process.threadCpuUsage(before);
    if ((user + system) / 1_000 >= cpuMs) return;
  }
}
