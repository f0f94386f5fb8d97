/** What a thread still holds after a run: memory, and what is active in it. */
import v8 from 'node:v8';
import vm from 'node:vm';
import type { RunTask } from '../protocol.ts';
import type { OutsideHeap } from './outside-heap.ts';

const { getActiveResourcesInfo } = process;
const { getHeapStatistics, setFlagsFromString } = v8;
const { runInNewContext } = vm;
const MIB = 1_024 * 1_024;

/** The memory that this thread holds, as the thread itself can measure it. */
export class Memory {
  readonly #outsideHeap: OutsideHeap;
  #collectGarbage: (() => void) | null = null;

  constructor(outsideHeap: OutsideHeap) {
    this.#outsideHeap = outsideHeap;
  }

  /** Bytes in use, garbage that is not collected yet included. */
  usedBytes(): number {
    const heap = getHeapStatistics();
    return heap.used_heap_size + heap.external_memory + this.#outsideHeap.count();
  }

  /** Bytes in use; if they are more than `limitBytes`, garbage is collected before it is said so. */
  heldBytes(limitBytes: number): number {
    const bytes = this.usedBytes();
    if (bytes <= limitBytes) return bytes;
    this.#collectGarbage ??= garbageCollector();
    this.#collectGarbage();
    return this.usedBytes();
  }
}

/** V8 gives its collector to contexts that are made while the flag is set. Those of plugins do not get it. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}

/** Memory that the runs of a thread keep beyond their end, and which run is to be named for it. */
export class Holdings {
  readonly #memory: Memory;
  readonly #emptyBytes: number;
  #lastBytes: number;
  /** How much the thread's memory grew during the runs of each plugin, and the latest of its runs. */
  readonly #growth = new Map<string, { bytes: number; taskId: string }>();

  /** Make it before a plugin is loaded. */
  constructor(memory: Memory) {
    this.#memory = memory;
    this.#emptyBytes = memory.usedBytes();
    this.#lastBytes = this.#emptyBytes;
  }

  forget(sourceId: string): void {
    this.#growth.delete(sourceId);
  }

  /**
   * A run has ended, and its worker has `usedBytes` in use. Returns which run to name when the worker keeps more than its
   * share, and what it kept. Measuring costs as much as a tenth of an empty run, so it is done once for a run.
   */
  ended({ taskId, source, memory }: RunTask, usedBytes: number): { taskId: string; reason: string } | null {
    const { shareBytes } = memory;
    const grownBytes = Math.max(usedBytes - this.#lastBytes, 0);
    this.#lastBytes = usedBytes;
    const growth = this.#growth.get(source.id);
    if (growth === undefined) this.#growth.set(source.id, { taskId, bytes: grownBytes });
    else {
      growth.taskId = taskId;
      growth.bytes += grownBytes;
    }
    if (usedBytes - this.#emptyBytes <= shareBytes) return null;
    const keptBytes = this.#memory.heldBytes(this.#emptyBytes + shareBytes) - this.#emptyBytes;
    if (keptBytes <= shareBytes) return null;
    let greatest = { taskId, bytes: 0 };
    for (const growth of this.#growth.values()) if (growth.bytes > greatest.bytes) greatest = growth;
    const kept = `${Math.round(keptBytes / MIB)} MiB`;
    const share = `${Math.round(shareBytes / MIB)} MiB`;
    return { taskId: greatest.taskId, reason: `its thread kept ${kept} of memory after the run, more than ${share}` };
  }
}

/**
 * What is active in the thread now: timers, sockets, servers, child processes, requests that have not ended. One entry
 * for each, which is its kind. Only what would keep a process alive is listed. What a run leaves active would call back
 * beside the runs of other plugins.
 */
export function activeResources(): readonly string[] {
  return getActiveResourcesInfo.call(process);
}

/** Says what is active now and was not before, for example "2 Timeout, 1 TCPServerWrap"; null for nothing. */
export function leftBehind(before: readonly string[], now: readonly string[]): string | null {
  if (now.length <= before.length) return null;
  const counts = new Map<string, number>();
  for (const kind of now) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const kind of before) counts.set(kind, (counts.get(kind) ?? 0) - 1);
  const added = [...counts].filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`);
  return added.length === 0 ? null : added.join(', ');
}
