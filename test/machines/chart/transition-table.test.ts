import { describe, expect, test } from 'vitest';
import { assign, type SnapshotFrom, setup, transition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { transitionFor, transitionTable } from '../../../src/machines/chart/transition-table.ts';
import {
  SCHEDULE_EFFECTS,
  type ScheduleContext,
  type ScheduleEffect,
  type ScheduleEvent,
} from '../../../src/machines/schedule-events.ts';
import { scheduleMachine } from '../../../src/machines/schedule-machine.ts';
import { EVENTS } from '../../support/machine-events.ts';

const TABLE = transitionTable<ScheduleContext, ScheduleEvent, ScheduleEffect>(
  scheduleMachine,
  new Set(SCHEDULE_EFFECTS),
);

/** Where a schedule stands after an event, and what the event has asked for. */
interface Step {
  readonly path: string;
  readonly context: ScheduleContext;
  /** Each effect with the context in which it was asked for. */
  readonly effects: readonly (readonly [string, ScheduleContext])[];
}

type Snapshot = SnapshotFrom<typeof scheduleMachine>;

/** By xstate, which is what the machine means. */
function byMachine(snapshot: Snapshot, event: ScheduleEvent): Step {
  const [next, actions] = transition(scheduleMachine, snapshot, event);
  const effects = actions.map(({ type, info }) => [type, info.context as ScheduleContext] as const);
  return { path: pathOf(next), context: next.context, effects };
}

function byTable(snapshot: Snapshot, event: ScheduleEvent): Step {
  const effects: [string, ScheduleContext][] = [];
  const context = { ...snapshot.context };
  const state = TABLE.get(pathOf(snapshot)) as NonNullable<ReturnType<typeof TABLE.get>>;
  const scope = { context, event };
  const taken = transitionFor(state, scope);
  for (const step of taken?.steps ?? []) {
    if (step.kind === 'effect') effects.push([step.effect, { ...context }]);
    else Object.assign(context, step.update(scope));
  }
  return { path: (taken?.target ?? state).path, context, effects };
}

function pathOf({ value }: Pick<Snapshot, 'value'>): string {
  return typeof value === 'string' ? value : (Object.entries(value)[0]?.join('.') ?? '');
}

describe('a transition table', () => {
  const paths = getShortestPaths(scheduleMachine, { events: [...EVENTS], input: { key: 'p/s' }, limit: 20_000 });

  test('leads from every state that can be reached, at every event, to where the machine of xstate leads', () => {
    expect(paths.length).toBeGreaterThan(100);
    for (const { state, steps } of paths) {
      for (const event of EVENTS) {
        const life = [...steps.slice(1).map((step) => step.event), event];
        expect(byTable(state, event), JSON.stringify(life)).toEqual(byMachine(state, event));
      }
    }
  });

  const machine = setup({ types: { events: {} as { readonly type: 'go' } }, actions: { act: () => {} } });
  const known = { act: { actions: 'act' } } as const;
  test.each([
    ['an action at the exit', { initial: 'a', states: { a: { exit: 'act' } } }],
    ['a transition without an event', { initial: 'a', states: { a: { always: 'b' }, b: {} } }],
    ['a transition after some time', { initial: 'a', states: { a: { after: { 10: 'b' } }, b: {} } }],
    ['states beside each other', { type: 'parallel', states: { a: {}, b: {} } }],
    ['a final state', { initial: 'a', states: { a: { type: 'final' } } }],
    ['an event with a wildcard', { initial: 'a', states: { a: { on: { '*': known.act } } } }],
    ['a state that is entered again', { initial: 'a', states: { a: { on: { go: { target: 'a', reenter: true } } } } }],
    ['an action without a name', { initial: 'a', states: { a: { on: { go: { actions: () => {} } } } } }],
    ['a guard without a name', { initial: 'a', states: { a: { on: { go: { guard: () => true, target: 'a' } } } } }],
    [
      'an assignment field by field',
      { initial: 'a', states: { a: { on: { go: { actions: assign({ x: () => 1 } as never) } } } } },
    ],
  ])('refuses %s', (_what, config) => {
    const made = machine.createMachine(config as Parameters<typeof machine.createMachine>[0]);
    expect(() => transitionTable(made, new Set(['act']))).toThrow(TypeError);
  });
});
