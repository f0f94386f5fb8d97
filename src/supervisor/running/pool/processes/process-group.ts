/** Ending a child with all that it has started: each child leads a process group, so one signal reaches them all. */

/** Call it only while the child is not waited for: after that its id may belong to somebody else. */
export function killGroup(pid: number): void {
  // On Windows there are no groups, and only the child itself ends.
  kill(process.platform === 'win32' ? pid : -pid);
}

/** What a child has started ends after it. The id of a group is not given away while the group has members. */
export function killOrphans(pid: number): void {
  if (process.platform !== 'win32') kill(-pid);
}

function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}
