/**
 * What an occurrence needs before its run may start: the lock of its schedule, and the claim in the store. A backend that is broken
 * is asked again while the occurrence is fresh.
 */
import type { Occurrence, PlanBasis } from '../../machines/run.ts';
import type { ScheduleEvent } from '../../machines/schedule-machine.ts';
import type { Locker } from '../locking/locker.ts';
import { type Clock, pause } from '../ports/clock.ts';
import type { WriteAnswer } from '../ports/store.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { LiveSchedule } from '../schedules/registry.ts';
import { draftOf, type RunInProgress } from './run-in-progress.ts';

/** What an occurrence waits for when its lock or its claim cannot be had because a backend is broken. */
const RETRY_MS = 250;
/** Later than this it is given up, or when the next one falls due. */
const RETRY_LIMIT_MS = 30_000;

export interface AcquisitionPorts {
  readonly clock: Clock;
  readonly locker: Locker;
  readonly recorder: Recorder;
  readonly nodeId: string;
}

export interface AcquisitionListener {
  /** A fact for the schedule's machine. */
  tell(record: LiveSchedule, event: ScheduleEvent): void;
  /** Whether the run at hand is not to start. */
  isAbandoned(record: LiveSchedule): boolean;
  /** The store refused what was planned for the schedule: another node was there first. */
  refused(record: LiveSchedule): void;
  /** Another node holds the schedule's lock, and nothing was written. */
  contended(record: LiveSchedule, basis: PlanBasis): void;
}

export class Acquisition {
  readonly #ports: AcquisitionPorts;
  readonly #listener: AcquisitionListener;

  constructor(ports: AcquisitionPorts, listener: AcquisitionListener) {
    this.#ports = ports;
    this.#listener = listener;
  }

  /** Resolves with the fact that answers the machine. Rejects when a backend stays broken. */
  async acquire(record: LiveSchedule, run: RunInProgress): Promise<ScheduleEvent> {
    const { clock } = this.#ports;
    const limitMs = retryLimitMs(run);
    for (;;) {
      try {
        return await this.#tryAcquire(record, run);
      } catch (error) {
        const isLast = clock.nowMs() + RETRY_MS >= limitMs;
        if (isLast || this.#listener.isAbandoned(record)) throw error;
      }
      await pause(clock, RETRY_MS);
    }
  }

  async #tryAcquire(record: LiveSchedule, run: RunInProgress): Promise<ScheduleEvent> {
    const { locker, clock } = this.#ports;
    const { key, locking } = run.definition;
    const { scheduledAtMs, basis } = run.occurrence;
    const recoveryOf = madeGood(run.occurrence);
    const onLost = (): void => this.#listener.tell(record, { type: 'abort.requested', reason: 'lock-lost' });
    const grant = await locker.acquire({ key, scheduledAtMs, recoveryOf, hint: locking, onLost });
    if (grant === null) {
      run.isElsewhere = basis !== undefined;
      if (basis !== undefined) this.#listener.contended(record, basis);
      return { type: 'lock.contended' };
    }
    const claimed = await this.#claim(run);
    if (!claimed.isTaken) {
      run.isElsewhere = basis !== undefined;
      if (basis !== undefined) this.#listener.refused(record);
      return { type: 'lock.contended' };
    }
    // The store's tokens and the lock backend's are different sequences: a schedule has those of one of them.
    run.fencingToken = basis === undefined ? grant.fencingToken : (claimed.fencingToken ?? null);
    run.claimedAtMs = clock.monotonicMs();
    return { type: 'lock.granted', fencingToken: run.fencingToken };
  }

  /** Not taken: another run has the occurrence. Rejects when nobody knows, unless the schedule runs all the same then. */
  async #claim(run: RunInProgress): Promise<WriteAnswer> {
    const { locker, recorder, clock, nodeId } = this.#ports;
    const { key, locking } = run.definition;
    const { basis } = run.occurrence;
    const draft = draftOf(run, nodeId);
    const claim = { key, runId: run.runId, nodeId, claimedAtMs: clock.nowMs(), draft, ...(basis && { basis }) };
    try {
      return await recorder.claim(claim);
    } catch (error) {
      if (locking === 'prefer-global') return { isTaken: true };
      locker.release(key, 0);
      throw error;
    }
  }
}

/** The lost run of the very occurrence. One that makes good for an earlier one as well is claimed like any other. */
function madeGood({ recoveryOf, scheduledAtMs, firstMissedAtMs }: Occurrence): string | undefined {
  return firstMissedAtMs === scheduledAtMs ? recoveryOf : undefined;
}

/** Until when it makes sense to try for a lock, epoch milliseconds. */
function retryLimitMs({ occurrence, definition }: RunInProgress): number {
  const { scheduledAtMs, dueAtMs, trigger } = occurrence;
  const limitMs = dueAtMs + RETRY_LIMIT_MS;
  if (trigger !== 'clock') return limitMs;
  const { recurrence } = definition;
  return Math.min(limitMs, recurrence.dueAt(recurrence.next(scheduledAtMs)));
}
