/**
 * Looks at the processes of a scenario from outside. They are found by a variable of their environment, which children
 * inherit, also those that leave the group. Reads `/proc`, so without Linux nothing is found, and memory is not limited.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const VARIABLE = 'ESCAPEMENT_SCENARIO';

/** What marks the processes of one scenario. */
export function markOf(folder: string): Readonly<Record<string, string>> {
  return { [VARIABLE]: folder };
}

/** The ids of all processes of a scenario that are alive. */
export function processesOf(folder: string): number[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => contentOf(`/proc/${pid}/environ`).split('\0').includes(`${VARIABLE}=${folder}`))
    .filter((pid) => !/^State:\s+Z/m.test(contentOf(`/proc/${pid}/status`)))
    .map(Number);
}

/** How much memory processes use together, in MiB. */
export function residentMb(pids: readonly number[]): number {
  const sizes = pids.map((pid) => /^VmRSS:\s+(\d+) kB/m.exec(contentOf(`/proc/${pid}/status`))?.[1] ?? '0');
  return sizes.reduce((sum, size) => sum + Number(size), 0) / 1_024;
}

export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** A process may end while it is looked at, and those of other users are not ours. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
