/**
 * The effects of one cycle of the schedule machine: acquire, dispatch, abort, record, release. Each answers the machine
 * with a fact; nothing is decided here.
 */
import { ScheduleBusyError } from '../../errors.ts';
import type { AbortReason, ErrorRecord, Occurrence } from '../../machines/run.ts';
import type { Settlement } from '../../machines/schedule-machine.ts';
import type { JsonValue } from '../../plugin.ts';
import { errorRecord } from '../../wire/error-record.ts';
import type { RunData } from '../../workers/protocol.ts';
import type { Locker } from '../locking/locker.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { RunListener, RunPool, RunReport, RunStart } from '../ports/run-pool.ts';
import type { SupervisorEvent } from '../protocol.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { ScheduleEffects } from '../schedules/actor.ts';
import type { LiveSchedule } from '../schedules/registry.ts';
import { Acquisition, type AcquisitionListener } from './acquisition.ts';
import { collected, type RunInProgress, recordOf } from './run-in-progress.ts';

export interface RunCyclePorts {
  readonly clock: Clock;
  readonly pool: RunPool;
  readonly locker: Locker;
  readonly recorder: Recorder;
  readonly log: Logger;
  readonly nodeId: string;
  readonly newRunId: () => string;
  readonly emit: (event: SupervisorEvent) => void;
  readonly callHost: (name: string, args: readonly JsonValue[]) => Promise<JsonValue | undefined>;
}

export interface RunCycleListener extends AcquisitionListener {
  /** Whether this node may count on being known as at work. */
  isNodeTrusted(): boolean;
  /** A run has left its thread, after so long. */
  worked(durationMs: number): void;
  /** A run has ended; it is not yet recorded. */
  settled(record: LiveSchedule): void;
  /** A run is recorded, and its thread is free or given up. */
  ended(run: RunInProgress): void;
  /** The schedule is at rest. */
  rested(record: LiveSchedule): void;
}

export class RunCycle implements ScheduleEffects {
  readonly #ports: RunCyclePorts;
  readonly #listener: RunCycleListener;
  readonly #acquisition: Acquisition;
  /** By schedule key: from the tick until the schedule is at rest again. */
  readonly #runs = new Map<string, RunInProgress>();

  constructor(ports: RunCyclePorts, listener: RunCycleListener) {
    this.#ports = ports;
    this.#listener = listener;
    this.#acquisition = new Acquisition(ports, listener);
  }

  runOf(key: string): RunInProgress | undefined {
    return this.#runs.get(key);
  }

  live(): IterableIterator<RunInProgress> {
    return this.#runs.values();
  }

  acquire(record: LiveSchedule, occurrence: Occurrence): void {
    const run = collected(record, occurrence, this.#ports.newRunId());
    this.#runs.set(run.definition.key, run);
    this.#acquisition.acquire(record, run).then(
      (event) => this.#listener.tell(record, event),
      (error: unknown) => this.#listener.tell(record, { type: 'lock.failed', error: errorRecord(error) }),
    );
  }

  dispatch(record: LiveSchedule): void {
    const run = this.#current(record);
    const { pool, locker } = this.#ports;
    const { key, source, budget, priority } = run.definition;
    const isNodeTrusted = run.occurrence.basis === undefined || this.#listener.isNodeTrusted();
    if (!isNodeTrusted || !locker.isTrusted(key)) {
      this.#listener.tell(record, { type: 'run.reported', settlement: { outcome: 'lock-lost' }, isQuarantined: false });
      return;
    }
    const data = runData(record, run);
    const request = { runId: run.runId, source, data, budget, priority, isCatchup: data.isCatchup };
    if (!pool.dispatch(request, this.#listen(record, run))) this.#listener.tell(record, { type: 'run.rejected' });
  }

  abort(record: LiveSchedule, reason: AbortReason): void {
    this.#ports.pool.abort(this.#current(record).runId, reason);
  }

  record(record: LiveSchedule, settlement: Settlement): void {
    const run = this.#current(record);
    const written = run.isElsewhere ? this.#recordElsewhere(record, run) : this.#record(record, run, settlement);
    this.#listener.settled(record);
    void written.then(() => {
      this.#listener.tell(record, { type: 'run.recorded' });
      this.#listener.ended(run);
    });
  }

  release(record: LiveSchedule): void {
    const { locker, clock } = this.#ports;
    const { key } = record.definition;
    if (locker.isHeld(key)) locker.release(key, untilNextMs(record, clock.nowMs()));
  }

  settleOverlap(record: LiveSchedule, occurrence: Occurrence): void {
    void this.#decide(record, 'overlap', { occurrence });
  }

  /** The node is not known as at work any more: what it has claimed others may take for lost. */
  abortShared(): void {
    for (const run of this.#runs.values()) {
      if (run.occurrence.basis === undefined || run.claimedAtMs === null) continue;
      this.#listener.tell(run.schedule, { type: 'abort.requested', reason: 'lock-lost' });
    }
  }

  settleAborted(record: LiveSchedule, occurrence: Occurrence): void {
    const { recorder, clock, nodeId, newRunId } = this.#ports;
    const run = collected(record, occurrence, newRunId());
    const aborted = recordOf(run, { outcome: 'aborted' }, { nodeId, clock });
    void recorder.settle(record, { record: aborted, log: [], isOwed: false });
  }

  rested(record: LiveSchedule): void {
    this.#runs.delete(record.definition.key);
    this.#listener.rested(record);
  }

  #record(record: LiveSchedule, run: RunInProgress, settlement: Settlement): Promise<unknown> {
    const { recorder, clock, nodeId } = this.#ports;
    const { outcome, error } = settlement;
    if (outcome === 'contended' || outcome === 'lock-error') {
      return this.#decide(record, outcome, { occurrence: run.occurrence, error });
    }
    const settled = { record: recordOf(run, settlement, { nodeId, clock }), log: run.log.lines(), isOwed: false };
    // Where others look at the claim to see whether they may run, it is kept until the thread is gone.
    const isHeld = run.occurrence.basis !== undefined && run.report?.isQuarantined === true;
    return recorder.settle(record, settled, isHeld ? run.whenReleased.promise : undefined);
  }

  /** Another node has the occurrence, so that it has no outcome here; but who triggered a run by hand is told. */
  async #recordElsewhere(record: LiveSchedule, run: RunInProgress): Promise<void> {
    if (run.occurrence.trigger !== 'manual') return;
    const { recorder, clock, nodeId } = this.#ports;
    const error = errorRecord(new ScheduleBusyError(run.definition.key, 'running on another node'));
    const aborted = recordOf(run, { outcome: 'aborted', error }, { nodeId, clock });
    await recorder.settle(record, { record: aborted, log: [], isOwed: false });
  }

  async #decide(
    record: LiveSchedule,
    outcome: 'overlap' | 'contended' | 'lock-error',
    { occurrence, error }: { readonly occurrence: Occurrence; readonly error?: ErrorRecord | undefined },
  ): Promise<void> {
    const { scheduledAtMs: atMs, basis } = occurrence;
    const span = { fromMs: atMs, untilMs: atMs, count: 1, ...(error && { error }), ...(basis && { basis }) };
    const isTaken = await this.#ports.recorder.decide(record, outcome, span);
    if (!isTaken) this.#listener.refused(record);
  }

  #listen(record: LiveSchedule, run: RunInProgress): RunListener {
    const { emit, log, callHost } = this.#ports;
    const { runId } = run;
    const { key } = run.definition;
    return {
      started: (start) => this.#started(record, run, start),
      logged: (line) => {
        const { level, message, fields, atMs } = line;
        run.log.add(line);
        log[level]({ ...fields, key, runId, atMs }, message);
      },
      progressed: (fraction, note) =>
        emit({ type: 'progress', event: { runId, key, fraction, ...(note !== undefined && { note }) } }),
      reported: (report) => this.#reported(record, run, report),
      released: () => {
        run.whenReleased.resolve();
        this.#listener.tell(record, { type: 'thread.released' });
      },
      hostCall: callHost,
    };
  }

  #started(record: LiveSchedule, run: RunInProgress, start: RunStart): void {
    const { clock, emit } = this.#ports;
    run.start = start;
    run.startedAtWallMs = clock.nowMs() - (clock.monotonicMs() - start.startedAtMonotonicMs);
    const { runId, startedAtWallMs: startedAtMs, occurrence } = run;
    const { scheduledAtMs } = occurrence;
    const { key } = run.definition;
    emit({ type: 'run-start', event: { runId, key, scheduledAtMs, startedAtMs, threadId: start.threadId } });
    this.#listener.tell(record, { type: 'run.started' });
  }

  #reported(record: LiveSchedule, run: RunInProgress, report: RunReport): void {
    run.report = report;
    if (report.start !== undefined) {
      this.#listener.worked(report.finishedAtMonotonicMs - report.start.startedAtMonotonicMs);
    }
    run.isKilled = report.isQuarantined || report.isTerminated;
    const { outcome, error, isQuarantined } = report;
    this.#listener.tell(record, {
      type: 'run.reported',
      settlement: { outcome, ...(error && { error }) },
      isQuarantined,
    });
  }

  #current(record: LiveSchedule): RunInProgress {
    const run = this.#runs.get(record.definition.key);
    if (run === undefined) throw new TypeError(`schedule ${record.definition.key} has no run at hand`);
    return run;
  }
}

function runData(record: LiveSchedule, run: RunInProgress): RunData {
  const { occurrence, definition, fencingToken } = run;
  const { tenantId, siteId, scheduleId } = definition.identity;
  const { missedCount, firstMissedAtMs } = occurrence;
  return {
    scheduleId,
    scheduledAtMs: occurrence.scheduledAtMs,
    runCount: record.runCount + 1,
    isCatchup: occurrence.trigger === 'catch-up',
    ...(tenantId !== undefined && { tenantId }),
    ...(siteId !== undefined && { siteId }),
    runId: run.runId,
    config: definition.declared.config ?? null,
    ...(fencingToken !== null && { fencingToken }),
    ...(missedCount !== undefined && { missedCount }),
    ...(firstMissedAtMs !== undefined && { firstMissedAtMs }),
  };
}

/** How long it is until the schedule falls due again; 0 when it cannot be told. */
function untilNextMs({ definition, cursorMs }: LiveSchedule, nowMs: number): number {
  try {
    return definition.recurrence.next(cursorMs) - nowMs;
  } catch {
    return 0;
  }
}
