/** What Linux says about processes in /proc. Reading it takes microseconds and asks nothing of the process itself. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessStat {
  readonly isZombie: boolean;
  readonly parentId: number;
  readonly sessionId: number;
  /** Grows when it has waited for a child: what the child had to be given of memory, in pages. */
  readonly waitedForFaults: number;
  /** CPU time of the process and of the children that it has waited for. */
  readonly cpuMs: number;
}

/** The unit of CPU times in /proc is a hundredth of a second on every Linux. */
const TICK_MS = 10;
const KIB = 1_024;
const NANOSECONDS_IN_MS = 1_000_000;

/** The ids of all processes that can be seen; null where there is no /proc. */
export function processIds(): number[] | null {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return null;
  }
}

/** Null when the process has gone. */
export function processStat(pid: number): ProcessStat | null {
  const text = read(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name of the program comes before the last parenthesis and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent, , session] = fields;
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return {
    isZombie: state === 'Z' || state === 'X',
    parentId: Number(parent),
    sessionId: Number(session),
    waitedForFaults: Number(fields[8]),
    cpuMs: ticks * TICK_MS,
  };
}

/** Memory that nobody else could give back: anonymous, shared and swapped out. Files that are mapped do not count. */
export function heldBytes(pid: number): number {
  const text = read(`/proc/${pid}/status`) ?? '';
  let total = 0;
  for (const [, kib] of text.matchAll(/^(?:RssAnon|RssShmem|VmSwap):\s+(\d+) kB$/gm)) total += Number(kib) * KIB;
  return total;
}

/**
 * How long the main thread of a process has been ready to execute and had no processor: the second number of `schedstat`
 * (see proc(5) and the kernel's sched-stats). Null where the kernel does not count it, and when the process has gone.
 */
export function runDelayMs(pid: number): number | null {
  const [, waited] = read(`/proc/${pid}/schedstat`)?.split(' ') ?? [];
  return waited === undefined ? null : Number(waited) / NANOSECONDS_IN_MS;
}

/** The ids of the processes that the main thread of a process has started and not yet waited for. */
export function childIdsOf(pid: number): number[] {
  return (read(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);
}

/** The ids of the processes that this process has started and not yet waited for. */
export function childIds(): number[] {
  try {
    return readdirSync('/proc/self/task').flatMap((task) =>
      (read(`/proc/self/task/${task}/children`) ?? '').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

export function commandLine(pid: number): readonly string[] {
  return (read(`/proc/${pid}/cmdline`) ?? '').split('\0');
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
