import type { Clock } from '../ports/clock.ts';
import type { StoppedRun } from '../scheduler-reports.ts';
import type { RunInProgress } from './run-in-progress.ts';

/** Live runs whose end somebody waits for. Call `ended` whenever a run is recorded. */
export class AwaitedRuns {
  readonly #clock: Clock;
  readonly #waiting: Set<RunInProgress>;
  #wake: () => void = () => {};

  constructor(clock: Clock, live: Iterable<RunInProgress>) {
    this.#clock = clock;
    this.#waiting = new Set([...live].filter(({ isRecorded }) => !isRecorded));
  }

  /** Those that have not ended. */
  get left(): readonly RunInProgress[] {
    return [...this.#waiting];
  }

  /** Returns whether the run was waited for. */
  ended(run: RunInProgress): boolean {
    const wasAwaited = this.#waiting.delete(run);
    if (this.#waiting.size === 0) this.#wake();
    return wasAwaited;
  }

  /** Resolves when all have ended, or the time is over. There is no limit if it is null. */
  whenEnded(withinMs: number | null): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = withinMs === null ? () => {} : this.#clock.sleep(withinMs, resolve);
      const wake = (): void => {
        cancel();
        resolve();
      };
      this.#wake = wake;
    });
  }

  /** Nobody waits any more, whatever has not ended. */
  giveUp(): void {
    this.#wake();
  }
}

export function stoppedRun({ runId, definition }: RunInProgress): StoppedRun {
  return { runId, key: definition.key };
}
