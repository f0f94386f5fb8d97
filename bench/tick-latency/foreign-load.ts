import { cpus } from 'node:os';

/** CPU time that the whole machine has used, in milliseconds, summed over its cores. */
function machineCpuMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** CPU used between two moments. */
export interface CpuUse {
  /** CPU of this process, all its threads. */
  readonly ownMs: number;
  /** Cores that other processes kept busy on average. Pool threads suffer first, because they have a lower priority. */
  readonly foreignCores: number;
}

/** Measures from now until the function that it returns is called. */
export function watchCpu(): () => CpuUse {
  const from = { machineMs: machineCpuMs(), ownMs: ownCpuMs(), atMs: performance.now() };
  return () => {
    const ownMs = ownCpuMs() - from.ownMs;
    const foreignMs = Math.max(machineCpuMs() - from.machineMs - ownMs, 0);
    return { ownMs: Math.round(ownMs), foreignCores: Number((foreignMs / (performance.now() - from.atMs)).toFixed(2)) };
  };
}
