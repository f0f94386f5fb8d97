import { isForCluster } from '../../machines/admission.ts';
import type { AuditEntry } from '../../machines/operating/audit.ts';
import type { Repositioning } from '../../machines/position/repositioning.ts';
import {
  type Decision,
  type DecisionReason,
  type ErrorRecord,
  type PlanBasis,
  placeOf,
  type SkipOutcome,
} from '../../machines/run.ts';
import type { Claim, ScheduleEntry, SettledRun } from '../../machines/schedule-entries.ts';
import type { Notice } from '../../machines/watching/notices.ts';
import { type Answered, whenKnown } from '../ports/answered.ts';
import type { Clock } from '../ports/clock.ts';
import type { RunBudget } from '../ports/run-pool.ts';
import type { StateStore, WriteAnswer } from '../ports/store.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';
import { begin, keepStart, type LiveSchedule, learn } from '../schedules/live-schedule.ts';
import { Reporter, type ReporterPorts } from './reporter.ts';
import type { RunUsage } from './run-figures.ts';
import { StoreHealth } from './store-health.ts';

/** A private store has failed: the run goes ahead. */
const UNWRITTEN: WriteAnswer = Object.freeze({ isTaken: true });

export interface RecorderPorts extends ReporterPorts {
  readonly clock: Clock;
  readonly store: StateStore;
  readonly nodeId: string;
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
  readonly nodeId: string;
  readonly #ports: RecorderPorts;
  readonly #reporter: Reporter;
  readonly #health: StoreHealth;
  /** Called with the schedule of each run that has ended. */
  onRunSettled: (schedule: LiveSchedule) => void = () => {};

  constructor(ports: RecorderPorts) {
    [this.nodeId, this.#ports, this.#reporter] = [ports.nodeId, ports, new Reporter(ports)];
    this.#health = new StoreHealth(ports.clock, ports.store.name, (warning) =>
      this.#reporter.warning('error', warning),
    );
  }

  get isStoreShared(): boolean {
    return this.#ports.store.isShared === true;
  }

  /**
   * Writes a run as started. Not taken: another run has the occurrence. If a private store fails the run goes ahead; if
   * a shared one fails this rejects, unless the schedule is node-local.
   */
  claim(schedule: LiveSchedule, claim: Claim): Answered<WriteAnswer> {
    const entry = { kind: 'claimed', claim } as const;
    const written = this.#write(entry, (error) => {
      if (this.isStoreShared && isForCluster(claim)) throw error;
      return UNWRITTEN;
    });
    return whenKnown(written, (answer) => {
      if (!answer.isTaken) return answer;
      this.#ports.metrics.lastClaimAtMs = claim.claimedAtMs;
      learn(schedule, entry);
      return answer;
    });
  }

  /**
   * Answers once the store has the run, or has failed to take it.
   * @param schedule Undefined when this node no longer has it.
   * @param whenReleased When a thread was given up: the store hears of its run after the thread has exited, so that no
   *   node runs another one beside it.
   */
  settle(
    schedule: LiveSchedule | undefined,
    settled: SettledRun,
    whenReleased: Promise<unknown> | null,
  ): Answered<unknown> {
    const entry = { kind: 'settled', settled } as const;
    this.#reportRun(schedule, settled);
    if (whenReleased === null) return this.write(entry);
    void whenReleased.then(() => this.write(entry));
    return undefined;
  }

  /**
   * The same for a run that its node did not finish. If another node was first, it resolves to false, and nothing is
   * counted or reported.
   */
  async settleLost(schedule: LiveSchedule | undefined, settled: SettledRun): Promise<boolean> {
    if (!this.isStoreShared) {
      await this.settle(schedule, settled, null);
      return true;
    }
    const answer = await this.write({ kind: 'settled', settled });
    if (answer?.isTaken === false) return false;
    this.#reportRun(schedule, settled);
    return true;
  }

  /**
   * For occurrences that do not run. False: the store knows that another node was first, or that they lie in the future;
   * nothing is counted or reported.
   */
  decide(schedule: LiveSchedule, outcome: SkipOutcome, { basis, ...span }: DecidedSpan): Answered<boolean> {
    const { clock, nodeId } = this.#ports;
    const decision: Decision = { key: schedule.definition.key, nodeId, outcome, ...span, atMs: clock.nowMs() };
    const entry = { kind: 'decided', decision, ...(basis && { basis }) } as const;
    const written = this.write(entry);
    const isJudged = basis !== undefined || this.isStoreShared;
    if (isJudged) return whenKnown(written, (answer) => answer?.isTaken !== false && this.#decided(schedule, entry));
    this.#decided(schedule, entry);
    return whenKnown(written, () => true);
  }

  #decided(schedule: LiveSchedule, entry: Extract<ScheduleEntry, { kind: 'decided' }>): true {
    learn(schedule, entry);
    const { identity, source } = schedule.definition;
    this.#reporter.decision(entry.decision, { plugin: identity.plugin, place: placeOf(source) });
    return true;
  }

  /** Writes something else that happened to a schedule. Never rejects. */
  async change(schedule: LiveSchedule, entry: ScheduleEntry): Promise<void> {
    learn(schedule, entry);
    await this.write(entry);
  }

  /** The schedule begins: see `begin`. The host keeps when, for a supervisor thread that has to follow this one. */
  begin(schedule: LiveSchedule, nowMs: number): void {
    begin(schedule, nowMs);
    this.#reporter.begun(schedule);
  }

  /** The schedule was moved: see `keepStart`. */
  keepStart(schedule: LiveSchedule, change: Repositioning): void {
    keepStart(schedule, change);
    this.#reporter.begun(schedule);
  }

  /** The schedule is gone, so that nothing of it is due any more. */
  endStarts(schedule: LiveSchedule): void {
    schedule.startMs = null;
    this.#reporter.begun(schedule);
  }

  /** Writes an entry that changes no schedule of this node. Never rejects: undefined when the store failed. */
  write(entry: ScheduleEntry): Answered<WriteAnswer | undefined> {
    return this.#write(entry, () => undefined);
  }

  /** Writes what an operator did. The caller has made sure that the store keeps it. */
  keep(operation: AuditEntry): void {
    const failed = (error: unknown): void => this.#failed(error);
    try {
      const answer = this.#ports.store.operated?.(operation);
      if (answer instanceof Promise) void answer.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Why writes fail, and since when; null while they work. */
  get storeFailure(): StoreHealth['failure'] {
    return this.#health.failure;
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

  /** Counts how near a run of this node came to its limits. */
  used(plugin: string, budget: RunBudget, usage: RunUsage): void {
    this.#ports.metrics.runs.countUse(plugin, budget, usage);
  }

  /** Tells those who want to hear how a schedule stands. */
  notify(notice: Notice): void {
    this.#reporter.notice(notice);
  }

  /** A shared store refused something, because another node was first. */
  conflicted(): void {
    this.#ports.metrics.storeConflicts += 1;
  }

  warn(warning: SchedulerWarning): void {
    this.#reporter.warning('warn', warning);
  }

  #reportRun(schedule: LiveSchedule | undefined, settled: SettledRun): void {
    if (schedule !== undefined) learn(schedule, { kind: 'settled', settled });
    this.#reporter.run(settled.record);
    if (schedule !== undefined) this.onRunSettled(schedule);
  }

  /** When the store fails, that is counted and reported, and `otherwise` answers in its place. */
  #write<T>(entry: ScheduleEntry, otherwise: (error: unknown) => T): Answered<WriteAnswer | T> {
    const failed = (error: unknown): T => {
      this.#failed(error);
      return otherwise(error);
    };
    try {
      const answer = this.#ports.store.write(entry);
      return answer instanceof Promise ? answer.then(this.#answered, failed) : this.#answered(answer);
    } catch (error) {
      return failed(error);
    }
  }

  readonly #answered = (answer: WriteAnswer): WriteAnswer => {
    if (this.#health.isFailing) this.#health.recovered();
    return answer;
  };

  #failed(error: unknown): void {
    this.#ports.metrics.storeErrors += 1;
    this.#health.failed(error);
  }
}
