/**
 * Ends the live runs of a node in bounded time: those that wait are aborted at once, those that execute may finish until
 * `drainMs`, then their signal is aborted, and after their grace the pool terminates their threads. What has not
 * come to rest shortly after that is given up and told as killed.
 */
import type { Clock } from '../ports/clock.ts';
import type { StoppedRun, StopReport } from '../scheduler-reports.ts';
import type { RunInProgress } from './run-in-progress.ts';

/** What the pool may need to end a thread, and the recorder to write, after a run's grace. */
const SETTLE_MS = 1_500;

export interface DrainPorts {
  readonly clock: Clock;
  /** The runs that are not at rest yet. */
  live(): Iterable<RunInProgress>;
  /** Tells the run's schedule to stop it. */
  abort(run: RunInProgress): void;
}

/** One stop of a node. `settled` is to be called whenever a run has come to rest. */
export class Drain {
  readonly #ports: DrainPorts;
  readonly #aborted = new Set<string>();
  readonly #finished: StoppedRun[] = [];
  readonly #stopped: StoppedRun[] = [];
  readonly #killed: StoppedRun[] = [];
  readonly #waiting: Set<RunInProgress>;
  #wake: () => void = () => {};

  constructor(ports: DrainPorts) {
    this.#ports = ports;
    this.#waiting = new Set(ports.live());
  }

  async run(drainMs: number): Promise<StopReport> {
    this.#abortWhere((run) => run.startedAtWallMs === null);
    await this.#whenSettled(drainMs);
    this.#abortWhere(() => true);
    await this.#whenSettled(this.#longestGraceMs() + SETTLE_MS);
    for (const run of this.#waiting) this.#killed.push(told(run));
    return { finished: this.#finished, aborted: this.#stopped, killed: this.#killed };
  }

  settled(run: RunInProgress): void {
    if (!this.#waiting.delete(run)) return;
    if (run.isKilled) this.#killed.push(told(run));
    else if (this.#aborted.has(run.runId)) this.#stopped.push(told(run));
    else this.#finished.push(told(run));
    if (this.#waiting.size === 0) this.#wake();
  }

  #abortWhere(concerns: (run: RunInProgress) => boolean): void {
    for (const run of [...this.#waiting].filter(concerns)) {
      this.#aborted.add(run.runId);
      this.#ports.abort(run);
    }
  }

  #whenSettled(withinMs: number): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#ports.clock.sleep(withinMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  #longestGraceMs(): number {
    return Math.max(0, ...[...this.#waiting].map((run) => run.definition.budget.graceMs));
  }
}

function told({ runId, definition }: RunInProgress): StoppedRun {
  return { runId, key: definition.key };
}
