import { readFileSync } from 'node:fs';

/**
 * Ends the child processes of a thread that cannot be ended itself, because it waits for one: `spawnSync()` and its kin
 * return when the child is gone. Linux lists the children of each thread; elsewhere this does nothing.
 */
export function endChildrenOf(taskPath: string): void {
  for (const pid of childrenOf(taskPath)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has exited in the meantime.
    }
  }
}

function childrenOf(taskPath: string): number[] {
  try {
    const listed = readFileSync(`${taskPath}/children`, 'utf8');
    return listed
      .split(' ')
      .map(Number)
      .filter((pid) => pid > 1);
  } catch {
    return [];
  }
}
