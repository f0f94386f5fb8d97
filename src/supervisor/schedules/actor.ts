/**
 * Drives the machines. There is one table of transitions for all schedules (`machines/chart`). A schedule has a cycle
 * only while it is not at rest: an event for a schedule at rest begins one, and a cycle that comes to rest is reduced to
 * the schedule again.
 *
 * The machine asks for effects within a step. What an effect answers with is a fact. It is sent to the machine as soon as
 * it is known, but not before the step is complete.
 */
import {
  type TableState,
  type TransitionTable,
  transitionFor,
  transitionTable,
} from '../../machines/chart/transition-table.ts';
import { TransientMap } from '../../machines/collections/transient-map.ts';
import type { AbortReason, Occurrence } from '../../machines/run.ts';
import {
  restingContext,
  SCHEDULE_EFFECTS,
  type ScheduleContext,
  type ScheduleEffect,
  type ScheduleEvent,
  type Settlement,
  workOf,
} from '../../machines/schedule-events.ts';
import { scheduleMachine } from '../../machines/schedule-machine.ts';
import { type Answered, whenKnown } from '../ports/answered.ts';
import type { FactSource } from './facts.ts';
import type { LiveSchedule } from './live-schedule.ts';

/** What the machine asks for. See `schedule-machine.ts` for the facts that answer each. No answer rejects. */
export interface ScheduleEffects {
  acquire(schedule: LiveSchedule, occurrence: Occurrence): Answered<ScheduleEvent>;
  /** The facts of the run, each of which may stay unknown for ever: a run that was rejected never starts. */
  dispatch(schedule: LiveSchedule): FactSource;
  abort(schedule: LiveSchedule, reason: AbortReason): void;
  record(schedule: LiveSchedule, settlement: Settlement): Answered<ScheduleEvent>;
  release(schedule: LiveSchedule): void;
  /** Has the fact known now that the run was begun, if it was. Not asked for by the machine. */
  look(schedule: LiveSchedule): void;
  settleOverlap(schedule: LiveSchedule, occurrence: Occurrence): void;
  settleAborted(schedule: LiveSchedule, occurrence: Occurrence): void;
}

type State = TableState<ScheduleContext, ScheduleEvent, ScheduleEffect>;

const TABLE: TransitionTable<ScheduleContext, ScheduleEvent, ScheduleEffect> = transitionTable(
  scheduleMachine,
  new Set(SCHEDULE_EFFECTS),
);

/** A schedule from one rest to the next. */
class Cycle {
  readonly schedule: LiveSchedule;
  readonly context: ScheduleContext;
  state: State;
  isStepping = false;
  /** What became known within a step. */
  waiting: ScheduleEvent[] = [];

  constructor(schedule: LiveSchedule) {
    const { definition, rest, faultReason } = schedule;
    this.schedule = schedule;
    this.state = TABLE.get(rest) as State;
    this.context = restingContext(definition.key, rest, faultReason);
  }
}

export class ScheduleActors {
  readonly #onRest: (schedule: LiveSchedule) => void;
  readonly #live = new TransientMap<string, Cycle>();
  /** Those who wait for a schedule to come to rest, by its key. */
  readonly #awaited = new Map<string, (() => void)[]>();
  #effects: ScheduleEffects | null = null;
  /** How many of the schedules that are not at rest are acquiring what their run needs. */
  acquiringCount = 0;

  /** @param onRest Called when a schedule has come to rest: `rest` says where. */
  constructor(onRest: (schedule: LiveSchedule) => void) {
    this.#onRest = onRest;
  }

  /** Gives the machines their effects, before the first event. */
  perform(effects: ScheduleEffects): void {
    this.#effects = effects;
  }

  /** How many schedules are not at rest. */
  get liveCount(): number {
    return this.#live.size;
  }

  isLive(key: string): boolean {
    return this.#live.has(key);
  }

  /** Whether the run at hand is still to be claimed. */
  isAcquiring(key: string): boolean {
    return this.#live.get(key)?.state.name === 'locking';
  }

  /** Whether the run at hand must not start, or must end. */
  isAbandoned(key: string): boolean {
    return (this.#live.get(key)?.context.abortReason ?? null) !== null;
  }

  /** What the run at hand does; null when there is none. */
  workOf(key: string): ReturnType<typeof workOf> | null {
    const cycle = this.#live.get(key);
    if (cycle === undefined) return null;
    this.#look(cycle);
    return workOf(cycle.context);
  }

  /** The machine's state: its top-level name. */
  stateOf(schedule: LiveSchedule): string {
    return this.#live.get(schedule.definition.key)?.state.name ?? schedule.rest;
  }

  /** Those whose last run cannot be ended. */
  quarantined(): ReadonlySet<LiveSchedule> {
    const cycles = [...this.#live.values()].filter(({ state }) => state.name === 'quarantined');
    return new Set(cycles.map(({ schedule }) => schedule));
  }

  /** Resolves when the last run is recorded: others hear of its end before that. Null if nothing is being recorded. */
  whenRecorded(schedule: LiveSchedule): Promise<void> | null {
    if (this.stateOf(schedule) !== 'recording') return null;
    const { key } = schedule.definition;
    return new Promise((resolve) => this.#awaited.set(key, [...(this.#awaited.get(key) ?? []), resolve]));
  }

  send(schedule: LiveSchedule, event: ScheduleEvent): void {
    const cycle = this.#live.get(schedule.definition.key) ?? this.#begin(schedule);
    if (cycle.isStepping) {
      cycle.waiting.push(event);
      return;
    }
    // A pause prevents a run that was not begun, and lets one go on that was.
    if (event.type === 'schedule.paused') this.#look(cycle);
    this.#stepWith(cycle, event);
  }

  /** A run may have begun before a message says so. */
  #look({ state, context, schedule }: Cycle): void {
    if (state.name === 'running' && !context.hasStarted) this.#effects?.look(schedule);
  }

  #begin(schedule: LiveSchedule): Cycle {
    const cycle = new Cycle(schedule);
    this.#live.set(schedule.definition.key, cycle);
    return cycle;
  }

  /** Takes the event, and then whatever became known meanwhile. */
  #stepWith(cycle: Cycle, event: ScheduleEvent): void {
    cycle.isStepping = true;
    try {
      this.#step(cycle, event);
      for (let next = cycle.waiting.shift(); next !== undefined; next = cycle.waiting.shift()) this.#step(cycle, next);
    } catch (error) {
      // It costs this step of this schedule. Whoever has sent the event has others to care for.
      queueMicrotask(() => {
        throw error;
      });
    }
    cycle.isStepping = false;
    const { schedule, context } = cycle;
    schedule.rest = context.rest;
    // A schedule without an occurrence at hand is at rest.
    if (context.occurrence === null) this.#reduce(cycle);
  }

  #step(cycle: Cycle, event: ScheduleEvent): void {
    const scope = { context: cycle.context, event };
    const transition = transitionFor(cycle.state, scope);
    if (transition === undefined) return;
    for (const step of transition.steps) {
      if (step.kind === 'update') Object.assign(cycle.context, step.update(scope));
      else this.#perform(step.effect, cycle, event);
    }
    cycle.state = transition.target;
  }

  #reduce({ schedule, context }: Cycle): void {
    this.#live.delete(context.key);
    schedule.faultReason = context.faultReason;
    this.#onRest(schedule);
    for (const resolve of this.#awaited.get(context.key) ?? []) resolve();
    this.#awaited.delete(context.key);
  }

  #perform(effect: ScheduleEffect, { schedule, context }: Cycle, event: ScheduleEvent): void {
    const effects = required(this.#effects);
    switch (effect) {
      case 'acquire':
        this.#acquire(schedule, required(context.occurrence));
        break;
      case 'dispatch':
        effects.dispatch(schedule).follow((fact) => this.send(schedule, fact));
        break;
      case 'record':
        void whenKnown(effects.record(schedule, required(context.settlement)), (fact) => this.send(schedule, fact));
        break;
      case 'release':
        effects.release(schedule);
        break;
      case 'abort':
        effects.abort(schedule, required(context.abortReason));
        break;
      case 'settleOverlap':
        effects.settleOverlap(schedule, occurrenceOf(event));
        break;
      case 'settleAborted':
        effects.settleAborted(schedule, occurrenceOf(event));
        break;
    }
  }

  #acquire(schedule: LiveSchedule, occurrence: Occurrence): void {
    this.acquiringCount += 1;
    void whenKnown(required(this.#effects).acquire(schedule, occurrence), (fact) => {
      this.acquiringCount -= 1;
      this.send(schedule, fact);
    });
  }
}

function required<T>(value: T | null): T {
  if (value === null) throw new TypeError('the machine asked for an effect without its subject');
  return value;
}

function occurrenceOf(event: ScheduleEvent): Occurrence {
  if (event.type !== 'occurrence.due') throw new TypeError(`${event.type} carries no occurrence`);
  return event.occurrence;
}
