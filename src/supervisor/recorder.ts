import type { DecisionReason, ErrorRecord, RunRecord, SkipOutcome } from '../machines/run.ts';
import { type Decision, isFailure, isRunOutcome } from '../machines/run.ts';
import { type Claim, failuresAfter, type SettledRun } from '../machines/schedule-state.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { SchedulerWarning, SupervisorEvent } from './protocol.ts';
import type { ScheduleRecord } from './schedule-registry.ts';
import type { StateStore } from './store.ts';
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

  /** False: the occurrence was had already. A store that cannot tell stops nobody. */
  async claim(claim: Claim): Promise<boolean> {
    try {
      const isTaken = await this.#ports.store.claim(claim);
      this.#health.worked();
      return isTaken;
    } catch (error) {
      this.#storeFailed(error);
      return true;
    }
  }

  /** Resolves once the store has the run, or has failed to take it. `schedule` is absent when it is not there any more. */
  settle(schedule: ScheduleRecord | undefined, settled: SettledRun): Promise<void> {
    const { metrics, emit, store } = this.#ports;
    const { record } = settled;
    if (schedule !== undefined) countRun(schedule, record);
    metrics.countOutcome(record.outcome);
    if (record.threadId !== undefined) metrics.recordLateness(record.lateness);
    this.#logRun(record);
    emit({ type: 'run', event: record });
    return this.#written(store.settle(settled));
  }

  /** For occurrences that do not run. */
  decide(schedule: ScheduleRecord, outcome: SkipOutcome, span: DecidedSpan): Promise<void> {
    const { clock, log, metrics, emit, store, nodeId } = this.#ports;
    const { key } = schedule.definition;
    countOutcome(schedule, outcome, span.count);
    metrics.countOutcome(outcome, span.count);
    const decision: Decision = { key, nodeId, outcome, ...span, atMs: clock.nowMs() };
    log[outcome === 'lock-error' ? 'error' : 'info']({ key, outcome, ...span }, 'occurrence did not run');
    emit({ type: 'decision', event: decision });
    return this.#written(store.decide(decision));
  }

  /** Runs a write that is not about an occurrence; its failure is told like that of any other. */
  write(write: (store: StateStore) => Promise<void>): Promise<void> {
    return this.#written(write(this.#ports.store));
  }

  warn(warning: SchedulerWarning): void {
    const { message, ...fields } = warning;
    this.#ports.log.warn(fields, message);
    this.#ports.emit({ type: 'warning', event: warning });
  }

  #logRun(record: RunRecord): void {
    const { key, runId, outcome, lateness, startedAtMs, finishedAtMs, error } = record;
    const fields = { key, runId, outcome, latenessMs: lateness.totalMs, durationMs: finishedAtMs - startedAtMs };
    if (error === undefined) this.#ports.log.info(fields, 'run settled');
    else this.#ports.log.warn({ ...fields, error }, 'run settled');
  }

  async #written(write: Promise<void>): Promise<void> {
    try {
      await write;
      this.#health.worked();
    } catch (error) {
      this.#storeFailed(error);
    }
  }

  #storeFailed(error: unknown): void {
    this.#ports.metrics.storeErrors += 1;
    this.#health.failed(error);
  }
}

function countRun(schedule: ScheduleRecord, record: RunRecord): void {
  countOutcome(schedule, record.outcome, 1);
  schedule.lastRun = record;
  schedule.failuresInRow = failuresAfter(schedule.failuresInRow, record);
  if (isFailure(record.outcome)) schedule.lastFailure = record;
  if (isRunOutcome(record.outcome)) schedule.runCount += 1;
}

function countOutcome(schedule: ScheduleRecord, outcome: RunRecord['outcome'], by: number): void {
  schedule.outcomes[outcome] = (schedule.outcomes[outcome] ?? 0) + by;
}
