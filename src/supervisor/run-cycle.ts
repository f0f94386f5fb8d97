/**
 * The effects of one cycle of the schedule machine: acquire, dispatch, abort, record, release. Each answers the machine
 * with a fact; nothing is decided here.
 */
import type { AbortReason, Occurrence } from '../machines/run.ts';
import type { ScheduleEvent, Settlement } from '../machines/schedule-machine.ts';
import type { JsonValue } from '../plugin.ts';
import { errorRecord } from '../wire-error.ts';
import type { RunData } from '../workers/protocol.ts';
import type { Clock } from './clock.ts';
import type { Locker } from './locker.ts';
import type { Logger } from './logger.ts';
import type { SupervisorEvent } from './protocol.ts';
import type { Recorder } from './recorder.ts';
import { collected, draftOf, type RunInProgress, recordOf } from './run-in-progress.ts';
import type { RunListener, RunPool, RunReport, RunStart } from './run-pool.ts';
import type { ScheduleEffects } from './schedule-actor.ts';
import type { ScheduleRecord } from './schedule-registry.ts';

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

export interface RunCycleListener {
  /** A fact for the schedule's machine. */
  tell(record: ScheduleRecord, event: ScheduleEvent): void;
  /** A run has ended; it is not yet recorded. */
  settled(record: ScheduleRecord): void;
  /** A run is recorded, and its thread is free or given up. */
  ended(run: RunInProgress): void;
  /** The schedule is at rest. */
  rested(record: ScheduleRecord): void;
}

export class RunCycle implements ScheduleEffects {
  readonly #ports: RunCyclePorts;
  readonly #listener: RunCycleListener;
  /** By schedule key: from the tick until the schedule is at rest again. */
  readonly #runs = new Map<string, RunInProgress>();

  constructor(ports: RunCyclePorts, listener: RunCycleListener) {
    this.#ports = ports;
    this.#listener = listener;
  }

  runOf(key: string): RunInProgress | undefined {
    return this.#runs.get(key);
  }

  live(): IterableIterator<RunInProgress> {
    return this.#runs.values();
  }

  acquire(record: ScheduleRecord, occurrence: Occurrence): void {
    const run = collected(record, occurrence, this.#ports.newRunId());
    this.#runs.set(run.definition.key, run);
    this.#acquire(record, run).then(
      (event) => this.#listener.tell(record, event),
      (error: unknown) => this.#listener.tell(record, { type: 'lock.failed', error: errorRecord(error) }),
    );
  }

  dispatch(record: ScheduleRecord): void {
    const run = this.#current(record);
    const { pool, locker } = this.#ports;
    const { key, source, budget, priority } = run.definition;
    if (!locker.isTrusted(key)) {
      this.#listener.tell(record, { type: 'run.reported', settlement: { outcome: 'lock-lost' }, isQuarantined: false });
      return;
    }
    const data = runData(record, run);
    const request = { runId: run.runId, source, data, budget, priority, isCatchup: data.isCatchup };
    if (!pool.dispatch(request, this.#listen(record, run))) this.#listener.tell(record, { type: 'run.rejected' });
  }

  abort(record: ScheduleRecord, reason: AbortReason): void {
    this.#ports.pool.abort(this.#current(record).runId, reason);
  }

  record(record: ScheduleRecord, settlement: Settlement): void {
    const run = this.#current(record);
    const { recorder, clock, nodeId } = this.#ports;
    const isSkipped = settlement.outcome === 'contended' || settlement.outcome === 'lock-error';
    const { error } = settlement;
    const written = isSkipped
      ? recorder.decide(record, settlement.outcome, { ...spanOf(run.occurrence), ...(error && { error }) })
      : recorder.settle(record, {
          record: recordOf(run, settlement, { nodeId, clock }),
          log: run.log.lines(),
          isOwed: false,
        });
    this.#listener.settled(record);
    void written.then(() => {
      this.#listener.tell(record, { type: 'run.recorded' });
      this.#listener.ended(run);
    });
  }

  release(record: ScheduleRecord): void {
    this.#ports.locker.release(record.definition.key);
  }

  settleOverlap(record: ScheduleRecord, occurrence: Occurrence): void {
    void this.#ports.recorder.decide(record, 'overlap', spanOf(occurrence));
  }

  settleAborted(record: ScheduleRecord, occurrence: Occurrence): void {
    const { recorder, clock, nodeId, newRunId } = this.#ports;
    const run = collected(record, occurrence, newRunId());
    const aborted = recordOf(run, { outcome: 'aborted' }, { nodeId, clock });
    void recorder.settle(record, { record: aborted, log: [], isOwed: false });
  }

  rested(record: ScheduleRecord): void {
    this.#runs.delete(record.definition.key);
    this.#listener.rested(record);
  }

  async #acquire(record: ScheduleRecord, run: RunInProgress): Promise<ScheduleEvent> {
    const { locker, recorder, clock, nodeId } = this.#ports;
    const { key, locking } = run.definition;
    const { scheduledAtMs, recoveryOf } = run.occurrence;
    const onLost = (): void => this.#listener.tell(record, { type: 'abort.requested', reason: 'lock-lost' });
    const grant = await locker.acquire({ key, scheduledAtMs, recoveryOf, hint: locking, onLost });
    if (grant === null) return { type: 'lock.contended' };
    run.fencingToken = grant.fencingToken;
    const draft = draftOf(run, nodeId);
    const isOurs = await recorder.claim({ key, runId: run.runId, nodeId, claimedAtMs: clock.nowMs(), draft });
    if (!isOurs) return { type: 'lock.contended' };
    run.claimedAtMs = clock.monotonicMs();
    return { type: 'lock.granted', fencingToken: grant.fencingToken };
  }

  #listen(record: ScheduleRecord, run: RunInProgress): RunListener {
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
      released: () => this.#listener.tell(record, { type: 'thread.released' }),
      hostCall: callHost,
    };
  }

  #started(record: ScheduleRecord, run: RunInProgress, start: RunStart): void {
    const { clock, emit } = this.#ports;
    run.start = start;
    run.startedAtWallMs = clock.nowMs() - (clock.monotonicMs() - start.startedAtMonotonicMs);
    const { runId, startedAtWallMs: startedAtMs, occurrence } = run;
    const { scheduledAtMs } = occurrence;
    const { key } = run.definition;
    emit({ type: 'run-start', event: { runId, key, scheduledAtMs, startedAtMs, threadId: start.threadId } });
    this.#listener.tell(record, { type: 'run.started' });
  }

  #reported(record: ScheduleRecord, run: RunInProgress, report: RunReport): void {
    run.report = report;
    run.isKilled = report.isQuarantined || report.isTerminated;
    const { outcome, error, isQuarantined } = report;
    this.#listener.tell(record, {
      type: 'run.reported',
      settlement: { outcome, ...(error && { error }) },
      isQuarantined,
    });
  }

  #current(record: ScheduleRecord): RunInProgress {
    const run = this.#runs.get(record.definition.key);
    if (run === undefined) throw new TypeError(`schedule ${record.definition.key} has no run at hand`);
    return run;
  }
}

function runData(record: ScheduleRecord, run: RunInProgress): RunData {
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

function spanOf({ scheduledAtMs }: Occurrence): { fromMs: number; untilMs: number; count: number } {
  return { fromMs: scheduledAtMs, untilMs: scheduledAtMs, count: 1 };
}
