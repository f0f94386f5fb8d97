/** The load that every system is given, and what is written down of it. Imported by the host and by pool threads alike. */
import { readFileSync, writeSync } from 'node:fs';

/** What a phase is run with. Everything here crosses process boundaries as JSON. */
export interface LoadParameters {
  /** Schedules, each due once a second. */
  readonly schedules: number;
  /** CPU time of one run. */
  readonly workMs: number;
  readonly threads: number;
  /** Share of the time for which the host thread is blocked. */
  readonly duty: number;
  /** Length of one block. */
  readonly chunkMs: number;
  readonly durationMs: number;
  /** `burst`: all schedules of a second are due at its start. `spread`: each at its own instant in the second. */
  readonly arrivals: 'burst' | 'spread';
}

/** One run, as the work itself saw it. Instants are epoch milliseconds, fractional. */
export interface Start {
  readonly schedule: string;
  /** The occurrence; with jitter not yet added. */
  readonly scheduledAtMs: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
}

/** The period of every schedule. */
export const PERIOD_MS = 1_000;

/**
 * How far `spread` arrivals are spread, by jitter. Less than the period, so that two occurrences of a schedule never fall due
 * so close together that the second overlaps the first.
 */
export const SPREAD_MS = 0.9 * PERIOD_MS;

/** Wall time as all systems are measured with: fractional, the same in every thread of the machine. */
export function wallNowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Uses `workMs` of this thread's CPU, and appends what it saw to the file at once: a thread may be ended at any time. */
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

/** Every run that was written down. */
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
