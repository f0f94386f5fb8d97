/** What this process holds at one moment, as Linux and V8 count it. */
import { subscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import type { Worker } from 'node:worker_threads';

export interface Sample {
  /** What of the process is in memory. */
  readonly residentMb: number;
  /** The same, with what other processes share counted by its share. */
  readonly proportionalMb: number;
  /** The part of it that no file backs: heaps, buffers and stacks. */
  readonly anonymousMb: number;
  /** The heap of this thread after a collection: what a campaign itself leaves to be collected is not our subject. */
  readonly hostHeapMb: number;
  /** The heap of the supervisor thread; 0 without one. */
  readonly supervisorUsedMb: number;
  /** The same, with what the thread has of the heap without using it. */
  readonly supervisorHeldMb: number;
  readonly descriptors: number;
  readonly threads: number;
}

const MIB = 2 ** 20;
const NO_HEAP = { used_heap_size: 0, total_physical_size: 0 };

/** The newest thread of a supervisor. Node publishes every worker that this thread makes on the channel. */
let supervisor: Worker | null = null;
subscribe('worker_threads', (message) => {
  const { worker } = message as { worker: Worker };
  if (worker.threadName === 'escapement-supervisor') supervisor = worker;
});

/** The process must have been started with `--expose-gc`. */
export async function takeSample(): Promise<Sample> {
  collectGarbage();
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
  const megabytes = (field: string): number =>
    Number(new RegExp(`^${field}: +(\\d+) kB$`, 'm').exec(rollup)?.[1]) / 1_024;
  const heap = await supervisor?.getHeapStatistics().catch(() => NO_HEAP);
  return {
    residentMb: megabytes('Rss'),
    proportionalMb: megabytes('Pss'),
    anonymousMb: megabytes('Anonymous'),
    hostHeapMb: getHeapStatistics().used_heap_size / MIB,
    supervisorUsedMb: (heap ?? NO_HEAP).used_heap_size / MIB,
    supervisorHeldMb: (heap ?? NO_HEAP).total_physical_size / MIB,
    descriptors: readdirSync('/proc/self/fd').length,
    threads: threadCount(),
  };
}

function collectGarbage(): void {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('the garbage of the host cannot be collected: start Node with --expose-gc');
  gc();
}

export function threadCount(): number {
  return readdirSync('/proc/self/task').length;
}
