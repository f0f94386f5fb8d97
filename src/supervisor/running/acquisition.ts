/**
 * Takes what an occurrence needs before its run may start: the lock of its schedule, and the claim in the store. While
 * the occurrence is fresh, a broken backend is asked again.
 */
import { claimedPass } from '../../machines/position/repeat.ts';
import type { Claim } from '../../machines/schedule-entries.ts';
import type { ScheduleEvent } from '../../machines/schedule-events.ts';
import { runLockTtlMs } from '../../machines/turns/run-lock.ts';
import { errorRecord } from '../../wire/error-record.ts';
import type { NodeLease } from '../cluster/node-lease.ts';
import { type Grant, type Locker, UNLOCKED } from '../locking/locker.ts';
import type { Answered } from '../ports/answered.ts';
import { type Clock, pause } from '../ports/clock.ts';
import type { WriteAnswer } from '../ports/store.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { ScheduleActors } from '../schedules/actor.ts';
import { lastRunMs, learn, untilNextMs } from '../schedules/live-schedule.ts';
import type { RunInProgress } from './run-in-progress.ts';

/** How long to wait before a broken backend is asked again. */
const RETRY_MS = 250;
/** An occurrence is given up this long after it was found due, or when the next one may run in its place. */
const RETRY_LIMIT_MS = 30_000;

const GRANTED: ScheduleEvent = Object.freeze({ type: 'lock.granted' });
const LOST: ScheduleEvent = Object.freeze({ type: 'lock.lost' });

export interface AcquisitionParts {
  readonly clock: Clock;
  readonly locker: Locker;
  readonly recorder: Recorder;
  readonly actors: ScheduleActors;
  readonly nodeLease: NodeLease;
}

export class Acquisition {
  readonly #parts: AcquisitionParts;

  constructor(parts: AcquisitionParts) {
    this.#parts = parts;
  }

  /** Answers with `lock.granted`, `lock.contended` or `lock.lost`, or with `lock.failed` when a backend stays broken. */
  acquire(run: RunInProgress): Answered<ScheduleEvent> {
    try {
      const answer = this.#tryOnce(run);
      return answer instanceof Promise ? this.#insist(run, answer) : answer;
    } catch (error) {
      return this.#insist(run, Promise.reject(error));
    }
  }

  /** @param first The answer to the first attempt. */
  async #insist(run: RunInProgress, first: Promise<ScheduleEvent>): Promise<ScheduleEvent> {
    try {
      return await this.#tryAgain(run, first);
    } catch (error) {
      return { type: 'lock.failed', error: errorRecord(error) };
    }
  }

  async #tryAgain(run: RunInProgress, first: Promise<ScheduleEvent>): Promise<ScheduleEvent> {
    const { clock, actors } = this.#parts;
    const { wallMs, monotonicMs } = clock.read();
    // The time may be set while we try.
    const giveUpAtMs = monotonicMs + retryLimitMs(run) - wallMs;
    for (let answer: Answered<ScheduleEvent> = first; ; answer = this.#tryOnce(run)) {
      try {
        return await answer;
      } catch (error) {
        const isLast = clock.monotonicMs() + RETRY_MS >= giveUpAtMs;
        if (isLast || actors.isAbandoned(run.definition.key)) throw error;
      }
      await pause(clock, RETRY_MS);
    }
  }

  /** May throw or reject: a backend is broken. */
  #tryOnce(run: RunInProgress): Answered<ScheduleEvent> {
    return this.#parts.locker.hasBackend ? this.#lockAndClaim(run) : this.#claim(run, UNLOCKED);
  }

  async #lockAndClaim(run: RunInProgress): Promise<ScheduleEvent> {
    const { locker, clock, actors } = this.#parts;
    const { schedule, definition, occurrence } = run;
    const { key, locking: hint } = definition;
    const { scheduledAtMs, firstMissedAtMs, trigger } = occurrence;
    const pass = claimedPass(schedule.state.repeat, occurrence);
    // The lost run of the very occurrence. A run that also makes up for an earlier one is claimed like any other.
    const recoveryOf = firstMissedAtMs === scheduledAtMs ? occurrence.recoveryOf : undefined;
    const ttlMs = runLockTtlMs(untilNextMs(schedule, clock.nowMs()), lastRunMs(schedule));
    const isWanted = (): boolean => !actors.isAbandoned(key);
    const grant = await locker.acquire({ key, scheduledAtMs, pass, recoveryOf, trigger, hint, ttlMs, isWanted });
    if (grant === null) return contended(run, 'locked');
    return grant === 'early' ? contended(run, 'early') : this.#claim(run, grant);
  }

  #claim(run: RunInProgress, grant: Grant): Answered<ScheduleEvent> {
    const { recorder, clock } = this.#parts;
    const { schedule, draft, definition, occurrence } = run;
    const { basis } = occurrence;
    const { runId, nodeId } = draft;
    const { key } = definition;
    const claim: Claim = { key, runId, nodeId, claimedAtMs: clock.nowMs(), draft, ...(basis && { basis }) };
    run.whenLockLost = grant.whenLost;
    const answer = recorder.claim(schedule, claim);
    if (!(answer instanceof Promise)) return this.#claimed(run, grant, answer);
    const known = answer.catch((error: unknown) => this.#unknown(run, claim, error));
    return known.then((claimed) => this.#claimed(run, grant, claimed));
  }

  /** Nobody knows whether the claim was taken. */
  #unknown({ schedule, definition }: RunInProgress, claim: Claim, error: unknown): WriteAnswer {
    if (definition.locking !== 'prefer-global') {
      this.#parts.locker.release(definition.key, 0);
      throw error;
    }
    learn(schedule, { kind: 'claimed', claim });
    return { isTaken: true };
  }

  #claimed(run: RunInProgress, grant: Grant, claimed: WriteAnswer): ScheduleEvent {
    const { basis } = run.occurrence;
    if (!claimed.isTaken) return contended(run, claimed.isEarly === true ? 'early' : 'claimed');
    // The store's tokens and the lock backend's are different sequences: a schedule has the tokens of one of them.
    run.fencingToken = basis === undefined ? grant.fencingToken : (claimed.fencingToken ?? null);
    run.claimedAtMs = this.#parts.clock.monotonicMs();
    return this.isTrusted(run) ? GRANTED : LOST;
  }

  /** Whether what a run was granted may still be relied on: its lock, and that others take this node for alive. */
  isTrusted({ whenLockLost, definition, occurrence }: RunInProgress): boolean {
    const { locker, nodeLease } = this.#parts;
    const isLocked = whenLockLost === null || locker.isTrusted(definition.key);
    return isLocked && (occurrence.basis === undefined || nodeLease.isTrusted());
  }
}

/**
 * Another node has the occurrence. It then has no outcome here, if the store is shared: that node records it. Nor has
 * one that lies in the future.
 */
function contended(run: RunInProgress, by: Exclude<RunInProgress['elsewhere'], null>): ScheduleEvent {
  if (run.occurrence.basis !== undefined || by === 'early') run.elsewhere = by;
  return { type: 'lock.contended' };
}

/** Until when it makes sense to try for a lock, epoch milliseconds. */
function retryLimitMs({ occurrence, definition, collectedAt }: RunInProgress): number {
  const { scheduledAtMs, dueAtMs, trigger } = occurrence;
  // An ordinary run may be found a minute late, and the lock backend may come back no sooner than this process.
  const limitMs = Math.max(dueAtMs, collectedAt.wallMs) + RETRY_LIMIT_MS;
  const { recurrence, missed } = definition;
  // Under `run-all` the next one waits for this one.
  if (trigger !== 'clock' || missed.policy === 'run-all') return limitMs;
  return Math.min(limitMs, recurrence.dueAt(recurrence.next(scheduledAtMs)));
}
