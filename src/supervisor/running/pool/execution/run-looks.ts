import type { Clock } from '../../../ports/clock.ts';
import type { RunBudget } from '../../../ports/run-pool.ts';
import { BudgetMeter, type Excess, FIRST_LOOK_MS } from '../budgets/budget-meter.ts';
import type { TaskWorker } from '../worker-task.ts';

/** A worker that has done nothing but execute for this long since it was given a run does not take it. */
const TAKE_LIMIT_MS = 200;
/** A worker that had no processor for more than this share of the time has not had its chance to take the run. */
const STARVED_SHARE = 0.5;

/** How a worker has spent its time, at one look. */
interface Waits {
  readonly atMs: number;
  readonly idleMs: number | null;
  readonly starvedMs: number | null;
}

/**
 * Looks at one dispatched run from outside: first whether its worker takes it, then what it uses of its budget.
 *
 * A worker that does not take its run may be kept busy by what an earlier run left behind, or it may get no processor on
 * a machine that is too busy. The difference is whether its event loop waits meanwhile, or it waits for a processor.
 */
export class RunLooks {
  readonly #budget: RunBudget;
  readonly #clock: Clock;
  #worker: TaskWorker | null = null;
  #cpuFromMs: number | undefined;
  #meter: BudgetMeter | null = null;
  /** Null before the first look. */
  #waits: Waits | null = null;
  #stuckAtMs = Number.POSITIVE_INFINITY;
  /** When to look next, monotonic milliseconds. */
  nextAtMs: number;

  constructor(budget: RunBudget, clock: Clock) {
    this.#budget = budget;
    this.#clock = clock;
    // The looks begin before `run()` does, so that one timer serves all phases of a short run.
    this.nextAtMs = clock.monotonicMs() + FIRST_LOOK_MS;
    this.#stuckAtMs = clock.monotonicMs() + TAKE_LIMIT_MS;
  }

  /** What the worker held at the last look, in bytes; and whether it has not answered since, because of native code. */
  get held(): { readonly bytes: number; readonly isSilent: boolean } {
    return { bytes: this.#meter?.heldBytes ?? 0, isSilent: this.#meter?.isWaiting ?? false };
  }

  /** The same, of this moment where the worker's memory can be seen from outside. */
  get heldNow(): RunLooks['held'] {
    const bytes = this.#worker?.heldNow() ?? null;
    return bytes === null ? this.held : { ...this.held, bytes };
  }

  assigned(worker: TaskWorker): void {
    this.#worker = worker;
  }

  /** `cpuFromMs` is the CPU time that the worker had used before the run. */
  started(cpuFromMs: number | undefined): void {
    this.#cpuFromMs = cpuFromMs;
    this.#meter = null;
    this.nextAtMs = Math.min(this.nextAtMs, this.#clock.monotonicMs() + FIRST_LOOK_MS);
  }

  /** The worker has not taken the run yet. Returns whether it is kept from that by what it executes. */
  isStuck(): boolean {
    const nowMs = this.#clock.monotonicMs();
    this.nextAtMs = this.#nextLook(nowMs);
    if (this.#worker?.isWarm !== true) return this.#lookAgain(nowMs);
    if (this.#waits !== null && nowMs < this.#stuckAtMs) return false;
    const before = this.#waits;
    const now = { atMs: nowMs, idleMs: this.#worker.idleMs(), starvedMs: this.#worker.starvedMs() };
    this.#waits = now;
    // Two looks, or a supervisor that was busy itself would take its own delay for the worker's.
    if (before === null) return nowMs < this.#stuckAtMs ? false : this.#lookAgain(nowMs);
    this.#lookAgain(nowMs);
    return !hasWaited(before, now);
  }

  /** Measures the run. See `BudgetMeter.look`. */
  look(): Promise<Excess | null> {
    if (this.#worker === null) return Promise.resolve(null);
    this.#meter ??= new BudgetMeter(this.#worker, this.#cpuFromMs, { budget: this.#budget, clock: this.#clock });
    const looking = this.#meter.look();
    this.nextAtMs = this.#meter.nextLookAtMs;
    return looking;
  }

  /** A look has resolved, after which the next one may be due sooner. */
  looked(): void {
    this.nextAtMs = this.#meter?.nextLookAtMs ?? this.nextAtMs;
  }

  #lookAgain(nowMs: number): boolean {
    this.#stuckAtMs = nowMs + TAKE_LIMIT_MS;
    this.nextAtMs = this.#nextLook(nowMs);
    return false;
  }

  /** A run that blocks its thread from its beginning is known to have begun only by a look. */
  #nextLook(nowMs: number): number {
    return Math.min(this.#stuckAtMs, nowMs + FIRST_LOOK_MS);
  }
}

function hasWaited(before: Waits, now: Waits): boolean {
  const idleForMs = (now.idleMs ?? 0) - (before.idleMs ?? 0);
  const starvedForMs = (now.starvedMs ?? 0) - (before.starvedMs ?? 0);
  return idleForMs > 0 || starvedForMs > (now.atMs - before.atMs) * STARVED_SHARE;
}
