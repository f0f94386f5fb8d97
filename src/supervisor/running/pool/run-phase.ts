import type { RunBudget } from '../../ports/run-pool.ts';
import { EXIT_LIMIT_MS } from './thread-task.ts';

export type PhaseName = 'dispatched' | 'loading' | 'running' | 'stopping' | 'ending' | 'quarantined' | 'over';

/** What limits the phases of a run. */
export interface PhaseLimits {
  readonly entryTimeoutMs: number;
  readonly loadTimeoutMs: number;
  readonly budget: Pick<RunBudget, 'wallMs' | 'graceMs'>;
}

/**
 * Where a run stands, and until when it may stay there. The header of run-execution.ts draws the phases and their
 * limits.
 */
export class RunPhase {
  readonly #limits: PhaseLimits;
  #name: PhaseName = 'dispatched';
  #limitAtMs = Number.POSITIVE_INFINITY;

  constructor(limits: PhaseLimits) {
    this.#limits = limits;
  }

  get name(): PhaseName {
    return this.#name;
  }

  /** When the phase has taken too long, monotonic milliseconds; Infinity when nothing limits it. */
  get limitAtMs(): number {
    return this.#limitAtMs;
  }

  /** The run has a thread, and nobody has asked it to stop yet. */
  get isStoppable(): boolean {
    return this.#name === 'dispatched' || this.#name === 'loading' || this.#name === 'running';
  }

  /** `run()` is executing, and its thread is not being terminated. */
  get isExecuting(): boolean {
    return this.#name === 'running' || this.#name === 'stopping';
  }

  enter(name: PhaseName, atMonotonicMs: number): void {
    this.#name = name;
    this.#limitAtMs = atMonotonicMs + this.#limitMs(name);
  }

  #limitMs(name: PhaseName): number {
    switch (name) {
      case 'dispatched':
        return this.#limits.entryTimeoutMs;
      case 'loading':
        return this.#limits.loadTimeoutMs;
      case 'running':
        return this.#limits.budget.wallMs;
      case 'stopping':
        return this.#limits.budget.graceMs;
      case 'ending':
        return EXIT_LIMIT_MS;
      default:
        return Number.POSITIVE_INFINITY;
    }
  }
}
