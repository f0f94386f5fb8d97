/**
 * One run, from top to bottom: acquire, dispatch, record, release. These are the effects of the schedule's machine;
 * each answers with facts, and the machine decides what they mean.
 */
import { ScheduleBusyError } from '../../errors.ts';
import {
  type AbortReason,
  type ErrorRecord,
  FAILURES,
  type Occurrence,
  type Outcome,
  type SkipOutcome,
} from '../../machines/run.ts';
import type { ScheduleEvent, Settlement } from '../../machines/schedule-events.ts';
import { errorRecord } from '../../wire/error-record.ts';
import type { Pauses } from '../pausing/pauses.ts';
import type { Timetable } from '../planning/timetable.ts';
import { type Answered, whenKnown } from '../ports/answered.ts';
import type { RunPool } from '../ports/run-pool.ts';
import type { DrainReport, StopReport } from '../scheduler-reports.ts';
import type { ScheduleEffects } from '../schedules/actor.ts';
import type { FactSource } from '../schedules/facts.ts';
import {
  type LiveSchedule,
  mustBeMadeUpFor,
  passFields,
  recoveryTermsOf,
  untilNextMs,
} from '../schedules/live-schedule.ts';
import { Acquisition, type AcquisitionParts } from './acquisition.ts';
import { AwaitedRuns, stoppedRun } from './awaited-runs.ts';
import { Drain } from './drain.ts';
import { RunFollower, type RunFollowerParts } from './run-follower.ts';
import { collected, type RunInProgress, recordOf, runData } from './run-in-progress.ts';
import { RunsInProgress } from './runs-in-progress.ts';

const RECORDED: ScheduleEvent = Object.freeze({ type: 'run.recorded' });

export interface RunCycleParts extends AcquisitionParts, RunFollowerParts {
  readonly pool: RunPool;
  readonly timetable: Timetable;
  readonly pauses: Pauses;
  readonly nodeId: string;
  readonly newRunId: () => string;
}

export class RunCycle implements ScheduleEffects {
  readonly #parts: RunCycleParts;
  readonly #acquisition: Acquisition;
  readonly runs = new RunsInProgress();
  #drain: Drain | null = null;
  /** The runs that a node which is draining lets finish. */
  #finishing: AwaitedRuns | null = null;

  constructor(parts: RunCycleParts) {
    this.#parts = parts;
    this.#acquisition = new Acquisition(parts);
  }

  acquire(schedule: LiveSchedule, occurrence: Occurrence): Answered<ScheduleEvent> {
    const { nodeId, newRunId } = this.#parts;
    const run = collected(schedule, occurrence, { runId: newRunId(), nodeId });
    this.runs.set(schedule.definition.key, run);
    return this.#acquisition.acquire(run);
  }

  dispatch(schedule: LiveSchedule): FactSource {
    const run = this.#current(schedule);
    const { key, source, budget, priority } = run.definition;
    const data = runData(run);
    const follower = new RunFollower(run, this.#parts);
    const { isCatchup } = data;
    // Such a run was planned when there was room for it: see `planning/catch-ups.ts`.
    const hasPlace = isCatchup || (run.definition.missed.policy === 'run-all' && run.occurrence.trigger === 'clock');
    const untilNext = (): number => untilNextMs(schedule, this.#parts.clock.nowMs());
    const request = {
      runId: run.runId,
      key,
      source,
      data,
      budget,
      priority,
      isCatchup,
      hasPlace,
      untilNextMs: untilNext,
      mayStart: () => this.#acquisition.isTrusted(run),
    };
    const { facts } = follower;
    // Whoever has triggered the run gets its id first.
    if (!this.#parts.pool.dispatch(request, follower)) queueMicrotask(() => follower.rejected());
    void run.whenLockLost?.then(() => facts.know({ type: 'lock.lost' }));
    return facts;
  }

  look(schedule: LiveSchedule): void {
    this.#parts.pool.look(this.#current(schedule).runId);
  }

  abort(schedule: LiveSchedule, reason: AbortReason): void {
    this.#parts.pool.abort(this.#current(schedule).runId, reason);
  }

  record(schedule: LiveSchedule, settlement: Settlement): Answered<ScheduleEvent> {
    const run = this.#current(schedule);
    const written = this.#write(run, settlement);
    if (FAILURES.has(settlement.outcome)) this.#parts.pauses.runFailed(schedule);
    return whenKnown(written, () => {
      run.isRecorded = true;
      this.#drain?.ended(run);
      this.#finishing?.ended(run);
      return RECORDED;
    });
  }

  release(schedule: LiveSchedule): void {
    const { locker, clock } = this.#parts;
    const { key } = schedule.definition;
    const run = this.#current(schedule);
    this.runs.delete(key);
    if (run.whenLockLost !== null) locker.release(key, untilNextMs(schedule, clock.nowMs()));
  }

  settleOverlap(schedule: LiveSchedule, occurrence: Occurrence): void {
    void this.#decide(schedule, 'overlap', { occurrence });
  }

  settleAborted(schedule: LiveSchedule, occurrence: Occurrence): void {
    const { nodeId, newRunId } = this.#parts;
    void this.#settleUnclaimed(collected(schedule, occurrence, { runId: newRunId(), nodeId }));
  }

  /** This node is no longer known as alive, so other nodes may take its shared runs for lost. */
  loseShared(): void {
    for (const { schedule, occurrence, claimedAtMs } of this.runs.values()) {
      const isShared = occurrence.basis !== undefined && claimedAtMs !== null;
      if (isShared) this.#parts.actors.send(schedule, { type: 'lock.lost' });
    }
  }

  /** The shared store has forgotten the claims of these runs. */
  loseRuns(runIds: ReadonlySet<string>): void {
    for (const { runId, schedule } of this.runs.values()) {
      if (runIds.has(runId)) this.#parts.actors.send(schedule, { type: 'lock.lost' });
    }
  }

  /** Ends the runs under way within `drainMs`, their grace, and a moment. */
  drain(drainMs: number): Promise<StopReport> {
    this.#drain = new Drain(this.#parts, this.runs.values());
    return this.#drain.run(drainMs).finally(() => this.#finishing?.giveUp());
  }

  /** Waits for the runs under way, at most so long if there is a limit. They go on in any case. */
  async finish(timeoutMs: number | null): Promise<DrainReport> {
    const runs = new AwaitedRuns(this.#parts.clock, this.runs.values());
    this.#finishing = runs;
    const all = runs.left;
    await runs.whenEnded(timeoutMs);
    const unfinished = new Set(runs.left);
    const finished = all.filter((run) => !unfinished.has(run));
    this.#parts.log.info({ finished: finished.length, unfinished: unfinished.size }, 'scheduler drained');
    return { finished: finished.map(stoppedRun), unfinished: [...unfinished].map(stoppedRun) };
  }

  #write(run: RunInProgress, settlement: Settlement): Answered<unknown> {
    const { recorder, clock, timetable } = this.#parts;
    const { schedule, occurrence } = run;
    const { outcome, error } = settlement;
    if (run.elsewhere !== null) {
      // What was planned before the schedule was set back says nothing about where it is now.
      const isOfThisPass = occurrence.pass === passFields(schedule, occurrence.scheduledAtMs).pass;
      timetable.retract(schedule, run.elsewhere === 'locked' && isOfThisPass ? occurrence.basis : undefined);
      return this.#recordElsewhere(run);
    }
    if (outcome === 'contended' || outcome === 'lock-error') {
      return this.#decide(schedule, outcome, { occurrence, error });
    }
    const isOwed =
      this.#isKeptFromStarting(run, outcome) &&
      mustBeMadeUpFor(recoveryTermsOf(schedule), run.draft, { mayHaveBegun: false });
    const settled = { record: recordOf(run, settlement, clock.read()), log: run.log.lines, isOwed };
    // Where others look at the claim to see whether they may run, it is kept until the thread is gone.
    return recorder.settle(schedule, settled, occurrence.basis === undefined ? null : run.whenReleased);
  }

  /** A stop must cost no more than a crash, after which a run that waited would be lost, and made up for. */
  #isKeptFromStarting({ startedAtWallMs }: RunInProgress, outcome: Outcome): boolean {
    return this.#drain !== null && outcome === 'aborted' && startedAtWallMs === null;
  }

  /** Another node has the occurrence, so it has no outcome here; but whoever triggered a run by hand gets an answer. */
  async #recordElsewhere(run: RunInProgress): Promise<void> {
    if (run.occurrence.trigger !== 'manual') return;
    const error = errorRecord(new ScheduleBusyError(run.definition.key, 'running on another node'));
    await this.#settleUnclaimed(run, error);
  }

  async #settleUnclaimed(run: RunInProgress, error?: ErrorRecord): Promise<void> {
    const { recorder, clock } = this.#parts;
    const record = recordOf(run, { outcome: 'aborted', ...(error && { error }) }, clock.read());
    await recorder.settle(run.schedule, { record, log: [], isOwed: false, isUnclaimed: true }, null);
  }

  #decide(
    schedule: LiveSchedule,
    outcome: SkipOutcome,
    { occurrence, error }: { readonly occurrence: Occurrence; readonly error?: ErrorRecord | undefined },
  ): Answered<void> {
    const { recorder, timetable } = this.#parts;
    const { scheduledAtMs: atMs, trigger, basis, pass } = occurrence;
    const span = {
      fromMs: atMs,
      untilMs: atMs,
      count: 1,
      ...(pass !== undefined && { pass }),
      ...(trigger === 'manual' && ({ isManual: true } as const)),
      ...(error && { error }),
      ...(basis && { basis }),
    };
    return whenKnown(recorder.decide(schedule, outcome, span), (isTaken) => {
      if (!isTaken) timetable.retract(schedule);
    });
  }

  #current({ definition }: LiveSchedule): RunInProgress {
    const run = this.runs.get(definition.key);
    if (run === undefined) throw new TypeError(`schedule ${definition.key} has no run at hand`);
    return run;
  }
}
