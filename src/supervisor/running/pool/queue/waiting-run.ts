import type { HeapEntry } from '../../../../machines/collections/indexed-heap.ts';
import { installationOf } from '../../../../machines/run.ts';
import type { PoolUser } from '../../../ports/run-pool.ts';

/** Only so many runs of one installation of a plugin may execute at a time. */
export interface ConcurrencyShare {
  /** The part of a schedule's key that names plugin, tenant and site. */
  readonly installation: string;
  readonly maxConcurrent: number;
}

/** What decides a run's place in the queue. */
export interface QueuedRun {
  readonly taskId: string;
  readonly isCatchup: boolean;
  readonly priority: number;
  /** For whom it runs. All plugins without a tenant count as one. */
  readonly tenantId?: string | undefined;
  /** Absent: as many as there are threads. */
  readonly share?: ConcurrencyShare | undefined;
  /** It was planned when there was room, so that no other run may displace it. Default false. */
  readonly hasPlace?: boolean | undefined;
  /** How long it is until its schedule falls due again, in milliseconds. Absent: for ever. */
  readonly untilNextMs?: (() => number) | undefined;
}

/** A run with its place. It waits in one heap at a time: in that of its tenant, or in that of its share. */
export interface WaitingRun<R extends QueuedRun> extends HeapEntry {
  readonly run: R;
  /** When it is to leave at the latest, monotonic milliseconds: that decides among runs of one tenant and priority. */
  readonly leaveByMs: number;
  /** Order of arrival. Runs that were put back have negative numbers, the latest the lowest. */
  readonly arrival: number;
  /** The share whose runs it waits for; null when a free thread is all that it needs. */
  parkedIn: string | null;
  /** Its place among the runs of its tenant that may be displaced; null: it may not. Only `TenantLoads` writes it. */
  seat: Seat<R> | null;
}

/** A run in a second heap. */
export interface Seat<R extends QueuedRun> extends HeapEntry {
  readonly waiting: WaitingRun<R>;
  /** Whether it is among those that wait for their share. */
  isParked: boolean;
}

/** The order within one tenant, priority and kind. */
export function leavesBefore(a: WaitingRun<QueuedRun>, b: WaitingRun<QueuedRun>): boolean {
  return a.leaveByMs === b.leaveByMs ? a.arrival < b.arrival : a.leaveByMs < b.leaveByMs;
}

/** The order of runs that may have different kinds and priorities: on-time first, then by priority. */
export function goesBefore(a: WaitingRun<QueuedRun>, b: WaitingRun<QueuedRun>): boolean {
  if (a.run.isCatchup !== b.run.isCatchup) return b.run.isCatchup;
  return a.run.priority === b.run.priority ? leavesBefore(a, b) : a.run.priority < b.run.priority;
}

/** The share of a run's installation, if it has one. */
export function shareOf({ key, source }: PoolUser): ConcurrencyShare | undefined {
  const { maxConcurrent } = source;
  if (maxConcurrent === undefined) return undefined;
  return { installation: installationOf(key), maxConcurrent };
}
