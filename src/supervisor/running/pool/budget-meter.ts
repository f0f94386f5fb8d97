import type { Clock } from '../../ports/clock.ts';
import type { RunBudget } from '../../ports/run-pool.ts';
import type { TaskWorker } from './worker-task.ts';

/** A run that ends within this time of its dispatch is never measured, and has no meter. */
export const FIRST_LOOK_MS = 200;
const INTERVAL_MS = 250;
const MIN_INTERVAL_MS = 10;
const MIB = 1_024 * 1_024;

/** The budget that a run has exceeded. */
export interface Excess {
  readonly reason: 'cpu-budget' | 'memory-budget';
  /** The run holds more than twice its memory: it gets no grace, because what is left belongs to everybody. */
  readonly isExtreme: boolean;
}

/**
 * Measures CPU time and memory of a run from outside. Node interrupts the thread for that, even in an endless loop.
 *
 * A run cannot use more CPU time than passes, so the next look is due when the rest of the budget may be used up at the
 * earliest. That keeps the limit to a few milliseconds, although most runs are looked at four times a second.
 */
export class BudgetMeter {
  readonly #thread: TaskWorker;
  readonly #cpuFromMs: number | undefined;
  readonly #budget: RunBudget;
  readonly #clock: Clock;
  #intervalMs: number;
  #isLooking = false;
  /** When to look next, monotonic milliseconds; Infinity when there is nothing to measure. `look` sets it at once. */
  nextLookAtMs = Number.POSITIVE_INFINITY;

  /** `cpuFromMs` is the CPU time that the thread used before the run; undefined when Node cannot measure it. */
  constructor(thread: TaskWorker, cpuFromMs: number | undefined, by: { budget: RunBudget; clock: Clock }) {
    this.#thread = thread;
    this.#cpuFromMs = cpuFromMs;
    this.#budget = by.budget;
    this.#clock = by.clock;
    this.#intervalMs = this.#nextIntervalMs(by.budget.cpuMs);
  }

  /** Resolves to null while the run keeps its budget, and while another look is under way. */
  async look(): Promise<Excess | null> {
    this.nextLookAtMs = this.#clock.monotonicMs() + this.#intervalMs;
    if (this.#isLooking) return null;
    this.#isLooking = true;
    const usage = await this.#thread.usage();
    this.#isLooking = false;
    if (usage === null) return null;
    const cpuLeftMs = this.#budget.cpuMs - (usage.cpuMs - (this.#cpuFromMs ?? usage.cpuMs));
    this.#intervalMs = this.#nextIntervalMs(cpuLeftMs);
    this.nextLookAtMs = Math.min(this.nextLookAtMs, this.#clock.monotonicMs() + this.#intervalMs);
    const heapMb = usage.heapBytes / MIB;
    if (heapMb > this.#budget.heapMb) return { reason: 'memory-budget', isExtreme: heapMb > 2 * this.#budget.heapMb };
    return cpuLeftMs <= 0 ? { reason: 'cpu-budget', isExtreme: false } : null;
  }

  #nextIntervalMs(cpuLeftMs: number): number {
    const heapIntervalMs = this.#budget.heapMb === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : INTERVAL_MS;
    return Math.max(Math.min(heapIntervalMs, cpuLeftMs), MIN_INTERVAL_MS);
  }
}
