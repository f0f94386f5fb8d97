import type { BudgetWatch, Watched } from '../budgets/budget-watch.ts';
import type { RunLooks } from './run-looks.ts';
import { MEASURED, type RunPhase } from './run-phase.ts';

const OVERDUE_MS = 50;

/** The phase of an execution, and when to wake it: at the phase's limit, or for a look at the run before that. */
export class PhaseClock implements Watched {
  readonly #watch: BudgetWatch;
  readonly #looks: RunLooks;
  readonly #wake: (why: 'limit' | 'look', nowMs: number) => void;
  #limitAtMs = Number.POSITIVE_INFINITY;
  #isOverdue = false;
  phase: RunPhase = 'dispatched';
  wakeAtMs = Number.POSITIVE_INFINITY;
  watchIndex = -1;

  constructor(watch: BudgetWatch, looks: RunLooks, wake: (why: 'limit' | 'look', nowMs: number) => void) {
    this.#watch = watch;
    this.#looks = looks;
    this.#wake = wake;
  }

  /** The run is dispatched. Instants are monotonic milliseconds. */
  start(limitAtMs: number, nowMs: number): void {
    this.#limitAtMs = limitAtMs;
    this.wakeAtMs = Math.min(limitAtMs, this.#looks.nextAtMs);
    this.#watch.add(this, nowMs);
  }

  enter(phase: RunPhase, limitAtMs: number): void {
    this.phase = phase;
    this.#limitAtMs = limitAtMs;
    this.reschedule();
  }

  /** The next look may have become another one. */
  reschedule(): void {
    const previousMs = this.wakeAtMs;
    const isLookedAt = this.phase === 'dispatched' || MEASURED.has(this.phase);
    this.wakeAtMs = isLookedAt ? Math.min(this.#limitAtMs, this.#looks.nextAtMs) : this.#limitAtMs;
    if (this.wakeAtMs < previousMs) this.#watch.hurry(this);
  }

  /** Enters a phase that nothing limits. */
  leave(phase: 'over' | 'quarantined'): void {
    this.phase = phase;
    this.wakeAtMs = Number.POSITIVE_INFINITY;
    this.#watch.remove(this);
  }

  woken(nowMs: number): void {
    // The answer of a worker may wait beside this timer, if the supervisor itself was busy. It is heard before the next.
    if (this.phase === 'leaving' && nowMs >= this.#limitAtMs && !this.#isOverdue) {
      this.#isOverdue = true;
      this.enter('leaving', nowMs + OVERDUE_MS);
      return;
    }
    this.#wake(nowMs >= this.#limitAtMs ? 'limit' : 'look', nowMs);
  }
}
