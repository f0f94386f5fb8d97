import { describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import {
  isResting,
  SCHEDULE_EFFECTS,
  type ScheduleEffect,
  type ScheduleEvent,
  type ScheduleEventType,
  workOf,
} from '../../src/machines/schedule-events.ts';
import { scheduleMachine } from '../../src/machines/schedule-machine.ts';
import { EVENTS, manualRun } from '../support/machine-events.ts';

type StateName =
  | 'idle'
  | 'locking.wanted'
  | 'locking.abandoned'
  | 'running.queued'
  | 'running.executing'
  | 'running.stopping'
  | 'recording'
  | 'quarantined'
  | 'paused'
  | 'faulted'
  | 'removed';

/**
 * Written by hand: for each state, what each event leads to and which effects it has. Unlisted pairs change nothing.
 */
const DECISIONS: Record<StateName, Partial<Record<ScheduleEventType | 'manual' | 'quarantined', string>>> = {
  idle: {
    'occurrence.due': 'locking.wanted: acquire',
    manual: 'locking.wanted: acquire',
    'schedule.paused': 'paused',
    'schedule.faulted': 'faulted',
    'schedule.removed': 'removed',
  },
  'locking.wanted': {
    'occurrence.due': 'locking.wanted: settleOverlap',
    manual: 'locking.wanted: settleOverlap',
    'lock.granted': 'running.queued: dispatch',
    'lock.contended': 'recording: record',
    'lock.failed': 'recording: record',
    'lock.lost': 'recording: record',
    'abort.requested': 'locking.abandoned',
    'schedule.paused': 'locking.abandoned',
    'schedule.removed': 'locking.abandoned',
  },
  'locking.abandoned': {
    'occurrence.due': 'locking.abandoned: settleOverlap',
    manual: 'locking.abandoned: settleOverlap',
    'lock.granted': 'recording: record',
    'lock.contended': 'recording: record',
    'lock.failed': 'recording: record',
    'lock.lost': 'recording: record',
  },
  'running.queued': {
    'occurrence.due': 'running.queued: settleOverlap',
    manual: 'running.queued: settleOverlap',
    'run.rejected': 'recording: record',
    'run.started': 'running.executing',
    'run.reported': 'recording: record',
    quarantined: 'recording: record',
    'abort.requested': 'running.stopping: abort',
    'lock.lost': 'running.stopping: abort',
    'schedule.paused': 'running.stopping: abort',
    'schedule.removed': 'running.stopping: abort',
  },
  'running.executing': {
    'run.rejected': 'recording: record',
    'occurrence.due': 'running.executing: settleOverlap',
    manual: 'running.executing: settleOverlap',
    'run.reported': 'recording: record',
    quarantined: 'recording: record',
    'abort.requested': 'running.stopping: abort',
    'lock.lost': 'running.stopping: abort',
    'schedule.removed': 'running.stopping: abort',
  },
  'running.stopping': {
    'run.rejected': 'recording: record',
    'occurrence.due': 'running.stopping: settleOverlap',
    manual: 'running.stopping: settleOverlap',
    'run.reported': 'recording: record',
    quarantined: 'recording: record',
    'abort.requested': 'running.stopping: abort',
    'lock.lost': 'running.stopping: abort',
  },
  recording: {
    'occurrence.due': 'recording: settleOverlap',
    manual: 'recording: settleOverlap',
    'run.recorded': 'idle: release',
  },
  quarantined: {
    'occurrence.due': 'quarantined: settleOverlap',
    manual: 'quarantined: settleOverlap',
    'thread.released': 'idle: release',
  },
  paused: {
    'occurrence.due': 'paused: settleAborted',
    manual: 'locking.wanted: acquire',
    'schedule.resumed': 'idle',
    'schedule.faulted': 'faulted',
    'schedule.removed': 'removed',
  },
  faulted: {
    'occurrence.due': 'faulted: settleAborted',
    manual: 'faulted: settleAborted',
    'schedule.resumed': 'idle',
    'schedule.paused': 'paused',
    'schedule.removed': 'removed',
  },
  removed: { 'occurrence.due': 'removed: settleAborted', manual: 'removed: settleAborted' },
};

const ROUTES: Record<StateName, readonly ScheduleEvent[]> = (() => {
  const due = EVENTS[0] as ScheduleEvent;
  const granted: ScheduleEvent = { type: 'lock.granted' };
  const started: ScheduleEvent = { type: 'run.started' };
  const stuck: ScheduleEvent = { type: 'run.reported', settlement: { outcome: 'timed-out' }, isQuarantined: true };
  const ended: ScheduleEvent = { type: 'run.reported', settlement: { outcome: 'succeeded' }, isQuarantined: false };
  return {
    idle: [],
    'locking.wanted': [due],
    'locking.abandoned': [due, { type: 'abort.requested', reason: 'stop' }],
    'running.queued': [due, granted],
    'running.executing': [due, granted, started],
    'running.stopping': [due, granted, started, { type: 'abort.requested', reason: 'stop' }],
    recording: [due, granted, started, ended],
    quarantined: [due, granted, started, stuck, { type: 'run.recorded' }],
    paused: [{ type: 'schedule.paused' }],
    faulted: [{ type: 'schedule.faulted', reason: 'stuck' }],
    removed: [{ type: 'schedule.removed' }],
  };
})();

function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[parent, child]] = Object.entries(value as Record<string, string>) as [[string, string]];
  return `${parent}.${child}`;
}

function launch(events: readonly ScheduleEvent[]) {
  const effects: string[] = [];
  const actions = Object.fromEntries(SCHEDULE_EFFECTS.map((name) => [name, () => void effects.push(name)]));
  const actor = createActor(scheduleMachine.provide({ actions }), { input: { key: 'p/s' } });
  actor.start();
  for (const event of events) actor.send(event);
  return { actor, effects };
}

function decisionName(event: ScheduleEvent): keyof (typeof DECISIONS)['idle'] {
  if (event.type === 'occurrence.due' && event.occurrence.trigger === 'manual') return 'manual';
  if (event.type === 'run.reported' && event.isQuarantined) return 'quarantined';
  return event.type;
}

const PAIRS = (Object.keys(DECISIONS) as StateName[]).flatMap((state) =>
  EVENTS.map((event) => ({
    state,
    event,
    label: decisionName(event),
    decided: DECISIONS[state][decisionName(event)] ?? state,
  })),
);

describe('schedule machine', () => {
  test.each(PAIRS)('in $state, $label leads to $decided', ({ state, event, decided }) => {
    const { actor, effects } = launch(ROUTES[state]);
    expect(nameOf(actor.getSnapshot().value)).toBe(state);
    effects.length = 0;
    actor.send(event);
    const [reached, effect] = decided.split(': ');
    expect(nameOf(actor.getSnapshot().value)).toBe(reached);
    expect(effects).toEqual(effect === undefined ? [] : [effect]);
  });

  const paths = getShortestPaths(scheduleMachine, { events: [...EVENTS], input: { key: 'p/s' }, limit: 20_000 });

  test('reaches every state along some path', () => {
    const reached = new Set(paths.map(({ state }) => nameOf(state.value)));
    expect([...reached].sort()).toEqual(Object.keys(DECISIONS).sort());
  });

  test('on every path takes the lock once and gives it back once, records once, and dispatches at most once a run', () => {
    expect(paths.length).toBeGreaterThan(100);
    for (const { steps } of paths) {
      const { actor, effects } = launch(steps.slice(1).map(({ event }) => event as ScheduleEvent));
      for (const event of FINISHING) actor.send(event);
      expect(isResting(actor.getSnapshot().value), JSON.stringify(steps.map(({ event }) => event))).toBe(true);
      const count = (effect: ScheduleEffect): number => effects.filter((name) => name === effect).length;
      expect(count('release')).toBe(count('acquire'));
      expect(count('record')).toBe(count('acquire'));
      expect(count('dispatch')).toBeLessThanOrEqual(count('acquire'));
    }
  });

  test('does not start what was paused while it was locking', () => {
    const { actor, effects } = launch([
      ...ROUTES['locking.wanted'],
      { type: 'schedule.paused' },
      { type: 'lock.granted' },
    ]);
    expect(effects).not.toContain('dispatch');
    expect(actor.getSnapshot().context.settlement).toEqual({ outcome: 'aborted' });
    actor.send({ type: 'run.recorded' });
    expect(actor.getSnapshot().value).toBe('paused');
  });

  test('records as lost a lock that was lost before its run could start', () => {
    const { actor, effects } = launch([...ROUTES['locking.wanted'], { type: 'lock.lost' }]);
    expect(effects).not.toContain('dispatch');
    expect(actor.getSnapshot().context.settlement).toEqual({ outcome: 'lock-lost' });
  });

  test.each(['running.queued', 'running.executing', 'running.stopping'] as const)(
    'stops a run in %s for a lost lock, and says so',
    (state) => {
      const { actor } = launch([...ROUTES[state], { type: 'lock.lost' }]);
      expect(actor.getSnapshot().context.abortReason).toBe('lock-lost');
    },
  );

  test('lets a run that executes finish when its schedule is paused', () => {
    const { actor, effects } = launch([...ROUTES['running.executing'], { type: 'schedule.paused' }]);
    expect(effects).not.toContain('abort');
    actor.send({ type: 'run.reported', settlement: { outcome: 'succeeded' }, isQuarantined: false });
    actor.send({ type: 'run.recorded' });
    expect(actor.getSnapshot().value).toBe('paused');
  });

  test('keeps the lock of a quarantined run until its thread has exited', () => {
    const { actor, effects } = launch(ROUTES.quarantined);
    expect(effects).not.toContain('release');
    actor.send({ type: 'thread.released' });
    expect(effects).toContain('release');
  });

  test('rests paused again after a manual run of a paused schedule', () => {
    const { actor } = launch([...ROUTES.paused, { type: 'occurrence.due', occurrence: manualRun }, ...FINISHING]);
    expect(actor.getSnapshot().value).toBe('paused');
  });

  test.each([
    ['locking.wanted', 'waits'],
    ['running.queued', 'waits'],
    ['running.executing', 'executes'],
    ['running.stopping', 'executes'],
    ['recording', 'has-ended'],
    ['quarantined', 'executes'],
  ] as const)('says of %s that the code of its run %s', (state, work) => {
    expect(workOf(launch(ROUTES[state]).actor.getSnapshot().context)).toBe(work);
  });

  test('knows of a run that is stopped before its start that it waits, until it starts after all', () => {
    const { actor } = launch([...ROUTES['running.queued'], { type: 'abort.requested', reason: 'stop' }]);
    expect(workOf(actor.getSnapshot().context)).toBe('waits');
    actor.send({ type: 'run.started' });
    expect(workOf(actor.getSnapshot().context)).toBe('executes');
  });

  test('knows that a stuck thread executes, also while its run is recorded', () => {
    const { actor } = launch(ROUTES.quarantined.slice(0, -1));
    expect([actor.getSnapshot().value, workOf(actor.getSnapshot().context)]).toEqual(['recording', 'executes']);
    actor.send({ type: 'thread.released' });
    expect(workOf(actor.getSnapshot().context)).toBe('has-ended');
  });

  test('remembers a fault that came up during a run', () => {
    const { actor } = launch([
      ...ROUTES['running.executing'],
      { type: 'schedule.faulted', reason: 'stuck' },
      ...FINISHING,
    ]);
    expect(actor.getSnapshot().value).toBe('faulted');
    expect(actor.getSnapshot().context.faultReason).toBe('stuck');
  });
});

/** Brings any state to rest. */
const FINISHING: readonly ScheduleEvent[] = [
  { type: 'lock.granted' },
  { type: 'run.reported', settlement: { outcome: 'succeeded' }, isQuarantined: false },
  { type: 'run.recorded' },
  { type: 'thread.released' },
];
