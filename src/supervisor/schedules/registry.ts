import type { HeapEntry } from '../../machines/indexed-heap.ts';
import type { Backlog, MissedRunRules, Recurrence } from '../../machines/missed-runs/due-plan.ts';
import type { OutcomeCounts, OwedRun, RunRecord, ScheduleIdentity } from '../../machines/run.ts';
import type { RestingState } from '../../machines/schedule-machine.ts';
import type { Pause, ScheduleState } from '../../machines/schedule-state.ts';
import type { LockingHint, Schedule } from '../../plugin.ts';
import type { PluginSource } from '../../workers/protocol.ts';
import type { Instant } from '../ports/clock.ts';
import type { RunBudget } from '../ports/run-pool.ts';

/** A schedule as its plugin declared it, checked and with every default filled in. */
export interface ScheduleDefinition {
  readonly key: string;
  readonly identity: ScheduleIdentity;
  readonly declared: Schedule;
  readonly timezone: string;
  readonly missed: MissedRunRules;
  readonly locking: LockingHint;
  readonly isEnabled: boolean;
  readonly priority: number;
  readonly budget: RunBudget;
  readonly source: PluginSource;
  readonly recurrence: Recurrence;
}

/**
 * All that is kept of an idle schedule: its definition, its place in the queue, its counters. What it is doing is not
 * here but in its machine; `resting` is the machine's state while it has no actor.
 */
export interface LiveSchedule extends HeapEntry {
  /** When it falls due next, epoch milliseconds, while it is queued. Only its `DueQueue` writes it. */
  dueAtMs: number;
  definition: ScheduleDefinition;
  resting: RestingState;
  faultReason: string | null;
  /** When a tick last collected it, by both clocks. */
  collectedAt: Instant;
  /** When a tick collected what it lets other nodes try first, while it does. */
  waitsSince: Instant | null;
  /** The last occurrence that was handed to the machine, or passed over. */
  cursorMs: number;
  /** A lost run that is to be made good. */
  owed: OwedRun | null;
  /** The pass of `run-all` that is under way. */
  backlog: Backlog | null;
  /** Why it is paused, while it is. */
  pause: Pause | null;
  createdAtMs: number;
  /** Since when it is as it is: what was due before that is never made up for. */
  countsFromMs: number;
  /** Since it was created; those below as well, but for `runCount`, which counts since the scheduler started. */
  dueCount: number;
  runCount: number;
  outcomes: OutcomeCounts;
  failuresInRow: number;
  lastRun: RunRecord | null;
  lastFailure: RunRecord | null;
  /** The run at hand began late because its occurrence was left to other nodes first. */
  isLateByTurn: boolean;
  /** Whether the nodes of a cluster have it in common, through their store: then `known` is how it last stood there. */
  isShared: boolean;
  known: ScheduleState | null;
  /** Another node has it at hand: it is not to be tried before then, epoch milliseconds. */
  retryAtMs: number;
}

/** The schedules of this node, by key. */
export class ScheduleRegistry {
  readonly #records = new Map<string, LiveSchedule>();

  get size(): number {
    return this.#records.size;
  }

  all(): IterableIterator<LiveSchedule> {
    return this.#records.values();
  }

  find(key: string): LiveSchedule | undefined {
    return this.#records.get(key);
  }

  /** The record of a key that is known to be there. */
  get(key: string): LiveSchedule {
    const record = this.#records.get(key);
    if (record === undefined) throw new TypeError(`no schedule has the key ${key}`);
    return record;
  }

  /** Adds a schedule that has missed nothing. */
  add(definition: ScheduleDefinition, nowMs: number): LiveSchedule {
    const record: LiveSchedule = {
      definition,
      resting: 'idle',
      faultReason: null,
      collectedAt: { wallMs: 0, monotonicMs: 0 },
      waitsSince: null,
      cursorMs: nowMs,
      owed: null,
      backlog: null,
      pause: null,
      createdAtMs: nowMs,
      countsFromMs: nowMs,
      dueCount: 0,
      runCount: 0,
      outcomes: {},
      failuresInRow: 0,
      lastRun: null,
      lastFailure: null,
      isLateByTurn: false,
      isShared: false,
      known: null,
      retryAtMs: 0,
      dueAtMs: 0,
      heapIndex: -1,
    };
    this.#records.set(definition.key, record);
    return record;
  }

  remove(key: string): void {
    this.#records.delete(key);
  }
}

/** Order within a tick: priority, then plugin name, then schedule id (then the rest of the key). */
export function compareWithinTick(a: LiveSchedule, b: LiveSchedule): number {
  const left = a.definition;
  const right = b.definition;
  return (
    left.priority - right.priority ||
    compareText(left.identity.plugin, right.identity.plugin) ||
    compareText(left.identity.scheduleId, right.identity.scheduleId) ||
    compareText(left.key, right.key)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
