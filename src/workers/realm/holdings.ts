import type { Memory } from './memory.ts';

const MIB = 1_024 * 1_024;

/** Memory that the runs of a thread keep beyond their end, and which run is to be named for it. */
export class Holdings {
  readonly #memory: Memory;
  readonly #emptyBytes: number;
  /** How much the thread's memory grew during the runs of each plugin, and the latest of its runs. */
  readonly #growth = new Map<string, { bytes: number; taskId: string }>();
  #beforeBytes = 0;

  /** Make it before a plugin is loaded. */
  constructor(memory: Memory) {
    this.#memory = memory;
    this.#emptyBytes = memory.usedBytes();
  }

  began(): void {
    this.#beforeBytes = this.#memory.usedBytes();
  }

  /** A run has ended. Returns which run to name when the thread keeps more than `shareBytes`, and what it kept. */
  ended(taskId: string, sourceId: string, shareBytes: number): { taskId: string; reason: string } | null {
    const usedBytes = this.#memory.usedBytes();
    const before = this.#growth.get(sourceId)?.bytes ?? 0;
    this.#growth.set(sourceId, { taskId, bytes: before + Math.max(usedBytes - this.#beforeBytes, 0) });
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
