/**
 * Runs schedules: the timetable says what is due, the machines decide, the run cycle carries out. Knows nothing of
 * plugins' code, threads or the host.
 */

import { ScheduleBusyError, UnknownScheduleError } from '../errors.ts';
import { hintFor } from '../machines/did-you-mean.ts';
import type { Occurrence } from '../machines/run.ts';
import type { ScheduleState } from '../machines/schedule-state.ts';
import { reasonOf } from '../wire/error-record.ts';
import type { Cluster } from './cluster/cluster.ts';
import { SharedSchedules } from './cluster/shared-schedules.ts';
import { Turns } from './cluster/turns.ts';
import { Pauses } from './pausing/pauses.ts';
import { clockJumped } from './planning/clock-jumped.ts';
import { basisOf, Timetable, type TimetableListener } from './planning/timetable.ts';
import { type Clock, readInstant } from './ports/clock.ts';
import type { Metrics } from './recording/metrics.ts';
import type { Recorder } from './recording/recorder.ts';
import { Drain } from './running/drain.ts';
import { RunCycle, type RunCyclePorts } from './running/run-cycle.ts';
import type { ScheduleStatus, StopReport } from './scheduler-reports.ts';
import { ScheduleActors } from './schedules/actor.ts';
import { declaredTimes } from './schedules/definition.ts';
import { type LiveSchedule, type ScheduleDefinition, ScheduleRegistry } from './schedules/registry.ts';
import { scheduleStatus } from './schedules/status.ts';
import { takeUp } from './schedules/take-up.ts';

export interface EnginePorts extends RunCyclePorts {
  readonly cluster: Cluster;
  readonly metrics: Metrics;
  /** Called at every wake-up of the clock. */
  readonly beat: () => void;
}

export class Engine {
  /** What concerns the store that nodes share. */
  readonly shared: SharedSchedules;
  readonly #clock: Clock;
  readonly #recorder: Recorder;
  readonly #registry = new ScheduleRegistry();
  readonly #actors: ScheduleActors;
  readonly #cycle: RunCycle;
  readonly #timetable: Timetable;
  readonly #pauses: Pauses;
  readonly #turns: Turns;
  #drain: Drain | null = null;

  constructor(ports: EnginePorts) {
    this.#clock = ports.clock;
    this.#recorder = ports.recorder;
    this.#turns = new Turns(ports.cluster, ports.pool);
    this.#cycle = new RunCycle(ports, {
      tell: (record, event) => this.#actors.send(record, event),
      isAbandoned: (record) => this.#actors.isAbandoned(record.definition.key),
      isNodeTrusted: () => this.shared.isNodeTrusted(),
      refused: (record) => this.shared.refused(record),
      contended: (record, basis) => this.shared.contended(record, basis),
      worked: (durationMs) => this.#turns.worked(durationMs),
      settled: (record) => this.#pauses.settled(record),
      rested: (record) => this.#rested(record),
      ended: (run) => this.#drain?.settled(run),
    });
    this.#actors = new ScheduleActors(this.#registry, this.#cycle);
    this.#timetable = new Timetable(ports.clock, this.#listen(ports));
    this.#pauses = new Pauses({
      clock: ports.clock,
      recorder: ports.recorder,
      timetable: this.#timetable,
      tell: (record, event) => this.#actors.send(record, event),
    });
    this.shared = new SharedSchedules({
      clock: ports.clock,
      timetable: this.#timetable,
      pauses: this.#pauses,
      find: (key) => this.#registry.find(key),
      isStoreShared: ports.recorder.isStoreShared,
      onExpired: () => this.#cycle.abortShared(),
    });
  }

  get queuedCount(): number {
    return this.#timetable.queuedCount;
  }

  get nextDueAtMs(): number | null {
    return this.#timetable.nextDueAtMs;
  }

  start(): void {
    this.#timetable.start();
  }

  /** From now on nothing falls due; what is at hand goes on. */
  hold(): void {
    this.#timetable.hold();
  }

  close(): void {
    this.shared.close();
    this.#pauses.close();
    this.#timetable.close();
  }

  /** Takes a schedule up where `known` left it, or as one that has missed nothing. It falls due once it is planned. */
  add(definition: ScheduleDefinition, known: ScheduleState | undefined): LiveSchedule {
    const record = this.#registry.add(definition, this.#clock.nowMs());
    record.isShared = this.shared.includes(definition);
    if (known !== undefined) takeUp(record, known, this.#clock.nowMs());
    this.#pauses.watch(record);
    this.#register(record);
    return record;
  }

  /** Tells the store of every schedule as it is now: it has lost what it knew. */
  registerAll(): void {
    for (const record of this.#registry.all()) this.#register(record);
  }

  /** Queues what could fall due and is not queued: nothing, unless there is a fault. Returns the keys. */
  replanForgotten(): string[] {
    const forgotten = [...this.#registry.all()].filter(
      (record) =>
        !this.#timetable.isKnown(record) && !this.#actors.isLive(record.definition.key) && this.#isActive(record),
    );
    for (const record of forgotten) this.#timetable.plan(record);
    return forgotten.map(({ definition }) => definition.key);
  }

  /** The ids of the runs that are under way. */
  liveRunIds(): Set<string> {
    return new Set([...this.#cycle.live()].map(({ runId }) => runId));
  }

  plan(record: LiveSchedule): void {
    this.#timetable.plan(record);
  }

  /** Plans anew what waits for its time: it may be due sooner than was thought. */
  planIfQueued(key: string): void {
    const record = this.#registry.find(key);
    if (record !== undefined && this.#timetable.isQueued(record)) this.#timetable.plan(record);
  }

  /** Puts a new version of a schedule in the place of the present one. A changed calendar has missed nothing. */
  replace(record: LiveSchedule, definition: ScheduleDefinition): void {
    const { declared, timezone } = record.definition;
    const isSameCalendar = declared.cron === definition.declared.cron && timezone === definition.timezone;
    record.definition = definition;
    record.isShared = this.shared.includes(definition);
    if (!isSameCalendar) {
      record.cursorMs = Math.max(record.cursorMs, this.#clock.nowMs());
      record.owed = null;
      record.backlog = null;
    }
    this.#register(record);
    if (record.resting === 'faulted') this.#actors.send(record, { type: 'schedule.resumed' });
    this.#timetable.plan(record);
  }

  /** Ends a schedule: its run, if there is one, is aborted, after which the schedule is gone. */
  remove(record: LiveSchedule): void {
    this.#timetable.remove(record);
    this.#actors.send(record, { type: 'schedule.removed' });
  }

  find(key: string): LiveSchedule | undefined {
    return this.#registry.find(key);
  }

  /** Throws an `UnknownScheduleError`. */
  get(key: string): LiveSchedule {
    const record = this.#registry.find(key);
    if (record !== undefined) return record;
    const keys = this.definitions().map((definition) => definition.key);
    throw new UnknownScheduleError(key, hintFor(key, keys));
  }

  /** Starts a run now, and returns its id. Throws a `ScheduleBusyError` unless the schedule is idle or paused. */
  trigger(key: string): string {
    const record = this.get(key);
    const state = this.#actors.stateOf(record);
    if (state !== 'idle' && state !== 'paused') throw new ScheduleBusyError(key, state);
    record.collectedAt = readInstant(this.#clock);
    const nowMs = record.collectedAt.wallMs;
    record.dueCount += 1;
    const basis = basisOf(record);
    const occurrence: Occurrence = { scheduledAtMs: nowMs, dueAtMs: nowMs, trigger: 'manual', ...(basis && { basis }) };
    this.#actors.send(record, { type: 'occurrence.due', occurrence });
    return (this.#cycle.runOf(key) as { runId: string }).runId;
  }

  async pause(key: string, note?: string): Promise<void> {
    const record = this.get(key);
    await this.#pauses.pause(record, { atMs: this.#clock.nowMs(), ...(note !== undefined && { note }) });
  }

  /** What fell due during the pause does not run. */
  async resume(key: string): Promise<void> {
    const record = this.get(key);
    if (!this.#isActive(record)) await this.#pauses.resume(record);
  }

  /** The definitions of all schedules. */
  definitions(): ScheduleDefinition[] {
    return [...this.#registry.all()].map(({ definition }) => definition);
  }

  statuses(): ScheduleStatus[] {
    return [...this.#registry.all()].map((record) =>
      scheduleStatus(record, this.#actors.stateOf(record), this.#isActive(record)),
    );
  }

  /** Nothing falls due any more; live runs are drained. */
  async stop(drainMs: number): Promise<StopReport> {
    this.#timetable.hold();
    this.#pauses.close();
    this.#drain = new Drain({
      clock: this.#clock,
      live: () => this.#cycle.live(),
      abort: (run) => {
        const record = this.#registry.get(run.definition.key);
        this.#actors.send(record, { type: 'abort.requested', reason: 'stop' });
      },
    });
    return this.#drain.run(drainMs);
  }

  #listen({ metrics, recorder, beat }: EnginePorts): TimetableListener {
    return {
      due: (record, occurrence) => this.#actors.send(record, { type: 'occurrence.due', occurrence }),
      skipped: (record, { outcome, ...span }, basis) => {
        void recorder.decide(record, outcome, { ...span, ...(basis && { basis }) }).then((isTaken) => {
          if (!isTaken) this.shared.refused(record);
        });
      },
      forgiven: ({ definition: { key }, cursorMs }) => void recorder.write({ kind: 'moved', key, cursorMs }),
      waitMs: (record, nowMs) => {
        const state = this.#actors.stateOf(record);
        return this.#turns.waitMs(record, nowMs, { state, liveCount: this.#actors.liveCount });
      },
      isActive: (record) => this.#isActive(record),
      faulted: (record, error) => this.#faulted(record, error),
      isBusy: (record) => this.#actors.isLive(record.definition.key),
      isQuiet: () => this.#actors.liveCount === 0,
      ticked: () => {
        metrics.ticks += 1;
      },
      woke: () => {
        metrics.wakeUps += 1;
        beat();
      },
      jumped: (byMs) => {
        metrics.jumps += 1;
        recorder.warn(clockJumped(Math.round(byMs)));
      },
    };
  }

  #register(record: LiveSchedule): void {
    const { definition, cursorMs } = record;
    const registration = {
      key: definition.key,
      atMs: this.#clock.nowMs(),
      cursorMs,
      declared: declaredTimes(definition),
    };
    void this.#recorder.write({ kind: 'registered', registration });
  }

  #isActive(record: LiveSchedule): boolean {
    return record.definition.isEnabled && this.#actors.restOf(record) === 'idle';
  }

  #faulted(record: LiveSchedule, error: unknown): void {
    const reason = reasonOf(error);
    const { key } = record.definition;
    this.#actors.send(record, { type: 'schedule.faulted', reason });
    const atMs = this.#clock.nowMs();
    void this.#recorder.write({ kind: 'faulted', key, atMs, note: reason });
    this.#recorder.warn({ code: 'schedule-faulted', message: `Schedule "${key}" is faulted: ${reason}`, key });
  }

  #rested(record: LiveSchedule): void {
    if (record.resting === 'removed') {
      this.#timetable.remove(record);
      const { key } = record.definition;
      this.#registry.remove(key);
      // Other nodes may have it still.
      if (record.isShared) return;
      const atMs = this.#clock.nowMs();
      void this.#recorder.write({ kind: 'forgotten', key, atMs });
    } else if (this.#drain === null && !this.#timetable.isQueued(record)) {
      this.#timetable.plan(record);
    }
  }
}
