/** The memory that this thread holds, as the thread itself can measure it. */
import v8 from 'node:v8';
import vm from 'node:vm';
import type { OutsideHeap } from './outside-heap.ts';

const { getHeapStatistics, setFlagsFromString } = v8;
const { runInNewContext } = vm;

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
