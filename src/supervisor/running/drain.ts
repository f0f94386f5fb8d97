/**
 * Ends the live runs of a node in bounded time: those that wait are aborted at once, those that execute may finish
 * until `drainMs`, then their signal is aborted, and after their grace the pool terminates their threads. What has not
 * come to rest shortly after that is given up and reported as killed.
 */
import type { Clock } from '../ports/clock.ts';
import type { StoppedRun, StopReport } from '../scheduler-reports.ts';
import type { ScheduleActors } from '../schedules/actor.ts';
import type { RunInProgress } from './run-in-progress.ts';

/**
 * What the pool may need to end a thread, and the recorder to write, after a run's grace. The pool gives a thread up
 * after a second, and a stop as a whole may take two seconds after the grace.
 */
const SETTLE_MS = 1_200;

/** One stop of a node. Call `ended` whenever a run is recorded. */
export class Drain {
  readonly #clock: Clock;
  readonly #actors: ScheduleActors;
  readonly #aborted = new Set<string>();
  readonly #finished: StoppedRun[] = [];
  readonly #stopped: StoppedRun[] = [];
  readonly #killed: StoppedRun[] = [];
  readonly #waiting: Set<RunInProgress>;
  #wake: () => void = () => {};

  constructor(clock: Clock, actors: ScheduleActors, live: Iterable<RunInProgress>) {
    this.#clock = clock;
    this.#actors = actors;
    this.#waiting = new Set(live);
  }

  async run(drainMs: number): Promise<StopReport> {
    this.#abortWhere((run) => run.startedAtWallMs === null);
    await this.#whenEnded(drainMs);
    this.#abortWhere(() => true);
    await this.#whenEnded(this.#longestGraceMs() + SETTLE_MS);
    for (const run of this.#waiting) this.#killed.push(stoppedRun(run));
    return { finished: this.#finished, aborted: this.#stopped, killed: this.#killed };
  }

  ended(run: RunInProgress): void {
    if (!this.#waiting.delete(run)) return;
    if (run.report?.isQuarantined === true || run.report?.isTerminated === true) this.#killed.push(stoppedRun(run));
    else if (this.#aborted.has(run.runId)) this.#stopped.push(stoppedRun(run));
    else this.#finished.push(stoppedRun(run));
    if (this.#waiting.size === 0) this.#wake();
  }

  #abortWhere(concerns: (run: RunInProgress) => boolean): void {
    for (const run of [...this.#waiting].filter(concerns)) {
      this.#aborted.add(run.runId);
      this.#actors.send(run.schedule, { type: 'abort.requested', reason: 'stop' });
    }
  }

  #whenEnded(withinMs: number): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.sleep(withinMs, resolve);
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

function stoppedRun({ runId, definition }: RunInProgress): StoppedRun {
  return { runId, key: definition.key };
}
