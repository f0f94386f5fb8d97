/**
 * Runs schedules: the timetable says what is due, the machines decide, the run cycle carries out. It knows nothing of
 * plugins' code, threads or the host.
 */
import { ScheduleBusyError, UnknownRunError, UnknownScheduleError } from '../errors.ts';
import type { SkippedSpan } from '../machines/missed-runs/due-plan.ts';
import type { PassPlan } from '../machines/missed-runs/plan-pass.ts';
import type { Occurrence } from '../machines/run.ts';
import { reasonOf } from '../wire/error-record.ts';
import { Capacity } from './cluster/capacity.ts';
import type { Cluster } from './cluster/cluster.ts';
import { NodeLease } from './cluster/node-lease.ts';
import { SharedSchedules } from './cluster/shared-schedules.ts';
import { Turns } from './cluster/turns.ts';
import type { Locker } from './locking/locker.ts';
import { Pauses } from './pausing/pauses.ts';
import type { TickClockListener } from './planning/tick-clock.ts';
import { Timetable } from './planning/timetable.ts';
import type { PlanTaker } from './planning/timetable-parts.ts';
import type { OwnGroup } from './ports/groups.ts';
import type { RunPool } from './ports/run-pool.ts';
import type { NewHistory } from './ports/store.ts';
import { Positions } from './positioning/positions.ts';
import type { Recorder } from './recording/recorder.ts';
import { RunCycle, type RunCycleParts } from './running/run-cycle.ts';
import { type RunInProgress, sleepThrough } from './running/run-in-progress.ts';
import { ScheduleBook } from './schedule-book.ts';
import type { DrainReport, StopReport } from './scheduler-reports.ts';
import { ScheduleActors } from './schedules/actor.ts';
import { basisOf, isActive, type LiveSchedule, passFields } from './schedules/live-schedule.ts';
import { ScheduleRegistry } from './schedules/registry.ts';

/** What the engine works with and does not make itself. */
export interface EngineParts
  extends Pick<RunCycleParts, 'clock' | 'log' | 'nodeId' | 'newRunId' | 'emit' | 'onlookers' | 'calls'> {
  readonly pool: RunPool;
  readonly locker: Locker;
  readonly recorder: Recorder;
  readonly cluster: Cluster;
  readonly signOfLife: TickClockListener;
}

export class Engine implements PlanTaker {
  readonly schedules: ScheduleBook;
  /** What other nodes do to the schedules that they share with this one. */
  readonly shared: SharedSchedules;
  /** See `ScheduleRegistry`. */
  readonly absent: ScheduleRegistry['absent'];
  readonly nodeLease: NodeLease;
  /** The schedules that nodes have to agree on, as they are now. */
  readonly group: () => OwnGroup;
  readonly #parts: EngineParts;
  readonly #actors: ScheduleActors;
  readonly #timetable: Timetable;
  readonly #positions: Positions;
  readonly #pauses: Pauses;
  readonly #cycle: RunCycle;
  #isStopping = false;
  isDraining = false;

  constructor(parts: EngineParts) {
    const { clock, recorder, pool, cluster, signOfLife } = parts;
    this.#parts = parts;
    const registry = new ScheduleRegistry(() => cluster.announceSoon());
    [this.group, this.absent] = [() => registry.group, registry.absent];
    // A node that shares nothing has no turns to take.
    const capacity = recorder.isStoreShared || parts.locker.hasBackend ? new Capacity(pool) : null;
    const turns = capacity && new Turns(cluster, capacity);
    const actors = new ScheduleActors(this.#rested);
    const listener: TickClockListener = {
      woke: (at) => signOfLife.woke(at),
      slept: (forMs) => sleepThrough(this.live.values(), forMs),
      jumped: (byMs) => {
        signOfLife.jumped(byMs);
        this.#positions.jumped(byMs);
      },
    };
    const timetable = new Timetable({ clock, actors, turns, plans: this, pool, listener });
    const positions = new Positions({ clock, recorder, registry, actors, timetable });
    const pauses = new Pauses({ clock, recorder, timetable, actors, positions });
    this.nodeLease = new NodeLease(clock, recorder.isStoreShared, () => this.#cycle.loseShared());
    this.shared = new SharedSchedules({ registry, timetable, pauses });
    this.schedules = new ScheduleBook({ ...parts, registry, actors, timetable, pauses, positions });
    this.#cycle = new RunCycle({ ...parts, actors, timetable, pauses, capacity, nodeLease: this.nodeLease });
    actors.perform(this.#cycle);
    [this.#actors, this.#timetable, this.#pauses, this.#positions] = [actors, timetable, pauses, positions];
  }

  get queuedCount(): number {
    return this.#timetable.queuedCount;
  }

  get nextDueAtMs(): number | null {
    return this.isDraining ? null : this.#timetable.nextDueAtMs;
  }

  get clockCounts(): Timetable['counts'] {
    return this.#timetable.counts;
  }

  start(): void {
    this.#positions.start();
    this.#timetable.start();
  }

  /** From now on nothing falls due; runs under way go on. */
  hold(): void {
    this.#timetable.hold();
  }

  close(): void {
    this.nodeLease.close();
    this.#pauses.close();
    this.#timetable.close();
  }

  /** The runs that are under way. */
  get live(): RunCycle['runs'] {
    return this.#cycle.runs;
  }

  /**
   * What this node knows to have been done stays done, in the new history too. A run whose claim is gone has lost its
   * lock: another node may claim its schedule at any moment.
   */
  historyChanged({ schedules, forgottenRunIds }: NewHistory): void {
    this.#cycle.loseRuns(new Set(forgottenRunIds));
    this.schedules.bringForward(schedules, (known) => this.shared.adopt(known));
  }

  /** Starts a run now, and returns its id. Throws a `ScheduleBusyError` unless the schedule is idle or paused. */
  trigger(key: string, traceparent?: string): string {
    const schedule = this.schedules.get(key);
    const state = this.#actors.stateOf(schedule);
    if (state !== 'idle' && state !== 'paused') throw new ScheduleBusyError(key, state);
    this.#positions.look(schedule);
    schedule.collectedAt = this.#parts.clock.read();
    const nowMs = schedule.collectedAt.wallMs;
    const basis = basisOf(schedule);
    const trace = traceparent === undefined ? {} : { traceparent };
    const at = { scheduledAtMs: nowMs, dueAtMs: nowMs };
    const occurrence: Occurrence = { ...at, trigger: 'manual', ...trace, ...(basis && { basis }) };
    this.#actors.send(schedule, { type: 'occurrence.due', occurrence });
    return (this.live.get(key) as { runId: string }).runId;
  }

  /** See `ScheduleActors`. */
  whenRecorded(key: string): Promise<void> | null {
    return this.#actors.whenRecorded(this.schedules.get(key));
  }

  /** Aborts the signal of a run, or keeps it from starting. Throws an `UnknownRunError` unless it is under way. */
  abort(runId: string): RunInProgress {
    const run = this.live.withId(runId);
    if (run === undefined || run.report !== null) throw new UnknownRunError(runId);
    this.#actors.send(run.schedule, { type: 'abort.requested', reason: 'operator' });
    return run;
  }

  async pause(key: string, note?: string): Promise<void> {
    const schedule = this.schedules.get(key);
    await this.#pauses.pause(schedule, { atMs: this.#parts.clock.nowMs(), ...(note !== undefined && { note }) });
  }

  /** What fell due during the pause does not run. */
  async resume(key: string): Promise<void> {
    const schedule = this.schedules.get(key);
    if (!isActive(schedule)) await this.#pauses.resume(schedule);
  }

  /** Moves a schedule: the occurrences after `atMs` are planned anew. */
  async setPosition(key: string, atMs: number): Promise<void> {
    const schedule = this.schedules.get(key);
    if (schedule.rest === 'removed') throw new UnknownScheduleError(key, '');
    await this.#positions.place(schedule, atMs);
  }

  /** Nothing begins on this node any more, and its turns are the others'. Runs under way go on. */
  drain(): void {
    if (this.isDraining) return;
    this.isDraining = true;
    this.#timetable.drain();
    this.#parts.cluster.drain();
  }

  /** Waits for the runs under way, at most so long if there is a limit. */
  finish(timeoutMs: number | null): Promise<DrainReport> {
    return this.#cycle.finish(timeoutMs);
  }

  /** Nothing falls due any more, and the runs under way are drained. */
  async stop(drainMs: number): Promise<StopReport> {
    this.#isStopping = true;
    this.#timetable.hold();
    this.#pauses.close();
    return this.#cycle.drain(drainMs).finally(() => this.schedules.watching.close());
  }

  /** Records what will not run, and hands what is due to the schedule's machine. */
  carryOut(schedule: LiveSchedule, { run, skipped, backlog, passedMs }: PassPlan): void {
    schedule.backlog = backlog;
    for (const span of skipped) void this.#skip(schedule, span);
    if (run !== undefined) {
      const basis = schedule.isShared ? basisOf(schedule) : undefined;
      const { owed, cursorMs } = schedule.position;
      const isOwedKept = owed !== undefined && owed.scheduledAtMs > run.scheduledAtMs;
      // A lost run that is made up for lies before the cursor.
      schedule.position = { cursorMs: Math.max(cursorMs, run.scheduledAtMs), ...(isOwedKept && { owed }) };
      if (!this.#actors.isLive(schedule.definition.key)) schedule.isLateByTurn = schedule.waitsSince !== null;
      this.#actors.send(schedule, {
        type: 'occurrence.due',
        occurrence: { ...run, ...passFields(schedule, run.scheduledAtMs), ...(basis && { basis }) },
      });
    } else this.#moveOn(schedule, passedMs);
  }

  faulted(schedule: LiveSchedule, error: unknown): void {
    const { recorder, clock } = this.#parts;
    const { key } = schedule.definition;
    const reason = reasonOf(error);
    this.#actors.send(schedule, { type: 'schedule.faulted', reason });
    void recorder.change(schedule, { kind: 'faulted', key, atMs: clock.nowMs(), note: reason });
    recorder.warn({ code: 'schedule-faulted', message: `Schedule "${key}" is faulted: ${reason}`, key });
  }

  /** Nothing is to run: a lost run that is owed is given up, and what an earlier pass has done is passed over. */
  #moveOn(schedule: LiveSchedule, passedMs: number | undefined): void {
    const { position, collectedAt, definition } = schedule;
    const isGivenUp = position.owed !== undefined && position.owed.scheduledAtMs <= collectedAt.wallMs;
    if (!isGivenUp && (passedMs ?? Number.NEGATIVE_INFINITY) <= position.cursorMs) return;
    const cursorMs = Math.max(position.cursorMs, passedMs ?? position.cursorMs);
    void this.#parts.recorder.change(schedule, { kind: 'moved', key: definition.key, cursorMs });
  }

  async #skip(schedule: LiveSchedule, { outcome, ...span }: SkippedSpan): Promise<void> {
    const basis = basisOf(schedule);
    const { owed } = schedule.position;
    const isOwedKept = owed !== undefined && (outcome !== 'missed-skipped' || owed.scheduledAtMs > span.untilMs);
    const pass = passFields(schedule, span.fromMs);
    schedule.position = { cursorMs: span.untilMs, ...(isOwedKept && { owed }) };
    const isTaken = await this.#parts.recorder.decide(schedule, outcome, { ...span, ...pass, ...(basis && { basis }) });
    if (!isTaken) this.#timetable.retract(schedule);
  }

  readonly #rested = (schedule: LiveSchedule): void => {
    if (schedule.rest === 'removed') this.schedules.forget(schedule);
    else if (this.#isStopping) this.#timetable.ended(schedule);
    else this.#timetable.rested(schedule);
  };
}
