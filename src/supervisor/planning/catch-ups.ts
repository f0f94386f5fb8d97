/**
 * When what was missed is made up for. Catch-ups have no deadline, so they wait: first for their jitter, so that what
 * was missed together does not start together, then for room in the pool. They wait outside of the pool's queue,
 * without a lock and without a claim. Tenants take turns. A stop or a crash leaves them missed, and a full queue refuses none.
 *
 * Under `run-all` an occurrence that is on time waits for a full pool too, because it must start.
 */
import { catchUpTime } from '../../machines/missed-runs/catch-up-time.ts';
import { installationOf, type Occurrence } from '../../machines/run.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { RunPool } from '../ports/run-pool.ts';
import type { ScheduleActors } from '../schedules/actor.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';
import { TenantTurns } from './tenant-turns.ts';

/** How many catch-ups may be on their way beyond the threads, so that no thread waits for a lock or a disk. */
const AHEAD = 100;
/** How often to look for room that no run of ours has made: that of a load, or of a stuck thread that was given up. */
const LOOK_MS = 500;

export interface CatchUpsParts {
  readonly clock: Clock;
  readonly pool: Pick<RunPool, 'places'>;
  readonly actors: ScheduleActors;
  /** There is room for a schedule that waited: it is to be planned now. */
  readonly call: (schedule: LiveSchedule) => void;
}

export class CatchUps {
  readonly #parts: CatchUpsParts;
  /** Schedules that wait for room, by what they wait for. */
  readonly #waiting = new Map<string, TenantTurns>();
  /** What each of them waits for. A reload may change what its definition says. */
  readonly #rooms = new Map<LiveSchedule, string>();
  /** Those that were called and are not planned yet. Each has its place. */
  readonly #called = new Set<LiveSchedule>();
  #cancel: Cancel | null = null;

  constructor(parts: CatchUpsParts) {
    this.#parts = parts;
  }

  isWaiting(schedule: LiveSchedule): boolean {
    return this.#rooms.has(schedule);
  }

  /** Whether the schedule was called, and has a place. It comes once: what it does not use now is free again. */
  answered(schedule: LiveSchedule): boolean {
    return this.#called.delete(schedule);
  }

  /**
   * Until when a run that is planned has to wait, epoch milliseconds. Infinity: until the schedule is called. Null: the
   * run may begin now, and the pool will take it.
   */
  waitUntil(schedule: LiveSchedule, run: Occurrence, nowMs: number): number | null {
    const { recurrence, missed: rules, declared } = schedule.definition;
    const isCatchUp = run.trigger === 'catch-up';
    if (!isCatchUp && rules.policy !== 'run-all') return null;
    if (isCatchUp) {
      schedule.catchUpAtMs ??= catchUpTime(run, { recurrence, rules, jitterMs: declared.jitterMs ?? 0, nowMs });
      if (schedule.catchUpAtMs > nowMs) return Math.min(schedule.catchUpAtMs, nextOnTime(schedule, run));
    }
    if (this.#mayPass(schedule, isCatchUp)) return null;
    this.#enter(schedule);
    return nextOnTime(schedule, run);
  }

  /** The schedule does not wait any more: it is planned, or not to run. */
  leave(schedule: LiveSchedule): void {
    this.#called.delete(schedule);
    this.#leaveRoom(schedule);
  }

  /** Call it when a run has left the pool. Calls as many as there is room for. */
  callNext(): void {
    for (const waiting of [...this.#waiting.values()]) {
      for (let schedule = waiting.first; schedule !== undefined; schedule = waiting.first) {
        if (!this.#hasRoom(schedule, true)) break;
        waiting.turnOver();
        this.#leaveRoom(schedule);
        this.#called.add(schedule);
        this.#parts.call(schedule);
      }
    }
  }

  /** Nobody waits any more, and nobody is called. */
  clear(): void {
    this.#waiting.clear();
    this.#rooms.clear();
    this.#called.clear();
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Nobody passes those that came before. */
  #mayPass(schedule: LiveSchedule, isCatchUp: boolean): boolean {
    return !(isCatchUp && this.#waiting.has(roomOf(schedule))) && this.#hasRoom(schedule, isCatchUp);
  }

  /** Whether the pool could take one more. Catch-ups leave half of the queue to what is on time. */
  #hasRoom({ definition }: LiveSchedule, isCatchUp: boolean): boolean {
    const { pool, actors } = this.#parts;
    const { taken, held, all, threads, maxQueue } = pool.places(definition);
    const coming = actors.acquiringCount + this.#called.size;
    const forCatchUps = Math.floor(maxQueue / 2);
    const ahead = isCatchUp ? Math.min(forCatchUps, AHEAD) : maxQueue;
    if (taken + held + coming >= threads + ahead) return false;
    // Many shares could fill the queue together. One catch-up may always wait, so that each of them goes on.
    return !isCatchUp || held === 0 || all + coming < threads + forCatchUps;
  }

  #enter(schedule: LiveSchedule): void {
    const room = roomOf(schedule);
    if (this.#rooms.get(schedule) !== room) {
      this.#leaveRoom(schedule);
      const waiting = this.#waiting.get(room) ?? new TenantTurns();
      waiting.add(schedule);
      this.#waiting.set(room, waiting);
      this.#rooms.set(schedule, room);
    }
    this.#look();
  }

  #leaveRoom(schedule: LiveSchedule): void {
    const room = this.#rooms.get(schedule);
    const waiting = room === undefined ? undefined : this.#waiting.get(room);
    if (room === undefined || waiting === undefined) return;
    this.#rooms.delete(schedule);
    waiting.delete(schedule);
    if (waiting.isEmpty) this.#waiting.delete(room);
  }

  #look(): void {
    if (this.#cancel !== null || this.#waiting.size === 0) return;
    this.#cancel = this.#parts.clock.sleep(LOOK_MS, () => {
      this.#cancel = null;
      this.callNext();
      this.#look();
    });
  }
}

/** What a schedule waits for: a pool, and the share of its installation if that has one. */
function roomOf({ definition }: LiveSchedule): string {
  const { isolation, maxConcurrent } = definition.source;
  return `${isolation ?? ''} ${maxConcurrent === undefined ? '' : installationOf(definition.key)}`;
}

/**
 * When something of the schedule falls due that need not wait, epoch milliseconds: under `run-once` the next occurrence
 * runs for what was missed. Under `run-all` it follows what was missed, whenever that is: Infinity.
 */
function nextOnTime({ definition, position }: LiveSchedule, { scheduledAtMs }: Occurrence): number {
  const { recurrence, missed } = definition;
  if (missed.policy === 'run-all') return Number.POSITIVE_INFINITY;
  return recurrence.dueAt(recurrence.next(Math.max(position.cursorMs, scheduledAtMs)));
}
