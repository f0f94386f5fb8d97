import type { RunTask } from '../protocol.ts';
import type { Memory } from './memory.ts';

const MIB = 1_024 * 1_024;

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
