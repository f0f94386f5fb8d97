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
  /** Schedules that wait for room, by the pool in which they run. */
  readonly #waiting = new Map<string, TenantTurns>();
  /** Those that were called and are not planned yet. Each has its place. */
  readonly #called = new Set<LiveSchedule>();
  #cancel: Cancel | null = null;

  constructor(parts: CatchUpsParts) {
    this.#parts = parts;
  }

  isWaiting(schedule: LiveSchedule): boolean {
    for (const waiting of this.#waiting.values()) if (waiting.has(schedule)) return true;
    return false;
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
    for (const waiting of this.#waiting.values()) waiting.delete(schedule);
  }

  /** Call it when a run has left the pool. Calls as many as there is room for. */
  callNext(): void {
    for (const waiting of this.#waiting.values()) {
      for (let next = this.#takeNext(waiting); next !== undefined; next = this.#takeNext(waiting)) {
        this.#called.add(next);
        this.#parts.call(next);
      }
    }
  }

  /** Nobody waits any more, and nobody is called. */
  clear(): void {
    this.#waiting.clear();
    this.#called.clear();
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Nobody passes those that came before. */
  #mayPass(schedule: LiveSchedule, isCatchUp: boolean): boolean {
    const isAwaited = this.#waiting.get(poolOf(schedule))?.isAwaited(shareIn(schedule)) === true;
    return !(isCatchUp && isAwaited) && this.#hasRoom(schedule, isCatchUp);
  }

  #takeNext(waiting: TenantTurns): LiveSchedule | undefined {
    const { any } = waiting;
    // For all of one pool, however many shares wait for it, this is the same.
    if (any === undefined || !this.#hasThread(any, true)) return undefined;
    return waiting.take((schedule) => this.#hasRoom(schedule, true));
  }

  /** Whether the pool could take one more of those that need nothing but a thread. */
  #hasThread({ definition }: LiveSchedule, isCatchUp: boolean): boolean {
    const { taken, threads, maxQueue } = this.#parts.pool.places(definition);
    return taken + this.#comingCount < threads + aheadOf(maxQueue, isCatchUp);
  }

  /** Whether the pool could take one more of this schedule's installation. */
  #hasRoom({ definition }: LiveSchedule, isCatchUp: boolean): boolean {
    const { taken, held, all, threads, maxQueue } = this.#parts.pool.places(definition);
    const coming = this.#comingCount;
    if (taken + held + coming >= threads + aheadOf(maxQueue, isCatchUp)) return false;
    // Many shares could fill the queue together. One catch-up may always wait, so that each of them goes on.
    return !isCatchUp || held === 0 || all + coming < threads + halfOf(maxQueue);
  }

  get #comingCount(): number {
    return this.#parts.actors.acquiringCount + this.#called.size;
  }

  #enter(schedule: LiveSchedule): void {
    const pool = poolOf(schedule);
    // A reload may have brought it into another one.
    for (const [other, waiting] of this.#waiting) if (other !== pool) waiting.delete(schedule);
    const waiting = this.#waiting.get(pool) ?? new TenantTurns();
    waiting.add(schedule, shareIn(schedule));
    this.#waiting.set(pool, waiting);
    this.#look();
  }

  get #isAwaited(): boolean {
    return [...this.#waiting.values()].some(({ any }) => any !== undefined);
  }

  #look(): void {
    if (this.#cancel !== null || !this.#isAwaited) return;
    this.#cancel = this.#parts.clock.sleep(LOOK_MS, () => {
      this.#cancel = null;
      this.callNext();
      this.#look();
    });
  }
}

/** Catch-ups leave half of the queue to what is on time. */
function aheadOf(maxQueue: number, isCatchUp: boolean): number {
  return isCatchUp ? Math.min(halfOf(maxQueue), AHEAD) : maxQueue;
}

function halfOf(maxQueue: number): number {
  return Math.floor(maxQueue / 2);
}

function poolOf({ definition }: LiveSchedule): string {
  return definition.source.isolation ?? '';
}

/** What a schedule waits for beside a thread: the share of its installation, if that has one. */
function shareIn({ definition }: LiveSchedule): string {
  return definition.source.maxConcurrent === undefined ? '' : installationOf(definition.key);
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
