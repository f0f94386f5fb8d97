/**
 * Drives the machines. A live xstate actor costs about 4 KB, so one exists only while its schedule is not at rest: an
 * event for a schedule at rest wakes an actor, and an actor that comes to rest is reduced to the schedule again.
 *
 * The machine calls an effect within `send`. What the effect answers with is a fact, and comes back through `send` when
 * it is known, after the step at hand.
 */
import { type Actor, createActor } from 'xstate';
import type { AbortReason, Occurrence } from '../../machines/run.ts';
import {
  NO_RUN,
  type ScheduleContext,
  type ScheduleEffect,
  type ScheduleEvent,
  type Settlement,
  workOf,
} from '../../machines/schedule-events.ts';
import { scheduleMachine } from '../../machines/schedule-machine.ts';
import type { LiveSchedule } from './live-schedule.ts';

/** What the machine asks for. See `schedule-machine.ts` for the facts that answer each. No answer rejects. */
export interface ScheduleEffects {
  acquire(schedule: LiveSchedule, occurrence: Occurrence): Promise<ScheduleEvent>;
  /** The facts of the run, each of which may stay unknown for ever: a run that was rejected never starts. */
  dispatch(schedule: LiveSchedule): readonly Promise<ScheduleEvent>[];
  abort(schedule: LiveSchedule, reason: AbortReason): void;
  record(schedule: LiveSchedule, settlement: Settlement): Promise<ScheduleEvent>;
  release(schedule: LiveSchedule): void;
  settleOverlap(schedule: LiveSchedule, occurrence: Occurrence): void;
  settleAborted(schedule: LiveSchedule, occurrence: Occurrence): void;
}

interface LiveActor {
  readonly actor: Actor<typeof scheduleMachine>;
  readonly schedule: LiveSchedule;
  /** Sends a fact to the schedule. */
  readonly tell: (event: ScheduleEvent) => void;
}

interface EffectScope {
  readonly context: ScheduleContext;
  readonly event: ScheduleEvent;
}

export class ScheduleActors {
  readonly #onRest: (schedule: LiveSchedule) => void;
  readonly #live = new Map<string, LiveActor>();
  /** How many schedules are not at rest. */
  liveCount = 0;
  /** How many of them are acquiring what their run needs. */
  acquiringCount = 0;
  #machine = scheduleMachine;

  /** @param onRest Called when a schedule has come to rest: `rest` says where. */
  constructor(onRest: (schedule: LiveSchedule) => void) {
    this.#onRest = onRest;
  }

  /** Gives the machines their effects, before the first event. */
  perform(effects: ScheduleEffects): void {
    this.#machine = scheduleMachine.provide({ actions: this.#actions(effects) }) as typeof scheduleMachine;
  }

  isLive(key: string): boolean {
    return this.#live.has(key);
  }

  /** Whether the run at hand must not start, or must end. */
  isAbandoned(key: string): boolean {
    return (this.#live.get(key)?.actor.getSnapshot().context.abortReason ?? null) !== null;
  }

  /** What the run at hand does; null when there is none. */
  workOf(key: string): ReturnType<typeof workOf> | null {
    const context = this.#live.get(key)?.actor.getSnapshot().context;
    return context === undefined ? null : workOf(context);
  }

  /** The machine's state: its top-level name. */
  stateOf(schedule: LiveSchedule): string {
    const value = this.#live.get(schedule.definition.key)?.actor.getSnapshot().value;
    if (value === undefined) return schedule.rest;
    return typeof value === 'string' ? value : (Object.keys(value)[0] as string);
  }

  send(schedule: LiveSchedule, event: ScheduleEvent): void {
    const { tell } = this.#live.get(schedule.definition.key) ?? this.#wake(schedule);
    tell(event);
  }

  #wake(schedule: LiveSchedule): LiveActor {
    const { definition, rest, faultReason } = schedule;
    const { key } = definition;
    const snapshot = this.#machine.resolveState({ value: rest, context: { key, rest, faultReason, ...NO_RUN } });
    const actor = createActor(this.#machine, { snapshot, input: { key } });
    /** Within a step the snapshot still shows the state before the event. */
    let isStepping = false;
    const tell = (event: ScheduleEvent): void => {
      if (isStepping) {
        actor.send(event);
        return;
      }
      // A fact that comes after the actor has come to rest is for the actor that follows it.
      if (this.#live.get(key) !== live) {
        this.send(schedule, event);
        return;
      }
      isStepping = true;
      actor.send(event);
      isStepping = false;
      const { context } = actor.getSnapshot();
      schedule.rest = context.rest;
      // A schedule without an occurrence at hand is at rest.
      if (context.occurrence === null) this.#reduce(live);
    };
    const live: LiveActor = { actor, schedule, tell };
    this.#live.set(key, live);
    this.liveCount = this.#live.size;
    actor.start();
    return live;
  }

  #reduce({ actor, schedule }: LiveActor): void {
    const { key, faultReason } = actor.getSnapshot().context;
    this.#live.delete(key);
    this.liveCount = this.#live.size;
    actor.stop();
    schedule.faultReason = faultReason;
    this.#onRest(schedule);
  }

  #actions(effects: ScheduleEffects): Record<ScheduleEffect, (scope: EffectScope) => void> {
    const liveOf = ({ key }: ScheduleContext): LiveActor => this.#live.get(key) as LiveActor;
    return {
      acquire: ({ context }) => {
        const { schedule, tell } = this.#live.get(context.key) as LiveActor;
        this.acquiringCount += 1;
        void effects.acquire(schedule, required(context.occurrence)).then((fact) => {
          this.acquiringCount -= 1;
          tell(fact);
        });
      },
      dispatch: ({ context }) => {
        const { schedule, tell } = this.#live.get(context.key) as LiveActor;
        for (const fact of effects.dispatch(schedule)) void fact.then(tell);
      },
      record: ({ context }) => {
        const { schedule, tell } = this.#live.get(context.key) as LiveActor;
        void effects.record(schedule, required(context.settlement)).then(tell);
      },
      release: ({ context }) => effects.release((this.#live.get(context.key) as LiveActor).schedule),
      abort: ({ context }) => effects.abort(liveOf(context).schedule, required(context.abortReason)),
      settleOverlap: ({ context, event }) => effects.settleOverlap(liveOf(context).schedule, occurrenceOf(event)),
      settleAborted: ({ context, event }) => effects.settleAborted(liveOf(context).schedule, occurrenceOf(event)),
    };
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
