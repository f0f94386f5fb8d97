import type { Clock } from '../../../ports/clock.ts';
import type { RunBudget } from '../../../ports/run-pool.ts';
import type { TaskWorker } from '../worker-task.ts';

/** The first look. A run that ends sooner is measured by its worker, when it has ended. */
export const FIRST_LOOK_MS = 20;
const INTERVAL_MS = 250;
const MIN_INTERVAL_MS = 10;
/** An excess of memory counts when it is found this often in a row, because it may be garbage. */
const LOOKS_UNTIL_EXCESS = 3;
const CONFIRM_INTERVAL_MS = 50;
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
 * earliest; and for memory, when it would be used up if it grew as fast as between the last two looks. That keeps the
 * limits to a few milliseconds, although most runs are looked at four times a second.
 */
export class BudgetMeter {
  readonly #worker: TaskWorker;
  readonly #cpuFromMs: number | undefined;
  readonly #budget: RunBudget;
  readonly #clock: Clock;
  #intervalMs: number;
  #isLooking = false;
  #excessCount = 0;
  #lookedAtMs = 0;
  /** What the worker held at the last look, in bytes. */
  heldBytes = 0;
  /** When to look next, monotonic milliseconds; Infinity when there is nothing to measure. `look` sets it at once. */
  nextLookAtMs = Number.POSITIVE_INFINITY;

  /** `cpuFromMs` is the CPU time that the worker used before the run; undefined when Node cannot measure it. */
  constructor(worker: TaskWorker, cpuFromMs: number | undefined, by: { budget: RunBudget; clock: Clock }) {
    this.#worker = worker;
    this.#cpuFromMs = cpuFromMs;
    this.#budget = by.budget;
    this.#clock = by.clock;
    this.#intervalMs = this.#nextIntervalMs(by.budget.cpuMs, Number.POSITIVE_INFINITY);
  }

  /** The worker was asked and has not answered: it executes native code. */
  get isWaiting(): boolean {
    return this.#isLooking;
  }

  /** Resolves to null while the run keeps its budget, and while another look is under way. */
  async look(): Promise<Excess | null> {
    this.nextLookAtMs = this.#clock.monotonicMs() + this.#intervalMs;
    if (this.#isLooking) return null;
    this.#isLooking = true;
    const usage = await this.#worker.usage();
    this.#isLooking = false;
    if (usage === null) return null;
    const nowMs = this.#clock.monotonicMs();
    const cpuLeftMs = this.#budget.cpuMs - (usage.cpuMs - (this.#cpuFromMs ?? usage.cpuMs));
    this.#intervalMs = this.#nextIntervalMs(cpuLeftMs, this.#untilMemoryIsUsedUpMs(usage.heapBytes, nowMs));
    const excess = this.#memoryExcess(usage.heapBytes);
    this.nextLookAtMs = Math.min(this.nextLookAtMs, nowMs + this.#intervalMs);
    if (excess !== null) return excess;
    return cpuLeftMs <= 0 ? { reason: 'cpu-budget', isExtreme: false } : null;
  }

  #memoryExcess(heapBytes: number): Excess | null {
    const heapMb = heapBytes / MIB;
    if (heapMb <= this.#budget.heapMb) {
      this.#excessCount = 0;
      return null;
    }
    this.#excessCount += 1;
    if (this.#excessCount === 1) this.#worker.send({ kind: 'collect-garbage' });
    if (this.#excessCount >= LOOKS_UNTIL_EXCESS) {
      return { reason: 'memory-budget', isExtreme: heapMb > 2 * this.#budget.heapMb };
    }
    this.#intervalMs = Math.min(this.#intervalMs, CONFIRM_INTERVAL_MS);
    return null;
  }

  #untilMemoryIsUsedUpMs(heapBytes: number, nowMs: number): number {
    const bytesPerMs = (heapBytes - this.heldBytes) / Math.max(nowMs - this.#lookedAtMs, 1);
    const isFirst = this.#lookedAtMs === 0;
    this.heldBytes = heapBytes;
    this.#lookedAtMs = nowMs;
    if (isFirst || bytesPerMs <= 0) return Number.POSITIVE_INFINITY;
    return (this.#budget.heapMb * MIB - heapBytes) / bytesPerMs;
  }

  #nextIntervalMs(cpuLeftMs: number, memoryLeftMs: number): number {
    const heapIntervalMs = this.#budget.heapMb === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : INTERVAL_MS;
    return Math.max(Math.min(heapIntervalMs, cpuLeftMs, memoryLeftMs), MIN_INTERVAL_MS);
  }
}
