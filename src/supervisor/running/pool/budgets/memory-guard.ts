import type { Clock } from '../../../ports/clock.ts';
import type { BudgetWatch, Watched } from './budget-watch.ts';

const MIB = 1_024 * 1_024;
const INTERVAL_MS = 250;
const MIN_INTERVAL_MS = 20;
/** What an ended run held is given back to the system within this time; then the next one may have to end. */
const RECOVERY_MS = 150;
/** A run that holds less than this is not what fills the memory. */
const MIN_BYTES = 32 * MIB;

/** A run, or the loading of a plugin, that could be ended to save memory. */
export interface GreedyTask {
  /**
   * What its worker holds, or held at the last look if only the worker can tell; and whether it has stopped telling. Null
   * before it has one.
   */
  readonly held: { readonly bytes: number; readonly isSilent: boolean } | null;
  endForMemory(): void;
}

/** The memory that a limit is for. */
export interface MemoryUse {
  /** Who uses it: a subject and its verb. */
  readonly subject: string;
  /** How much is in use, in bytes. */
  readonly usedBytes: () => number;
}

/** What this process uses, with all its threads. */
export const OWN_MEMORY: MemoryUse = { subject: 'The process uses', usedBytes: () => process.memoryUsage.rss() };

export interface MemoryGuardParts {
  readonly limitMb: number;
  readonly clock: Clock;
  readonly watch: BudgetWatch;
  readonly use: MemoryUse;
  readonly tasks: () => Iterable<GreedyTask>;
  /** The limit is reached, and no task holds what would help. Called once until it is below the limit again. */
  readonly helpless: (message: string) => void;
}

/**
 * Keeps memory below a limit, before the kernel ends a process for it: it ends the greediest task. So the memory must be
 * that in which the tasks are. It looks as long as there are tasks, and the more often the sooner the limit would be
 * reached if the memory grew as fast as since the last look.
 */
export class MemoryGuard implements Watched {
  readonly #parts: MemoryGuardParts;
  readonly #limitBytes: number;
  wakeAtMs = 0;
  watchIndex = -1;
  #usedBytes = 0;
  #lookedAtMs = 0;
  #hasTold = false;

  constructor(parts: MemoryGuardParts) {
    this.#parts = parts;
    this.#limitBytes = parts.limitMb * MIB;
  }

  /** A task has begun, and there was none before. */
  start(): void {
    if (this.#limitBytes === Number.POSITIVE_INFINITY) return;
    const { clock, watch } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (this.wakeAtMs <= nowMs) this.wakeAtMs = nowMs + MIN_INTERVAL_MS;
    watch.add(this, nowMs);
  }

  stop(): void {
    this.#parts.watch.remove(this);
  }

  woken(nowMs: number): void {
    const usedBytes = this.#parts.use.usedBytes();
    const bytesPerMs = (usedBytes - this.#usedBytes) / Math.max(nowMs - this.#lookedAtMs, 1);
    this.#usedBytes = usedBytes;
    this.#lookedAtMs = nowMs;
    const leftMs = bytesPerMs <= 0 ? INTERVAL_MS : (this.#limitBytes - usedBytes) / bytesPerMs / 2;
    this.wakeAtMs = nowMs + Math.min(Math.max(leftMs, MIN_INTERVAL_MS), INTERVAL_MS);
    if (usedBytes > this.#limitBytes) this.#endGreediest(nowMs);
    else this.#hasTold = false;
  }

  #endGreediest(nowMs: number): void {
    const greediest = this.#greediest();
    if (greediest !== null) {
      this.wakeAtMs = nowMs + RECOVERY_MS;
      greediest.endForMemory();
    } else if (!this.#hasTold) {
      this.#hasTold = true;
      const { use, limitMb } = this.#parts;
      const uses = `${use.subject} ${Math.round(this.#usedBytes / MIB)} MiB`;
      this.#parts.helpless(`${uses}, more than pool.memoryLimitMb (${limitMb}), and no run holds much of it.`);
    }
  }

  /** One that has stopped telling executes native code, which may be what fills the memory at this moment. */
  #greediest(): GreedyTask | null {
    let greediest: GreedyTask | null = null;
    let most = MIN_BYTES;
    for (const task of this.#parts.tasks()) {
      const { held } = task;
      if (held === null) continue;
      const { bytes, isSilent } = held;
      const weight = isSilent ? bytes + this.#limitBytes : bytes;
      if (weight < most) continue;
      greediest = task;
      most = weight;
    }
    return greediest;
  }
}
