import type { RunBudget } from '../../ports/run-pool.ts';
import type { PoolThread } from './pool-thread.ts';

const INTERVAL_MS = 250;
const MIN_INTERVAL_MS = 10;
const MIB = 1_024 * 1_024;

/** What a run has used more of than it may. */
export interface Excess {
  readonly reason: 'cpu-budget' | 'memory-budget';
  /** Far above the limit: what is left of the memory belongs to everybody, so there is no grace. */
  readonly isExtreme: boolean;
}

/**
 * Measures CPU time and memory of a run from outside: Node interrupts the thread for it, also in an endless loop. A run
 * cannot use more CPU time than passes, so the next look is due when its rest may be used up at the earliest: the limit
 * is kept to a few milliseconds, although most runs are looked at four times a second.
 */
export class BudgetMeter {
  readonly #budget: RunBudget;
  readonly #thread: PoolThread;
  readonly #cpuFromMs: number | undefined;
  #isLooking = false;
  /** How long the next look may wait; Infinity when there is nothing to look at. */
  intervalMs: number;

  constructor(budget: RunBudget, thread: PoolThread, cpuFromMs: number | undefined) {
    this.#budget = budget;
    this.#thread = thread;
    this.#cpuFromMs = cpuFromMs;
    this.intervalMs = this.#nextIntervalMs(budget.cpuMs);
  }

  /** Resolves to null within the budget, and when a look is under way already. */
  async look(): Promise<Excess | null> {
    if (this.#isLooking) return null;
    this.#isLooking = true;
    const usage = await this.#thread.usage();
    this.#isLooking = false;
    if (usage === null) return null;
    const cpuLeftMs = this.#budget.cpuMs - (usage.cpuMs - (this.#cpuFromMs ?? usage.cpuMs));
    this.intervalMs = this.#nextIntervalMs(cpuLeftMs);
    const heapMb = usage.heapBytes / MIB;
    if (heapMb > this.#budget.heapMb) return { reason: 'memory-budget', isExtreme: heapMb > 2 * this.#budget.heapMb };
    return cpuLeftMs <= 0 ? { reason: 'cpu-budget', isExtreme: false } : null;
  }

  #nextIntervalMs(cpuLeftMs: number): number {
    const heapIntervalMs = this.#budget.heapMb === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : INTERVAL_MS;
    return Math.max(Math.min(heapIntervalMs, cpuLeftMs), MIN_INTERVAL_MS);
  }
}
