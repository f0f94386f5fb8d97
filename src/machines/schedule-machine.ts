/**
 * The life of one schedule, and the only place where its next state is decided. Pure: every effect is a named action
 * that the supervisor provides; its result comes back as an event. An actor lives only while its schedule is not at
 * rest: `idle`, `paused`, `faulted` and `removed` are the resting states, to which a plain record can be reduced.
 *
 * Invariants: one run at a time from `locking` until its thread has exited or answered; what falls due meanwhile is an
 * overlap (the timetable sends nothing of `run-all` unless the run executes); a pause or a removal before the start of `run()` prevents it; the lock is released after recording, and not
 * before a quarantined thread has exited.
 */
import { assign, setup } from 'xstate';
import type { AbortReason, Outcome } from './run.ts';
import {
  NO_RUN,
  type RestingState,
  restingContext,
  type ScheduleContext,
  type ScheduleEvent,
} from './schedule-events.ts';

const effect = (): void => {};

const schedule = setup({
  types: {
    context: {} as ScheduleContext,
    events: {} as ScheduleEvent,
    input: {} as { readonly key: string },
  },
  guards: {
    isManual: ({ event }) => event.type === 'occurrence.due' && event.occurrence.trigger === 'manual',
    isQuarantined: ({ context }) => context.isQuarantined,
    restsIdle: ({ context }) => context.rest === 'idle',
    restsFaulted: ({ context }) => context.rest === 'faulted',
    restsRemoved: ({ context }) => context.rest === 'removed',
  },
  actions: {
    /**
     * Take the run lock, claim the occurrence and write the run as started. Answered by one of the events `lock.*`.
     */
    acquire: effect,
    /** Hand the run to the pool; answered by `run.rejected`, or by `run.started` and `run.reported`. */
    dispatch: effect,
    /** Tell the run to stop, for `context.abortReason`. */
    abort: effect,
    /** Write `context.settlement`; answered by `run.recorded`. */
    record: effect,
    /** Give the run lock back. */
    release: effect,
    /** Settle the occurrence of the event as an overlap: it does not touch the run at hand. */
    settleOverlap: effect,
    /** Settle the occurrence of the event, which met a schedule that is not to run. */
    settleAborted: effect,
    takeOccurrence: assign(({ event }) => (event.type === 'occurrence.due' ? { occurrence: event.occurrence } : {})),
    noteStart: assign({ hasStarted: true }),
    keepReport: assign(({ event }) =>
      event.type === 'run.reported' ? { settlement: event.settlement, isQuarantined: event.isQuarantined } : {},
    ),
    keepLockError: assign(({ event }) =>
      event.type === 'lock.failed' ? { settlement: { outcome: 'lock-error' as const, error: event.error } } : {},
    ),
    keepAbortReason: assign(({ event }) => (event.type === 'abort.requested' ? { abortReason: event.reason } : {})),
    keepFault: assign(({ event }) => (event.type === 'schedule.faulted' ? { faultReason: event.reason } : {})),
    settleAs: assign((_, params: { readonly outcome: Outcome }) => ({ settlement: { outcome: params.outcome } })),
    restIn: assign((_, params: { readonly rest: RestingState }) => ({ rest: params.rest })),
    abandonFor: assign((_, params: { readonly reason: AbortReason }) => ({ abortReason: params.reason })),
    clearFault: assign({ faultReason: null }),
    clearRun: assign(NO_RUN),
  },
});

const rest = <const R extends RestingState>(state: R) => ({ type: 'restIn' as const, params: { rest: state } });
const settle = <const O extends Outcome>(outcome: O) => ({ type: 'settleAs' as const, params: { outcome } });
const abandon = <const R extends AbortReason>(reason: R) => ({ type: 'abandonFor' as const, params: { reason } });

/** While a run is at hand: what falls due is an overlap, and changes of the schedule wait for the run's end. */
const whileBusy = {
  'occurrence.due': { actions: 'settleOverlap' },
  'schedule.faulted': { actions: ['keepFault', rest('faulted')] },
  'schedule.resumed': { actions: ['clearFault', rest('idle')] },
} as const;

/** The run is over: its lock is given back, and the schedule goes to rest where it belongs. */
const toRest = [
  { guard: 'restsIdle', target: '#schedule.idle', actions: ['release', 'clearRun'] },
  { guard: 'restsRemoved', target: '#schedule.removed', actions: ['release', 'clearRun'] },
  { guard: 'restsFaulted', target: '#schedule.faulted', actions: ['release', 'clearRun'] },
  { target: '#schedule.paused', actions: ['release', 'clearRun'] },
] as const;

export const scheduleMachine = schedule.createMachine({
  id: 'schedule',
  context: ({ input }) => restingContext(input.key, 'idle'),
  initial: 'idle',
  states: {
    idle: {
      on: {
        'occurrence.due': { target: 'locking', actions: 'takeOccurrence' },
        'schedule.paused': { target: 'paused' },
        'schedule.faulted': { target: 'faulted', actions: 'keepFault' },
        'schedule.removed': { target: 'removed' },
      },
    },
    locking: {
      entry: 'acquire',
      initial: 'wanted',
      on: {
        ...whileBusy,
        'lock.granted': { target: 'running' },
        'lock.contended': { target: 'recording', actions: settle('contended') },
        'lock.failed': { target: 'recording', actions: 'keepLockError' },
        'lock.lost': { target: 'recording', actions: settle('lock-lost') },
        'abort.requested': { target: '.abandoned', actions: 'keepAbortReason' },
        'schedule.paused': { target: '.abandoned', actions: [rest('paused'), abandon('pause')] },
        'schedule.removed': { target: '.abandoned', actions: [rest('removed'), abandon('removed')] },
      },
      states: {
        wanted: {},
        /** The run must not start any more; what was asked for is still awaited, so that nothing stays taken. */
        abandoned: { on: { 'lock.granted': { target: '#schedule.recording', actions: settle('aborted') } } },
      },
    },
    running: {
      entry: 'dispatch',
      initial: 'queued',
      on: {
        ...whileBusy,
        // Also when the run is to be stopped meanwhile: a run that the pool has refused is never reported.
        'run.rejected': { target: 'recording', actions: settle('pool-full') },
        'run.reported': { target: 'recording', actions: 'keepReport' },
        'schedule.removed': { target: '.stopping', actions: [rest('removed'), abandon('removed'), 'abort'] },
        'abort.requested': { target: '.stopping', actions: ['keepAbortReason', 'abort'] },
        'lock.lost': { target: '.stopping', actions: [abandon('lock-lost'), 'abort'] },
      },
      states: {
        queued: {
          on: {
            'run.started': { target: 'executing', actions: 'noteStart' },
            'schedule.paused': { target: 'stopping', actions: [rest('paused'), abandon('pause'), 'abort'] },
          },
        },
        executing: { on: { 'schedule.paused': { actions: rest('paused') } } },
        stopping: {
          on: {
            'run.started': { actions: 'noteStart' },
            'schedule.paused': { actions: rest('paused') },
            'schedule.removed': { actions: rest('removed') },
            'abort.requested': { actions: ['keepAbortReason', 'abort'] },
            'lock.lost': { actions: [abandon('lock-lost'), 'abort'] },
          },
        },
      },
    },
    recording: {
      entry: 'record',
      on: {
        ...whileBusy,
        'run.recorded': [{ guard: 'isQuarantined', target: 'quarantined' }, ...toRest],
        'thread.released': { actions: assign({ isQuarantined: false }) },
        'schedule.paused': { actions: rest('paused') },
        'schedule.removed': { actions: rest('removed') },
      },
    },
    /** The run is recorded, but its thread is stuck in a system call: nothing may run beside it. */
    quarantined: {
      on: {
        ...whileBusy,
        'thread.released': [...toRest],
        'schedule.paused': { actions: rest('paused') },
        'schedule.removed': { actions: rest('removed') },
      },
    },
    paused: {
      entry: rest('paused'),
      on: {
        'occurrence.due': [
          { guard: 'isManual', target: 'locking', actions: 'takeOccurrence' },
          { actions: 'settleAborted' },
        ],
        'schedule.resumed': { target: 'idle', actions: [rest('idle'), 'clearFault'] },
        'schedule.faulted': { target: 'faulted', actions: 'keepFault' },
        'schedule.removed': { target: 'removed' },
      },
    },
    /** Its expression or its plugin cannot be used; `context.faultReason` says why. */
    faulted: {
      entry: rest('faulted'),
      on: {
        'occurrence.due': { actions: 'settleAborted' },
        'schedule.resumed': { target: 'idle', actions: [rest('idle'), 'clearFault'] },
        'schedule.paused': { target: 'paused' },
        'schedule.faulted': { actions: 'keepFault' },
        'schedule.removed': { target: 'removed' },
      },
    },
    removed: {
      entry: rest('removed'),
      on: { 'occurrence.due': { actions: 'settleAborted' } },
    },
  },
});
