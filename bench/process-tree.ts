import { readdirSync, readFileSync } from 'node:fs';
import { processStat } from '../src/supervisor/running/pool/processes/accounts/proc-files.ts';

const KIB = 1_024;

/**
 * CPU time of a process and of all that it has started, living or not, in milliseconds. Null where there is no /proc.
 */
export function treeCpuMs(pid: number): number | null {
  if (processStat(pid) === null) return null;
  return treeOf(pid).reduce((sum, each) => sum + (processStat(each)?.cpuMs ?? 0), 0);
}

/**
 * Memory of a process and of all that it has started, in bytes. A page that several processes share counts once. Null
 * where the system does not say.
 */
export function treeBytes(pid: number): number | null {
  const sizes = treeOf(pid).map(sharedOut);
  return sizes.some((size) => size === null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

/** The resident bytes of a process; what it shares with others counts for its share only. */
export function sharedOut(pid: number): number | null {
  const rollup = read(`/proc/${pid}/smaps_rollup`);
  const kib = rollup === null ? undefined : /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1];
  return kib === undefined ? null : Number(kib) * KIB;
}

function treeOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(treeOf)];
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      (read(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** Null if the process has ended, or its system has no /proc. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
