/**
 * The life of one schedule, and the only place where it is decided. Pure: every effect is a named action that the
 * supervisor provides; its result comes back as an event. An actor lives only while its schedule is not at rest: `idle`,
 * `paused`, `faulted` and `removed` are the resting states, to which a plain record can be reduced.
 *
 * Invariants: one run at a time from `locking` until its thread has exited or answered; what falls due meanwhile is an
 * overlap; a pause or a removal before the start of `run()` prevents it; the lock is released after recording, and not
 * before a quarantined thread has exited.
 */
import { assign, setup } from 'xstate';
import type { AbortReason, ErrorRecord, Occurrence, Outcome } from './run.ts';

/** Where a schedule goes once its current run is over. */
export type RestingState = 'idle' | 'paused' | 'faulted' | 'removed';

/** How the occurrence at hand ended. */
export interface Settlement {
  readonly outcome: Outcome;
  readonly error?: ErrorRecord;
}

export interface ScheduleContext {
  readonly key: string;
  readonly rest: RestingState;
  readonly faultReason: string | null;
  /** What is being locked, run or recorded. */
  readonly occurrence: Occurrence | null;
  readonly fencingToken: string | null;
  /** Why the run must not start, or must end. */
  readonly abortReason: AbortReason | null;
  readonly settlement: Settlement | null;
  readonly isQuarantined: boolean;
}

/** Facts in the past tense, told by the supervisor. */
export type ScheduleEvent =
  | { readonly type: 'occurrence.due'; readonly occurrence: Occurrence }
  | { readonly type: 'lock.granted'; readonly fencingToken: string | null }
  | { readonly type: 'lock.contended' }
  | { readonly type: 'lock.failed'; readonly error: ErrorRecord }
  | { readonly type: 'run.rejected' }
  | { readonly type: 'run.started' }
  | { readonly type: 'run.reported'; readonly settlement: Settlement; readonly isQuarantined: boolean }
  | { readonly type: 'run.recorded' }
  | { readonly type: 'thread.released' }
  | { readonly type: 'abort.requested'; readonly reason: AbortReason }
  | { readonly type: 'schedule.paused' }
  | { readonly type: 'schedule.resumed' }
  | { readonly type: 'schedule.faulted'; readonly reason: string }
  | { readonly type: 'schedule.removed' };

export type ScheduleEventType = ScheduleEvent['type'];

/** The context of a schedule at rest. */
export function restingContext(key: string, rest: RestingState, faultReason: string | null = null): ScheduleContext {
  return {
    key,
    rest,
    faultReason,
    occurrence: null,
    fencingToken: null,
    abortReason: null,
    settlement: null,
    isQuarantined: false,
  };
}

const effect = (): void => {};

const schedule = setup({
  types: {
    context: {} as ScheduleContext,
    events: {} as ScheduleEvent,
    input: {} as { readonly key: string },
  },
  guards: {
    isManual: ({ event }) => event.type === 'occurrence.due' && event.occurrence.trigger === 'manual',
    isAbandoned: ({ context }) => context.abortReason !== null,
    isQuarantined: ({ context }) => context.isQuarantined,
    restsPaused: ({ context }) => context.rest === 'paused',
    restsFaulted: ({ context }) => context.rest === 'faulted',
    restsRemoved: ({ context }) => context.rest === 'removed',
  },
  actions: {
    /** Take the run lock, claim the occurrence and write the run as started; answered by one of `lock.*`. */
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
    keepToken: assign(({ event }) => (event.type === 'lock.granted' ? { fencingToken: event.fencingToken } : {})),
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
    clearRun: assign(({ context }) => restingContext(context.key, context.rest, context.faultReason)),
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
      on: {
        ...whileBusy,
        'lock.granted': [
          { guard: 'isAbandoned', target: 'recording', actions: ['keepToken', settle('aborted')] },
          { target: 'running', actions: 'keepToken' },
        ],
        'lock.contended': { target: 'recording', actions: settle('contended') },
        'lock.failed': { target: 'recording', actions: 'keepLockError' },
        'abort.requested': { actions: 'keepAbortReason' },
        'schedule.paused': { actions: [rest('paused'), abandon('pause')] },
        'schedule.removed': { actions: [rest('removed'), abandon('removed')] },
      },
    },
    running: {
      entry: 'dispatch',
      initial: 'queued',
      on: {
        ...whileBusy,
        'run.reported': { target: 'recording', actions: 'keepReport' },
        'schedule.removed': { target: '.stopping', actions: [rest('removed'), abandon('removed'), 'abort'] },
        'abort.requested': { target: '.stopping', actions: ['keepAbortReason', 'abort'] },
      },
      states: {
        queued: {
          on: {
            'run.started': { target: 'executing' },
            'run.rejected': { target: '#schedule.recording', actions: settle('pool-full') },
            'schedule.paused': { target: 'stopping', actions: [rest('paused'), abandon('pause'), 'abort'] },
          },
        },
        executing: { on: { 'schedule.paused': { actions: rest('paused') } } },
        stopping: {
          on: {
            'schedule.paused': { actions: rest('paused') },
            'schedule.removed': { actions: rest('removed') },
            'abort.requested': { actions: ['keepAbortReason', 'abort'] },
          },
        },
      },
    },
    recording: {
      entry: 'record',
      on: {
        ...whileBusy,
        'run.recorded': [{ guard: 'isQuarantined', target: 'quarantined' }, { target: 'settled' }],
        'thread.released': { actions: assign({ isQuarantined: false }) },
        'schedule.paused': { actions: rest('paused') },
        'schedule.removed': { actions: rest('removed') },
      },
    },
    /** The run is recorded, but its thread is stuck in a system call: nothing may run beside it. */
    quarantined: {
      on: {
        ...whileBusy,
        'thread.released': { target: 'settled' },
        'schedule.paused': { actions: rest('paused') },
        'schedule.removed': { actions: rest('removed') },
      },
    },
    /** Passed through at once: gives the lock back and goes to rest. */
    settled: {
      entry: ['release', 'clearRun'],
      always: [
        { guard: 'restsRemoved', target: 'removed' },
        { guard: 'restsFaulted', target: 'faulted' },
        { guard: 'restsPaused', target: 'paused' },
        { target: 'idle' },
      ],
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

/** The effects by name, as the supervisor provides them. */
export type ScheduleEffect =
  | 'acquire'
  | 'dispatch'
  | 'abort'
  | 'record'
  | 'release'
  | 'settleOverlap'
  | 'settleAborted';

const RESTING: ReadonlySet<unknown> = new Set<RestingState>(['idle', 'paused', 'faulted', 'removed']);

/** Whether a state value is one to which a schedule's record can be reduced. */
export function isResting(value: unknown): value is RestingState {
  return RESTING.has(value);
}
