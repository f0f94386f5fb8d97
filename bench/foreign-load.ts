import { cpus } from 'node:os';
import { treeCpuMs } from './process-tree.ts';

/** CPU time that the whole machine has used, in milliseconds, summed over its cores. */
function machineCpuMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

function ownCpuMs(pid: number): number {
  const tree = treeCpuMs(pid);
  if (tree !== null) return tree;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** CPU used between two moments. */
export interface CpuUse {
  /** CPU of this process, all its threads, and the processes that it has started. */
  readonly ownMs: number;
  /** Cores that other processes kept busy on average. Pool threads suffer first, because they have a lower priority. */
  readonly foreignCores: number;
}

/**
 * Measures from now until the function that it returns is called.
 *
 * @param pid The process that is not foreign, with all that it has started.
 */
export function watchCpu(pid = process.pid): () => CpuUse {
  const from = { machineMs: machineCpuMs(), ownMs: ownCpuMs(pid), atMs: performance.now() };
  return () => {
    const ownMs = ownCpuMs(pid) - from.ownMs;
    const foreignMs = Math.max(machineCpuMs() - from.machineMs - ownMs, 0);
    return { ownMs: Math.round(ownMs), foreignCores: Number((foreignMs / (performance.now() - from.atMs)).toFixed(2)) };
  };
}
