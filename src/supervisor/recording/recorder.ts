import { isForCluster } from '../../machines/admission.ts';
import type { Decision, DecisionReason, ErrorRecord, PlanBasis, SkipOutcome } from '../../machines/run.ts';
import type { Claim, ScheduleEntry, SettledRun } from '../../machines/schedule-entries.ts';
import { visibleMessage } from '../../wire/visible-text.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { StateStore, WriteAnswer } from '../ports/store.ts';
import type { SupervisorEvent } from '../protocol.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';
import { type LiveSchedule, learn } from '../schedules/live-schedule.ts';
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
  readonly pass?: number;
  readonly isManual?: true;
  readonly reason?: DecisionReason;
  readonly error?: ErrorRecord;
  /** Where the schedule stood before; absent where no other node could have moved it. */
  readonly basis?: PlanBasis;
}

/**
 * Writes down what becomes of every occurrence: in the schedule's state, the store, the log and the events, in one
 * place, so that they cannot disagree. A store that fails raises a warning and never stops the engine.
 */
export class Recorder {
  readonly #ports: RecorderPorts;
  readonly #health: StoreHealth;

  constructor(ports: RecorderPorts) {
    this.#ports = ports;
    this.#health = new StoreHealth(ports.clock, ports.store.name, (warning) => this.#report('error', warning));
  }

  get isStoreShared(): boolean {
    return this.#ports.store.isShared === true;
  }

  /**
   * Writes a run as started. Not taken: another run has the occurrence. If a private store fails the run goes ahead; if
   * a shared one fails this rejects, unless the schedule is node-local.
   */
  async claim(schedule: LiveSchedule, claim: Claim): Promise<WriteAnswer> {
    const { store } = this.#ports;
    const entry = { kind: 'claimed', claim } as const;
    const answer = await this.#write(entry).catch((error: unknown): WriteAnswer => {
      if (store.isShared === true && isForCluster(claim)) throw error;
      return { isTaken: true };
    });
    if (answer.isTaken) learn(schedule, entry);
    return answer;
  }

  /**
   * Resolves once the store has the run, or has failed to take it.
   * @param schedule Undefined when this node no longer has it.
   * @param whenReleased When a thread was given up: the store hears of its run after the thread has exited, so that no
   *   node runs another one beside it.
   */
  async settle(
    schedule: LiveSchedule | undefined,
    settled: SettledRun,
    whenReleased: Promise<unknown> | null,
  ): Promise<void> {
    const entry = { kind: 'settled', settled } as const;
    this.#reportRun(schedule, settled);
    if (whenReleased === null) await this.#write(entry).catch(() => undefined);
    else void whenReleased.then(() => this.write(entry));
  }

  /** The same for a run that its node did not finish. If another node was first, nothing is counted or reported. */
  async settleLost(schedule: LiveSchedule | undefined, settled: SettledRun): Promise<void> {
    if (!this.isStoreShared) return this.settle(schedule, settled, null);
    const answer = await this.write({ kind: 'settled', settled });
    if (answer?.isTaken !== false) this.#reportRun(schedule, settled);
  }

  /**
   * For occurrences that do not run. False: the store knows that another node was first, or that they lie in the future;
   * nothing is counted or reported.
   */
  async decide(schedule: LiveSchedule, outcome: SkipOutcome, { basis, ...span }: DecidedSpan): Promise<boolean> {
    const { clock, nodeId } = this.#ports;
    const decision: Decision = { key: schedule.definition.key, nodeId, outcome, ...span, atMs: clock.nowMs() };
    const entry = { kind: 'decided', decision, ...(basis && { basis }) } as const;
    const written = this.write(entry);
    const isJudged = basis !== undefined || this.isStoreShared;
    if (isJudged && (await written)?.isTaken === false) return false;
    learn(schedule, entry);
    this.#reportDecision(decision);
    await written;
    return true;
  }

  /** Writes something else that happened to a schedule. Never rejects. */
  async change(schedule: LiveSchedule, entry: ScheduleEntry): Promise<void> {
    learn(schedule, entry);
    await this.write(entry);
  }

  /** Writes an entry that changes no schedule of this node. Never rejects: undefined when the store failed. */
  write(entry: ScheduleEntry): Promise<WriteAnswer | undefined> {
    return this.#write(entry).catch(() => undefined);
  }

  /** Tells the store that this node is alive. Never rejects. */
  async beat(atMs: number): Promise<void> {
    try {
      await this.#ports.store.beat(atMs);
      if (this.#health.isFailing) this.#health.recovered();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A shared store refused something, because another node was first. */
  conflicted(): void {
    this.#ports.metrics.storeConflicts += 1;
  }

  warn(warning: SchedulerWarning): void {
    this.#report('warn', warning);
  }

  /** Hosts print messages, and a message may quote a plugin, a database or whoever pretends to be one. */
  #report(level: 'warn' | 'error', { message: text, ...fields }: SchedulerWarning): void {
    const message = visibleMessage(text);
    this.#ports.log[level](fields, message);
    this.#ports.emit({ type: 'warning', event: { ...fields, message } });
  }

  #reportRun(schedule: LiveSchedule | undefined, settled: SettledRun): void {
    const { metrics, emit, log } = this.#ports;
    const { record } = settled;
    if (schedule !== undefined) learn(schedule, { kind: 'settled', settled });
    metrics.countRun(record);
    const { key, runId, outcome, lateness, startedAtMs, finishedAtMs, error } = record;
    const fields = { key, runId, outcome, latenessMs: lateness.totalMs, durationMs: finishedAtMs - startedAtMs };
    if (error === undefined) log.info(fields, 'run settled');
    else log.warn({ ...fields, error }, 'run settled');
    emit({ type: 'run', event: record });
  }

  #reportDecision(decision: Decision): void {
    const { log, metrics, emit } = this.#ports;
    const { key, outcome, count, fromMs, untilMs, reason, error } = decision;
    metrics.countDecision(decision);
    const fields = { key, outcome, ...(reason && { reason }), fromMs, untilMs, count, ...(error && { error }) };
    log[outcome === 'lock-error' ? 'error' : 'info'](fields, 'occurrence did not run');
    emit({ type: 'decision', event: decision });
  }

  /** Rejects when the store fails, which is counted and reported. */
  async #write(entry: ScheduleEntry): Promise<WriteAnswer> {
    try {
      const answer = await this.#ports.store.write(entry);
      if (this.#health.isFailing) this.#health.recovered();
      return answer;
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  #failed(error: unknown): void {
    this.#ports.metrics.storeErrors += 1;
    this.#health.failed(error);
  }
}
