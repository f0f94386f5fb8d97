import { deepStrictEqual } from 'node:assert';
import type { LogLine, PlanBasis, RunRecord } from '../../machines/run.ts';
import type { Claim, DeclaredTimes, ScheduleEntry } from '../../machines/schedule-entries.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { StateStore, StoredState, StoreListener } from '../../supervisor/ports/store.ts';

/** What a rule is tested on. */
export interface StoreNodes {
  /** The key of a schedule that no other rule uses, and the prefix of other such keys. */
  readonly key: string;
  /** Opens the store, as a new process unless an incarnation is given. */
  open(own?: { readonly atMs?: number; readonly incarnationId?: string }): Promise<OpenedStore>;
  wait(ms: number): Promise<void>;
}

export interface OpenedStore {
  readonly store: StateStore;
  readonly state: StoredState;
  readonly nodeId: string;
  /** What the store has reported unasked. */
  readonly reported: {
    readonly changed: ScheduleState[];
    readonly orphaned: Claim[];
    trustedUntilMs: number;
    /** What time it is, as an answer said last; null if none did. */
    nowMs: number | null;
  };
  close(): Promise<void>;
}

export type StoreRule = readonly [name: string, check: (nodes: StoreNodes) => Promise<void>];

export const DECLARED: DeclaredTimes = {
  cron: '1s',
  timezone: 'UTC',
  jitterMs: 0,
  missedRunPolicy: 'run-once',
  isEnabled: true,
  zoneData: '2026a',
};

export function registered(key: string, atMs: number, declared = DECLARED): ScheduleEntry {
  return { kind: 'registered', registration: { key, atMs, cursorMs: atMs, declared } };
}

/** A run that succeeded, unless `own` says otherwise. */
export function recordOf(key: string, runId: string, scheduledAtMs: number, own: Partial<RunRecord> = {}): RunRecord {
  return {
    runId: `${key} ${runId}`,
    key,
    plugin: 'conformance',
    scheduleId: 'rule',
    nodeId: 'node',
    trigger: 'clock',
    isCatchup: false,
    scheduledAtMs,
    dueAtMs: scheduledAtMs,
    startedAtMs: scheduledAtMs + 1,
    finishedAtMs: scheduledAtMs + 5,
    outcome: 'succeeded',
    lateness: { tickMs: 1, lockMs: 0, queueMs: 0, startMs: 0, totalMs: 1 },
    ...own,
  };
}

/** A claim of the run's own node, planned where `basis` says that the schedule stood. */
export function claimed(draft: RunRecord, basis?: PlanBasis): ScheduleEntry {
  const { runId, key, nodeId, scheduledAtMs } = draft;
  return {
    kind: 'claimed',
    claim: { key, runId, nodeId, claimedAtMs: scheduledAtMs, draft, ...(basis && { basis }) },
  };
}

export function settled(
  record: RunRecord,
  { log = [], isOwed = false }: { readonly log?: readonly LogLine[]; readonly isOwed?: boolean } = {},
): ScheduleEntry {
  return { kind: 'settled', settled: { record, log, isOwed } };
}

/** The decision that an occurrence did not run because another run was under way. */
export function overlapAt(key: string, atMs: number, basis?: PlanBasis): ScheduleEntry {
  return {
    kind: 'decided',
    decision: { key, nodeId: 'node', outcome: 'overlap', fromMs: atMs, untilMs: atMs, count: 1, atMs },
    ...(basis && { basis }),
  };
}

/** Fails the case with the message `broken` unless both are equal. */
export function mustEqual(actual: unknown, expected: unknown, broken: string): void {
  try {
    deepStrictEqual(actual, expected);
  } catch (error) {
    (error as Error).message = `${broken}. ${(error as Error).message}`;
    throw error;
  }
}

/** The named fields of an object. */
export function only<T extends object>(from: T | undefined, ...fields: (keyof T)[]): Partial<T> {
  return Object.fromEntries(
    fields.flatMap((field) => (from?.[field] === undefined ? [] : [[field, from[field]]])),
  ) as Partial<T>;
}

/** A listener that keeps what the store reports. */
export function listening(reported: OpenedStore['reported']): StoreListener {
  return {
    warned: () => {},
    lacksState: () => {},
    changed: (states) => reported.changed.push(...states),
    conflicted: () => {},
    historyChanged: () => {},
    trusted: (untilMs) => {
      reported.trustedUntilMs = untilMs;
    },
    roster: () => {},
    clock: ({ nowMs }) => {
      reported.nowMs = nowMs;
    },
    orphaned: (claims) => reported.orphaned.push(...claims),
  };
}
