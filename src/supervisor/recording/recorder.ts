import { isForCluster } from '../../machines/admission.ts';
import type { DecisionReason, ErrorRecord, PlanBasis, RunRecord, SkipOutcome } from '../../machines/run.ts';
import { type Decision, isFailure, isRunOutcome } from '../../machines/run.ts';
import { type Claim, failuresAfter, type ScheduleEntry, type SettledRun } from '../../machines/schedule-state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { StateStore, WriteAnswer } from '../ports/store.ts';
import type { SupervisorEvent } from '../protocol.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';
import type { LiveSchedule } from '../schedules/registry.ts';
import type { Metrics } from './metrics.ts';
import { StoreHealth } from './store-health.ts';

export interface RecorderPorts {
  readonly clock: Clock;
  readonly store: StateStore;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly nodeId: string;
  readonly emit: (event: SupervisorEvent) => void;
}

/** Occurrences that do not run, and what is known about why. Instants are the first and the last of them. */
export interface DecidedSpan {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly count: number;
  readonly reason?: DecisionReason;
  readonly error?: ErrorRecord;
  /** Where the schedule stood before; absent where nobody else could have moved it. */
  readonly basis?: PlanBasis;
}

/**
 * Writes down how every occurrence ended: in the schedule's counters, the store, the log and the events, in one place, so
 * that they cannot disagree. A store that fails is told loudly and never stops the engine.
 */
export class Recorder {
  readonly #ports: RecorderPorts;
  readonly #health: StoreHealth;

  constructor(ports: RecorderPorts) {
    this.#ports = ports;
    this.#health = new StoreHealth(ports.clock, ports.store.name, (warning) => {
      ports.log.error({ code: warning.code }, warning.message);
      ports.emit({ type: 'warning', event: warning });
    });
  }

  /**
   * Not taken: another run has the occurrence. A store of this node's own that cannot tell stops nobody; one that nodes share
   * does, unless the claim is this node's own concern: then this rejects.
   */
  async claim(claim: Claim): Promise<WriteAnswer> {
    const { store } = this.#ports;
    try {
      const answer = await store.write({ kind: 'claimed', claim });
      this.#health.worked();
      return answer;
    } catch (error) {
      this.#storeFailed(error);
      if (store.isShared === true && isForCluster(claim)) throw error;
      return { isTaken: true };
    }
  }

  /**
   * Resolves once the store has the run, or has failed to take it. `schedule` is absent when it is not there any more.
   * @param released When its thread is given up: the store hears of the run after that, so that no node runs another beside it.
   */
  async settle(schedule: LiveSchedule | undefined, settled: SettledRun, released?: Promise<void>): Promise<void> {
    this.#tellRun(schedule, settled.record);
    if (released === undefined) await this.write({ kind: 'settled', settled });
    else void released.then(() => this.write({ kind: 'settled', settled }));
  }

  /** The same for the run of a node that is gone. False: another node was there first; then nothing is counted or told. */
  async settleForGone(schedule: LiveSchedule | undefined, settled: SettledRun): Promise<boolean> {
    const isTaken = (await this.write({ kind: 'settled', settled }))?.isTaken !== false;
    if (isTaken) this.#tellRun(schedule, settled.record);
    return isTaken;
  }

  /**
   * For occurrences that do not run. False: the store knows that another node was there first, so that nothing is
   * counted or told.
   */
  async decide(schedule: LiveSchedule, outcome: SkipOutcome, { basis, ...span }: DecidedSpan): Promise<boolean> {
    const { clock, nodeId } = this.#ports;
    const decision: Decision = { key: schedule.definition.key, nodeId, outcome, ...span, atMs: clock.nowMs() };
    const written = this.write({ kind: 'decided', decision, ...(basis && { basis }) });
    if (basis !== undefined && (await written)?.isTaken === false) return false;
    this.#tellDecision(schedule, decision);
    await written;
    return true;
  }

  get isStoreShared(): boolean {
    return this.#ports.store.isShared === true;
  }

  /** Never rejects: undefined when the store failed. */
  write(entry: ScheduleEntry): Promise<WriteAnswer | undefined> {
    return this.#answer(this.#ports.store.write(entry));
  }

  /** Tells the store that this node is alive. Never rejects. */
  async beat(atMs: number): Promise<void> {
    await this.#answer(this.#ports.store.beat(atMs));
  }

  warn(warning: SchedulerWarning): void {
    const { message, ...fields } = warning;
    this.#ports.log.warn(fields, message);
    this.#ports.emit({ type: 'warning', event: warning });
  }

  #tellRun(schedule: LiveSchedule | undefined, record: RunRecord): void {
    const { metrics, emit } = this.#ports;
    if (schedule !== undefined) countRun(schedule, record);
    metrics.countOutcome(record.outcome);
    if (record.threadId !== undefined) metrics.recordLateness(record.lateness);
    this.#logRun(record);
    emit({ type: 'run', event: record });
  }

  #tellDecision(schedule: LiveSchedule, decision: Decision): void {
    const { log, metrics, emit } = this.#ports;
    const { key, outcome, count, fromMs, untilMs, reason, error } = decision;
    countOutcome(schedule, outcome, count);
    metrics.countOutcome(outcome, count);
    const fields = { key, outcome, ...(reason && { reason }), fromMs, untilMs, count, ...(error && { error }) };
    log[outcome === 'lock-error' ? 'error' : 'info'](fields, 'occurrence did not run');
    emit({ type: 'decision', event: decision });
  }

  #logRun(record: RunRecord): void {
    const { key, runId, outcome, lateness, startedAtMs, finishedAtMs, error } = record;
    const fields = { key, runId, outcome, latenessMs: lateness.totalMs, durationMs: finishedAtMs - startedAtMs };
    if (error === undefined) this.#ports.log.info(fields, 'run settled');
    else this.#ports.log.warn({ ...fields, error }, 'run settled');
  }

  /** What the store answers; undefined when it cannot. */
  async #answer<T>(asked: Promise<T>): Promise<T | undefined> {
    try {
      const answer = await asked;
      this.#health.worked();
      return answer;
    } catch (error) {
      this.#storeFailed(error);
      return undefined;
    }
  }

  #storeFailed(error: unknown): void {
    this.#ports.metrics.storeErrors += 1;
    this.#health.failed(error);
  }
}

function countRun(schedule: LiveSchedule, record: RunRecord): void {
  countOutcome(schedule, record.outcome, 1);
  schedule.lastRun = record;
  schedule.failuresInRow = failuresAfter(schedule.failuresInRow, record);
  if (isFailure(record.outcome)) schedule.lastFailure = record;
  if (isRunOutcome(record.outcome)) schedule.runCount += 1;
}

function countOutcome(schedule: LiveSchedule, outcome: RunRecord['outcome'], by: number): void {
  schedule.outcomes[outcome] = (schedule.outcomes[outcome] ?? 0) + by;
}
