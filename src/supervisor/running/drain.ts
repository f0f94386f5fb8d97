/**
 * Ends the live runs of a node in bounded time: those that wait are aborted at once. Those that have a thread may finish
 * until `drainMs`, also if it still loads their plugin; then their signal is aborted, and after their grace the pool
 * terminates their threads. What has not come to rest shortly after that is given up and reported as killed.
 */
import type { Clock } from '../ports/clock.ts';
import type { RunPool } from '../ports/run-pool.ts';
import type { StoppedRun, StopReport } from '../scheduler-reports.ts';
import type { ScheduleActors } from '../schedules/actor.ts';
import { AwaitedRuns, stoppedRun } from './awaited-runs.ts';
import type { RunInProgress } from './run-in-progress.ts';

/**
 * What the pool may need to end a thread, and the recorder to write, after a run's grace. The pool gives a thread up
 * after a second, and a stop as a whole may take two seconds after the grace.
 */
const SETTLE_MS = 1_200;

export interface DrainParts {
  readonly clock: Clock;
  readonly actors: ScheduleActors;
  readonly pool: Pick<RunPool, 'hasThread'>;
}

/** One stop of a node. Call `ended` whenever a run is recorded. */
export class Drain {
  readonly #actors: ScheduleActors;
  readonly #pool: Pick<RunPool, 'hasThread'>;
  readonly #aborted = new Set<string>();
  readonly #finished: StoppedRun[] = [];
  readonly #stopped: StoppedRun[] = [];
  readonly #killed: StoppedRun[] = [];
  readonly #waiting: AwaitedRuns;

  constructor({ clock, actors, pool }: DrainParts, live: Iterable<RunInProgress>) {
    [this.#actors, this.#pool] = [actors, pool];
    this.#waiting = new AwaitedRuns(clock, live);
  }

  async run(drainMs: number): Promise<StopReport> {
    this.#abortWhere(({ runId, startedAtWallMs }) => startedAtWallMs === null && !this.#pool.hasThread(runId));
    await this.#waiting.whenEnded(drainMs);
    this.#abortWhere(() => true);
    await this.#waiting.whenEnded(this.#longestGraceMs() + SETTLE_MS);
    for (const run of this.#waiting.left) this.#killed.push(stoppedRun(run));
    return { finished: this.#finished, aborted: this.#stopped, killed: this.#killed };
  }

  ended(run: RunInProgress): void {
    if (this.#waiting.ended(run)) this.#listFor(run).push(stoppedRun(run));
  }

  /** A run that ended by itself has finished, also if it was aborted on the way to its thread. */
  #listFor({ runId, report }: RunInProgress): StoppedRun[] {
    // If it had not begun, a thread was terminated, and no run.
    const isKilled = report?.isTerminated === true && report.start !== undefined;
    if (isKilled || report?.isQuarantined === true) return this.#killed;
    const isAborted = this.#aborted.has(runId) && (report?.outcome ?? 'aborted') === 'aborted';
    return isAborted ? this.#stopped : this.#finished;
  }

  #abortWhere(concerns: (run: RunInProgress) => boolean): void {
    for (const run of this.#waiting.left.filter(concerns)) {
      this.#aborted.add(run.runId);
      this.#actors.send(run.schedule, { type: 'abort.requested', reason: 'stop' });
    }
  }

  #longestGraceMs(): number {
    return Math.max(0, ...this.#waiting.left.map((run) => run.definition.budget.graceMs));
  }
}
