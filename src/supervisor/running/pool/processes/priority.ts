import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/**
 * Makes a child nicer than the host, once it has started: a cold start does not take longer because the machine is busy,
 * and a plugin comes after the host. It is a courtesy, not a promise, so what the system refuses is left.
 */
export function lowerPriority(pid: number, increment: number): void {
  if (increment === 0) return;
  for (const thread of threadsOf(pid)) {
    attempt(() => setPriority(thread, nicer(getPriority(), increment)));
  }
  // Linux may schedule each session as a group. Niceness counts only within a group, and so the group must be nicer.
  attempt(() => {
    const [, own = '0'] = /nice (-?\d+)/.exec(readFileSync('/proc/self/autogroup', 'utf8')) ?? [];
    writeFileSync(`/proc/${pid}/autogroup`, String(nicer(Number(own), increment)));
  });
}

/** On Linux each thread has a priority of its own, and gives it to those that it starts. */
function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [pid];
  }
}

function nicer(niceness: number, increment: number): number {
  return Math.min(niceness + increment, constants.priority.PRIORITY_LOW);
}

function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // The process has ended already, or the system does not know such groups.
  }
}
