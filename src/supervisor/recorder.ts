import type { Claim } from '../machines/ledger.ts';
import type { MissedSpan } from '../machines/missed-runs.ts';
import { type Decision, type ErrorRecord, isRunOutcome, type RunRecord, type SkipOutcome } from '../machines/run.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { SchedulerWarning, SupervisorEvent } from './protocol.ts';
import type { ScheduleRecord } from './schedule-registry.ts';
import type { StateStore } from './store.ts';

export interface RecorderPorts {
  readonly clock: Clock;
  readonly store: StateStore;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly nodeId: string;
  readonly emit: (event: SupervisorEvent) => void;
}

/**
 * Writes down how every occurrence ended: in the schedule's counters, the store, the log and the events, in one place, so
 * that they cannot disagree. A store that fails is told loudly and never stops the engine.
 */
export class Recorder {
  readonly #ports: RecorderPorts;

  constructor(ports: RecorderPorts) {
    this.#ports = ports;
  }

  /** False: another node has claimed the occurrence. */
  async claim(claim: Claim): Promise<boolean> {
    try {
      return await this.#ports.store.claim(claim);
    } catch (error) {
      this.#storeFailed(error);
      return true;
    }
  }

  /** Resolves once the store has the record, or has failed to take it. */
  settle(schedule: ScheduleRecord, record: RunRecord): Promise<void> {
    const { metrics, emit, store } = this.#ports;
    countOutcome(schedule, record.outcome, 1);
    schedule.lastRun = record;
    if (isRunOutcome(record.outcome)) schedule.runCount += 1;
    metrics.countOutcome(record.outcome);
    if (record.threadId !== undefined) metrics.recordLateness(record.lateness);
    this.#logRun(record);
    emit({ type: 'run', event: record });
    return this.#written(store.settle(record));
  }

  /** For occurrences that do not run. */
  decide(schedule: ScheduleRecord, outcome: SkipOutcome, span: MissedSpan & { error?: ErrorRecord }): Promise<void> {
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
    } catch (error) {
      this.#storeFailed(error);
    }
  }

  #storeFailed(error: unknown): void {
    const { metrics, store, log } = this.#ports;
    metrics.storeErrors += 1;
    const message = error instanceof Error ? error.message : String(error);
    log.error({ store: store.name, error: message }, 'store failed');
    this.#ports.emit({
      type: 'warning',
      event: { code: 'store-failed', message: `Store "${store.name}" failed: ${message}` },
    });
  }
}

function countOutcome(schedule: ScheduleRecord, outcome: RunRecord['outcome'], by: number): void {
  schedule.outcomes[outcome] = (schedule.outcomes[outcome] ?? 0) + by;
}
