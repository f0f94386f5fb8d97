/** The schedules of this node: how they come, change and go, and how each of them stands. */
import { UnknownScheduleError } from '../errors.ts';
import { hintFor } from '../machines/did-you-mean.ts';
import type { ScheduleEntry } from '../machines/schedule-entries.ts';
import { fold, isContinued, type ScheduleState } from '../machines/schedule-state.ts';
import type { ScheduleCounts } from './observing/metrics-report.ts';
import type { Onlookers } from './operator-protocol.ts';
import type { Pauses } from './pausing/pauses.ts';
import type { Timetable } from './planning/timetable.ts';
import type { Clock } from './ports/clock.ts';
import { Slicer } from './ports/slicer.ts';
import type { Positions } from './positioning/positions.ts';
import type { Recorder } from './recording/recorder.ts';
import type { ScheduleStateName, ScheduleStatus } from './scheduler-reports.ts';
import type { ScheduleActors } from './schedules/actor.ts';
import type { EarlierStarts } from './schedules/changing/new-schedules.ts';
import type { ScheduleDefinition } from './schedules/definition.ts';
import { anchor, isActive, type LiveSchedule, liveSchedule, takeOverStart } from './schedules/live-schedule.ts';
import type { ScheduleRunner } from './schedules/plugin-changes.ts';
import type { ScheduleRegistry } from './schedules/registry.ts';
import { scheduleStatus, stateNameOf } from './schedules/status.ts';
import { Watching } from './watching/watching.ts';

export interface ScheduleBookParts {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly registry: ScheduleRegistry;
  readonly actors: ScheduleActors;
  readonly timetable: Timetable;
  readonly pauses: Pauses;
  readonly positions: Positions;
  readonly onlookers?: Pick<Onlookers, 'isHeard'>;
}

export class ScheduleBook implements ScheduleRunner {
  /** What becomes known of schedules to those who do not look. */
  readonly watching: Watching;
  readonly #parts: ScheduleBookParts;

  constructor(parts: ScheduleBookParts) {
    this.#parts = parts;
    this.watching = new Watching(parts);
  }

  /**
   * Adds a schedule where `known` left it, or as one that has missed nothing. What fell due since then was missed,
   * unless the schedule begins anew: see `isContinued`. It falls due once it is planned. With `earlier` it had been
   * running in an earlier supervisor thread, so that this is no start of what was known. The start there is still due if
   * that thread did not come to it.
   */
  add(definition: ScheduleDefinition, known: ScheduleState | undefined, earlier?: EarlierStarts): LiveSchedule {
    const { clock, registry, pauses, recorder, positions } = this.#parts;
    const nowMs = clock.nowMs();
    const leaving = registry.find(definition.key);
    if (leaving !== undefined) return this.#revive(leaving, definition);
    const isKept = known !== undefined && isContinued(known, definition.times);
    const entry = this.#registration(definition, isKept ? known.cursorMs : nowMs, nowMs);
    const schedule = liveSchedule(definition, fold(known, entry) as ScheduleState);
    schedule.isShared = this.#isShared(definition);
    if (!isKept) schedule.countsFromMs = nowMs;
    if (earlier === undefined || known === undefined) recorder.begin(schedule, nowMs);
    else takeOverStart(schedule, earlier.get(definition.key) ?? null);
    registry.add(schedule);
    void recorder.write(entry);
    this.watching.watch(schedule);
    // A new one is not paused, and stands at the present instant.
    if (known !== undefined) {
      pauses.watch(schedule);
      positions.added(schedule, { isChanged: !isKept });
    }
    return schedule;
  }

  /** One that was removed comes again before its last run has ended. It has missed nothing, unless nodes share it. */
  #revive(schedule: LiveSchedule, definition: ScheduleDefinition): LiveSchedule {
    const nowMs = this.#parts.clock.nowMs();
    const { state, position, isShared } = schedule;
    const isKept = isShared && isContinued(state, definition.times);
    this.#take(schedule, definition, isKept ? state.cursorMs : Math.max(position.cursorMs, nowMs));
    this.#parts.positions.look(schedule, { isChanged: !isKept });
    if (!isKept) [schedule.backlog, schedule.countsFromMs] = [null, nowMs];
    this.#parts.recorder.begin(schedule, nowMs);
    this.#parts.actors.send(schedule, { type: state.pause === undefined ? 'schedule.resumed' : 'schedule.paused' });
    return schedule;
  }

  plan(schedule: LiveSchedule): void {
    this.#parts.timetable.plan(schedule);
  }

  /** Plans a queued schedule anew: it may be due sooner than it was thought to be. */
  planIfQueued(key: string): void {
    const { registry, timetable } = this.#parts;
    const schedule = registry.find(key);
    if (schedule !== undefined && timetable.isQueued(schedule)) timetable.plan(schedule);
  }

  /** Queues what could fall due and is not queued: nothing, unless there is a fault. Resolves to the keys. */
  async replanForgotten(): Promise<string[]> {
    const { clock, registry, timetable, actors } = this.#parts;
    const slicer = new Slicer(clock);
    const forgotten: string[] = [];
    for (const schedule of registry.all()) {
      const { key } = schedule.definition;
      if (!timetable.isKnown(schedule) && !actors.isLive(key) && isActive(schedule)) {
        timetable.plan(schedule);
        forgotten.push(key);
      }
      if (slicer.step()) await slicer.pause();
    }
    return forgotten;
  }

  /** Puts a new version of a schedule in the place of the present one. A changed calendar has missed nothing. */
  replace(schedule: LiveSchedule, definition: ScheduleDefinition): void {
    const { clock, actors, timetable, positions, recorder } = this.#parts;
    const { state, position } = schedule;
    const isKept = isContinued(state, definition.times);
    const nowMs = clock.nowMs();
    // An occurrence that is still being claimed lies after the cursor of the state.
    const fromMs = isKept ? state.cursorMs : Math.max(position.cursorMs, nowMs);
    if (!isKept) schedule.backlog = null;
    this.#take(schedule, definition, fromMs);
    if (!isKept) recorder.begin(schedule, nowMs);
    positions.look(schedule, { isChanged: !isKept });
    if (schedule.rest === 'faulted') actors.send(schedule, { type: 'schedule.resumed' });
    timetable.plan(schedule);
  }

  /** Ends a schedule: its run, if there is one, is aborted, after which the schedule is gone. */
  remove(schedule: LiveSchedule): void {
    const { timetable, actors } = this.#parts;
    timetable.remove(schedule);
    actors.send(schedule, { type: 'schedule.removed' });
  }

  /** A removed schedule has come to rest. */
  forget(schedule: LiveSchedule): void {
    const { timetable, registry, recorder, clock } = this.#parts;
    const { key } = schedule.definition;
    timetable.remove(schedule);
    registry.remove(key);
    this.watching.forget(schedule);
    recorder.endStarts(schedule);
    // Other nodes may still have it.
    if (!schedule.isShared) void recorder.write({ kind: 'forgotten', key, atMs: clock.nowMs() });
  }

  /** Registers every schedule as it is now with a store that has lost what it knew. */
  registerAll(): void {
    const { registry, recorder } = this.#parts;
    for (const { definition, state } of registry.all()) {
      void recorder.write(this.#registration(definition, state.cursorMs));
    }
  }

  /**
   * The store has another history than before, with these states. What this node knows beyond them holds there too:
   * schedules, occurrences that were dealt with, and pauses.
   */
  bringForward(stored: readonly ScheduleState[], adopt: (states: readonly ScheduleState[]) => void): void {
    const { registry, recorder } = this.#parts;
    const states = new Map(stored.map((state) => [state.key, state]));
    const entries: [LiveSchedule, ScheduleEntry][] = [];
    for (const schedule of registry.all()) {
      const { definition, state } = schedule;
      const { key } = definition;
      const known = states.get(key);
      if (known === undefined || known.cursorMs < state.cursorMs) {
        entries.push([schedule, this.#registration(definition, state.cursorMs)]);
      }
      if (state.pause !== undefined && known?.pause === undefined) {
        entries.push([schedule, { kind: 'paused', key, pause: state.pause }]);
        if (known !== undefined) states.set(key, { ...known, pause: state.pause });
      }
    }
    adopt([...states.values()]);
    for (const [schedule, entry] of entries) void recorder.change(schedule, entry);
  }

  find(key: string): LiveSchedule | undefined {
    return this.#parts.registry.find(key);
  }

  /** Throws an `UnknownScheduleError`. */
  get(key: string): LiveSchedule {
    const schedule = this.find(key);
    if (schedule !== undefined) return schedule;
    const keys = this.definitions().map((definition) => definition.key);
    throw new UnknownScheduleError(key, hintFor(key, keys));
  }

  definitions(): ScheduleDefinition[] {
    return [...this.#parts.registry.all()].map(({ definition }) => definition);
  }

  /** Grows when schedules come, go or are declared anew. */
  get revision(): number {
    return this.#parts.registry.revision;
  }

  all(): IterableIterator<LiveSchedule> {
    return this.#parts.registry.all();
  }

  stateOf(schedule: LiveSchedule): ScheduleStateName {
    return stateNameOf(schedule, this.#parts.actors.stateOf(schedule));
  }

  quarantined(): ReadonlySet<LiveSchedule> {
    return this.#parts.actors.quarantined();
  }

  statusOf(schedule: LiveSchedule): ScheduleStatus {
    return scheduleStatus(schedule, this.#parts.actors.stateOf(schedule), isActive(schedule));
  }

  statuses(): ScheduleStatus[] {
    return [...this.all()].map((schedule) => this.statusOf(schedule));
  }

  /** How many schedules rest where, or will when their run is over. A hundred thousand of them take milliseconds. */
  counts(): ScheduleCounts {
    const counts = { idle: 0, paused: 0, faulted: 0, disabled: 0, failing: 0 };
    for (const { rest, definition, state } of this.#parts.registry.all()) {
      if (rest === 'removed') continue;
      counts[rest === 'idle' && !definition.isEnabled ? 'disabled' : rest] += 1;
      if (state.failuresInRow > 0) counts.failing += 1;
    }
    return counts;
  }

  /** Puts a definition in the place of the present one, with the cursor at `cursorMs` or later. */
  #take(schedule: LiveSchedule, definition: ScheduleDefinition, cursorMs: number): void {
    this.#parts.registry.redefine(schedule, definition);
    anchor(schedule);
    schedule.isShared = this.#isShared(definition);
    void this.#parts.recorder.change(schedule, this.#registration(definition, cursorMs));
    this.watching.watch(schedule);
  }

  #isShared({ locking }: ScheduleDefinition): boolean {
    return this.#parts.recorder.isStoreShared && locking !== 'node-local';
  }

  #registration(definition: ScheduleDefinition, cursorMs: number, atMs = this.#parts.clock.nowMs()): ScheduleEntry {
    const { key } = definition;
    return { kind: 'registered', registration: { key, atMs, cursorMs, declared: definition.times } };
  }
}
