import { type Decision, type Place, placeOf, type RunRecord } from '../../machines/run.ts';
import type { Notice } from '../../machines/watching/notices.ts';
import { visibleMessage } from '../../wire/visible-text.ts';
import type { Logger } from '../ports/logger.ts';
import type { SupervisorEvent } from '../protocol.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';
import type { Metrics } from './metrics.ts';

export interface ReporterPorts {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly emit: (event: SupervisorEvent) => void;
}

/** Tells the log, the figures and the host of a fact, all three or none. */
export class Reporter {
  readonly #ports: ReporterPorts;

  constructor(ports: ReporterPorts) {
    this.#ports = ports;
  }

  run(record: RunRecord): void {
    const { metrics, emit, log } = this.#ports;
    metrics.countRun(record);
    const { key, runId, outcome, lateness, startedAtMs, finishedAtMs, error, fuel, fuelBudget } = record;
    const durationMs = finishedAtMs - startedAtMs;
    const executed = { ...(fuel !== undefined && { fuel }), ...(fuelBudget !== undefined && { fuelBudget }) };
    const fields = { key, ...placeOf(record), runId, outcome, latenessMs: lateness.totalMs, durationMs, ...executed };
    if (error === undefined) log.info(fields, 'run settled');
    else log.warn({ ...fields, error }, 'run settled');
    emit({ type: 'run', event: record });
  }

  decision(decision: Decision, of: { readonly plugin: string; readonly place: Place }): void {
    const { log, metrics, emit } = this.#ports;
    const { key, outcome, count, fromMs, untilMs, reason, error } = decision;
    metrics.countDecision(decision, of);
    const why = { ...(reason && { reason }), ...(error && { error }) };
    const fields = { key, ...of.place, outcome, fromMs, untilMs, count, ...why };
    log[outcome === 'lock-error' ? 'error' : 'info'](fields, 'occurrence did not run');
    emit({ type: 'decision', event: decision });
  }

  /** Hosts print messages, and a message may quote a plugin, a database or whoever pretends to be one. */
  warning(level: 'warn' | 'error', { message: text, ...fields }: SchedulerWarning): void {
    const message = visibleMessage(text);
    this.#ports.log[level](fields, message);
    this.#ports.emit({ type: 'warning', event: { ...fields, message } });
  }

  /** When its present start falls due has changed, if it runs once after each. */
  begun({ definition: { key, recurrence }, startMs }: LiveSchedule): void {
    if (recurrence.isCountedFromStart === true) this.#ports.emit({ type: 'begun', event: { key, startMs } });
  }

  /** How a schedule stands has changed. */
  notice(notice: Notice): void {
    this.#ports.emit({ type: 'notice', event: notice });
  }
}
