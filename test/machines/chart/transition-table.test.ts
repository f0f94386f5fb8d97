import { describe, expect, test } from 'vitest';
import { assign, createActor, setup } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { transitionFor, transitionTable } from '../../../src/machines/chart/transition-table.ts';
import {
  restingContext,
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

interface Life {
  readonly path: string;
  readonly context: ScheduleContext;
  /** Each effect with the context in which it was asked for. */
  readonly effects: readonly (readonly [string, ScheduleContext])[];
}

/** A life by xstate, which is what the machine means. */
function byActor(events: readonly ScheduleEvent[]): Life {
  const effects: [string, ScheduleContext][] = [];
  const actions = Object.fromEntries(
    SCHEDULE_EFFECTS.map((name) => [
      name,
      ({ context }: { readonly context: ScheduleContext }) => void effects.push([name, { ...context }]),
    ]),
  );
  const actor = createActor(scheduleMachine.provide({ actions }), { input: { key: 'p/s' } });
  actor.start();
  for (const event of events) actor.send(event);
  const { value, context } = actor.getSnapshot();
  const path = typeof value === 'string' ? value : Object.entries(value)[0]?.join('.');
  return { path: path ?? '', context, effects };
}

function byTable(events: readonly ScheduleEvent[]): Life {
  const effects: [string, ScheduleContext][] = [];
  const context = restingContext('p/s', 'idle');
  let state = TABLE.get('idle') as NonNullable<ReturnType<typeof TABLE.get>>;
  for (const event of events) {
    const scope = { context, event };
    const transition = transitionFor(state, scope);
    for (const step of transition?.steps ?? []) {
      if (step.kind === 'effect') effects.push([step.effect, { ...context }]);
      else Object.assign(context, step.update(scope));
    }
    state = transition?.target ?? state;
  }
  return { path: state.path, context, effects };
}

describe('a transition table', () => {
  const paths = getShortestPaths(scheduleMachine, { events: [...EVENTS], input: { key: 'p/s' }, limit: 20_000 });
  const lives = paths.map(({ steps }) => steps.slice(1).map(({ event }) => event as ScheduleEvent));

  test('leads from every state that can be reached, at every event, to where the machine of xstate leads', () => {
    expect(lives.length).toBeGreaterThan(100);
    for (const life of lives) {
      for (const event of EVENTS) {
        const events = [...life, event];
        expect(byTable(events), JSON.stringify(events)).toEqual(byActor(events));
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
