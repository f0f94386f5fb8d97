import { readdirSync, readFileSync } from 'node:fs';

/** What lives in the session of a process, itself included. Dead processes that nobody has waited for do not count. */
export function liveInSession(leaderPid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [state, session] = stateOf(pid);
      return session === leaderPid && state !== 'Z' && state !== 'X';
    });
}

function stateOf(pid: number): readonly [state: string | undefined, session: number] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return [fields[0], Number(fields[3])];
  } catch {
    return [undefined, 0];
  }
}
