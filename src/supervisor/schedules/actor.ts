/**
 * Drives the machines. A live xstate actor costs about 4 KB, so one exists only while its schedule is not at rest: an
 * event for a schedule at rest wakes an actor from the record, and an actor that comes to rest is reduced to the record
 * again. Effects are called by the machine on the supervisor thread, within `send`; what they answer comes back through
 * `send`, which the machine's mailbox puts after the step at hand.
 */
import { type Actor, createActor } from 'xstate';
import type { AbortReason, Occurrence } from '../../machines/run.ts';
import type { Settlement } from '../../machines/schedule-machine.ts';
import {
  isResting,
  type RestingState,
  restingContext,
  type ScheduleContext,
  type ScheduleEffect,
  type ScheduleEvent,
  scheduleMachine,
} from '../../machines/schedule-machine.ts';
import type { LiveSchedule, ScheduleRegistry } from './registry.ts';

/** What the machine asks for. See `schedule-machine.ts` for what answers each. */
export interface ScheduleEffects {
  acquire(record: LiveSchedule, occurrence: Occurrence): void;
  dispatch(record: LiveSchedule): void;
  abort(record: LiveSchedule, reason: AbortReason): void;
  record(record: LiveSchedule, settlement: Settlement): void;
  release(record: LiveSchedule): void;
  settleOverlap(record: LiveSchedule, occurrence: Occurrence): void;
  settleAborted(record: LiveSchedule, occurrence: Occurrence): void;
  /** The schedule came to rest. Its record says where. */
  rested(record: LiveSchedule): void;
}

interface LiveActor {
  readonly actor: Actor<typeof scheduleMachine>;
  /** Within `send`: the snapshot still tells the state before the event. */
  isStepping: boolean;
}

interface EffectScope {
  readonly context: ScheduleContext;
  readonly event: ScheduleEvent;
}

export class ScheduleActors {
  readonly #effects: ScheduleEffects;
  readonly #registry: ScheduleRegistry;
  readonly #machine: typeof scheduleMachine;
  readonly #live = new Map<string, LiveActor>();

  constructor(registry: ScheduleRegistry, effects: ScheduleEffects) {
    this.#registry = registry;
    this.#effects = effects;
    this.#machine = scheduleMachine.provide({ actions: this.#actions() }) as typeof scheduleMachine;
  }

  /** How many schedules are not at rest. */
  get liveCount(): number {
    return this.#live.size;
  }

  liveKeys(): IterableIterator<string> {
    return this.#live.keys();
  }

  isLive(key: string): boolean {
    return this.#live.has(key);
  }

  /** Whether the run at hand is not to start, or is to end. */
  isAbandoned(key: string): boolean {
    return (this.#live.get(key)?.actor.getSnapshot().context.abortReason ?? null) !== null;
  }

  /** The machine's state: its top-level name. */
  stateOf(record: LiveSchedule): string {
    const value = this.#live.get(record.definition.key)?.actor.getSnapshot().value;
    if (value === undefined) return record.resting;
    return typeof value === 'string' ? value : (Object.keys(value)[0] as string);
  }

  /** Where the schedule is, or will go once the run at hand is over. */
  restOf(record: LiveSchedule): RestingState {
    return this.#live.get(record.definition.key)?.actor.getSnapshot().context.rest ?? record.resting;
  }

  send(record: LiveSchedule, event: ScheduleEvent): void {
    const key = record.definition.key;
    const live = this.#live.get(key) ?? this.#wake(record);
    if (live.isStepping) {
      live.actor.send(event);
      return;
    }
    live.isStepping = true;
    live.actor.send(event);
    live.isStepping = false;
    this.#reduceIfAtRest(record, live);
  }

  #reduceIfAtRest(record: LiveSchedule, live: LiveActor): void {
    const { value, context } = live.actor.getSnapshot();
    if (!isResting(value)) return;
    this.#live.delete(record.definition.key);
    live.actor.stop();
    record.resting = value;
    record.faultReason = context.faultReason;
    this.#effects.rested(record);
  }

  #wake(record: LiveSchedule): LiveActor {
    const { definition, resting, faultReason } = record;
    const context = restingContext(definition.key, resting, faultReason);
    const snapshot = this.#machine.resolveState({ value: resting, context });
    const actor = createActor(this.#machine, { snapshot, input: { key: definition.key } });
    const live = { actor, isStepping: false };
    this.#live.set(definition.key, live);
    actor.start();
    return live;
  }

  #actions(): Record<ScheduleEffect, (scope: EffectScope) => void> {
    const effects = this.#effects;
    const recordOf = ({ context }: EffectScope): LiveSchedule => this.#registry.get(context.key);
    return {
      acquire: (scope) => effects.acquire(recordOf(scope), present(scope.context.occurrence)),
      dispatch: (scope) => effects.dispatch(recordOf(scope)),
      abort: (scope) => effects.abort(recordOf(scope), present(scope.context.abortReason)),
      record: (scope) => effects.record(recordOf(scope), present(scope.context.settlement)),
      release: (scope) => effects.release(recordOf(scope)),
      settleOverlap: (scope) => effects.settleOverlap(recordOf(scope), occurrenceOf(scope.event)),
      settleAborted: (scope) => effects.settleAborted(recordOf(scope), occurrenceOf(scope.event)),
    };
  }
}

function present<T>(value: T | null): T {
  if (value === null) throw new TypeError('the machine asked for an effect without its subject');
  return value;
}

function occurrenceOf(event: ScheduleEvent): Occurrence {
  if (event.type !== 'occurrence.due') throw new TypeError(`${event.type} carries no occurrence`);
  return event.occurrence;
}
