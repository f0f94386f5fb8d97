/** The vocabulary of the schedule machine: what it learns of, what it keeps in mind, and the names of its effects. */
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
  /** Why the run must not start, or must end. */
  readonly abortReason: AbortReason | null;
  /** Whether `run()` of the run at hand was called. */
  readonly hasStarted: boolean;
  readonly settlement: Settlement | null;
  readonly isQuarantined: boolean;
}

/** Facts in the past tense, which effects answer with and the supervisor learns of. */
export type ScheduleEvent =
  | { readonly type: 'occurrence.due'; readonly occurrence: Occurrence }
  | { readonly type: 'lock.granted' }
  | { readonly type: 'lock.contended' }
  | { readonly type: 'lock.failed'; readonly error: ErrorRecord }
  /** The run lock, or this node's standing in the cluster, can no longer be trusted. */
  | { readonly type: 'lock.lost' }
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

/** What a context says of the run at hand while there is none. */
export const NO_RUN = {
  occurrence: null,
  abortReason: null,
  hasStarted: false,
  settlement: null,
  isQuarantined: false,
} as const;

/** The context of a schedule at rest. */
export function restingContext(key: string, rest: RestingState, faultReason: string | null = null): ScheduleContext {
  return { key, rest, faultReason, ...NO_RUN };
}

/**
 * What the code of the run at hand does. It waits until the run has its lock, a thread and its module. A quarantined
 * thread executes until it has exited.
 */
export function workOf({ hasStarted, settlement, isQuarantined }: ScheduleContext): 'waits' | 'executes' | 'has-ended' {
  if (isQuarantined) return 'executes';
  if (settlement !== null) return 'has-ended';
  return hasStarted ? 'executes' : 'waits';
}

/** The effects by name, as the supervisor provides them. */
export const SCHEDULE_EFFECTS = [
  'acquire',
  'dispatch',
  'abort',
  'record',
  'release',
  'settleOverlap',
  'settleAborted',
] as const;

export type ScheduleEffect = (typeof SCHEDULE_EFFECTS)[number];

const RESTING: ReadonlySet<unknown> = new Set<RestingState>(['idle', 'paused', 'faulted', 'removed']);

/** Whether a state value is one to which a schedule's record can be reduced. */
export function isResting(value: unknown): value is RestingState {
  return RESTING.has(value);
}
