/**
 * Takes the locks that an occurrence needs before it may run: the run lock on the schedule's key, and the claim of the
 * occurrence. The claim is a lock on "key@occurrence" that is never given back but left to expire, so that a node whose
 * clock is behind finds it taken although the run is long over. Nodes that share a store claim there instead. Without a
 * backend, and for `node-local` schedules, there is nothing to take.
 */
import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import { claimableFromMs } from '../../machines/cluster-time/early-claims.ts';
import type { RunTrigger } from '../../machines/run.ts';
import { isQuick, mayExpire, RUN_LOCK_TTL_MS } from '../../machines/turns/run-lock.ts';
import { type Clock, pause } from '../ports/clock.ts';
import type { LockAttempt, LockHandle, LockingPlugin, LockListener, LockNews } from '../ports/locking.ts';
import { within } from '../ports/within.ts';
import type { SchedulerStats } from '../scheduler-reports.ts';
import type { LockFailure } from './backend-warnings.ts';
import { HeardClaims } from './heard-claims.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { ANSWER_LIMIT_MS, LockChannel, type OtherNodes } from './lock-channel.ts';
import { LockHealth } from './lock-health.ts';
import { nameOf, newsIn } from './lock-replies.ts';
import { attemptOf, claimKey, type LockRequest } from './lock-request.ts';
import { prolonged } from './prolonged.ts';

/** A lock that nobody wants within this time may wait for the next round trip. */
const LEISURE_MS = 500;
/** How long a `prefer-global` run waits for its lock. */
export const PREFERENCE_LIMIT_MS = 1_000;
/**
 * The pauses after which a run asks again that no occurrence of the clock is. The lock may be left over from a run that
 * has ended: its node hears that it is wanted. An operator's run waits until it would have expired by itself.
 */
const RETRY_PAUSES_MS: Readonly<Record<RunTrigger, readonly number[]>> = {
  'catch-up': [100],
  manual: [100, 300, 700, 1_100],
  clock: [],
};

/** What was taken. */
export interface Grant {
  readonly fencingToken: string | null;
  /** Resolves when the run lock is lost, and never after it was released. Null: the run holds no lock. */
  readonly whenLost: Promise<void> | null;
}

export interface LockerPorts {
  readonly clock: Clock;
  readonly locking: LockingPlugin | null;
  /** Whether occurrences are claimed in a store that nodes share. */
  readonly claimsInStore: boolean;
  /** The backend failed: a failure that is to be reported, among maybe many. */
  readonly onBroken: (failure: LockFailure) => void;
  /** The backend has said what time it is: `clock` goes by that when this returns, if it goes by the backend's. */
  readonly measured?: (reading: ClockReading) => void;
  /** Default: there are none. */
  readonly others?: OtherNodes;
}

/** Null is contention. `early`: by the backend's clock the occurrence lies in the future, so nothing was taken. */
export type Acquired = Grant | 'early' | null;

/** What the backend has answered to a request. */
interface Taken {
  readonly handles: readonly LockHandle[] | null;
  readonly request: LockRequest;
  readonly requestedAtMs: number;
}

/** The grant where there is nothing to take. */
export const UNLOCKED: Grant = { fencingToken: null, whenLost: null };

export class Locker {
  readonly #ports: LockerPorts;
  /** Without one there is nothing to take. */
  readonly hasBackend: boolean;
  readonly #channel: LockChannel | null;
  readonly #leases: LeaseKeeper;
  readonly #health: LockHealth;
  readonly #heard: HeardClaims;
  /** Then a lock that nobody needs can be left to expire: this node hears if somebody wants it. */
  #isHearing = false;

  constructor(ports: LockerPorts) {
    const { clock, locking, others } = ports;
    this.#ports = ports;
    this.hasBackend = locking !== null;
    const listener = {
      failed: (key: string, error: unknown) => this.failed({ key, error }),
      measured: (reading: ClockReading) => ports.measured?.(reading),
    };
    this.#channel = locking && new LockChannel(clock, locking, listener, others);
    this.#leases = new LeaseKeeper(clock);
    this.#health = new LockHealth(clock);
    this.#heard = new HeardClaims(clock);
  }

  get name(): string | null {
    return this.#ports.locking && nameOf(this.#ports.locking);
  }

  get failing(): LockHealth['failing'] {
    return this.#health.failing;
  }

  /** See `SchedulerStats`. */
  stats(): SchedulerStats['locks'] {
    return {
      name: this.name,
      held: this.#leases.heldCount,
      errors: this.#health.errorCount,
      roundTrips: this.#channel?.roundTrips ?? 0,
    };
  }

  /** Rejects when the backend is broken, unless the schedule runs without it then. */
  async acquire(request: LockRequest): Promise<Acquired> {
    const channel = this.#channel;
    if (channel === null || request.hint === 'node-local') return UNLOCKED;
    if (this.#heard.take(claimKey(request))) return null;
    let acquired = await this.#ask(channel, request);
    for (const pauseMs of RETRY_PAUSES_MS[request.trigger]) {
      if (acquired !== null || request.isWanted?.() === false) break;
      await pause(this.#ports.clock, pauseMs);
      acquired = await this.#ask(channel, request);
    }
    return acquired;
  }

  /** Begins to hear what other nodes claim. */
  listen(): void {
    const listener: LockListener = {
      heard: (news) => this.#hear(newsIn(news)),
      hearing: (isHearing) => {
        this.#isHearing = isHearing === true;
      },
    };
    // What a backend of a user's returns may be a promise.
    const begun = new Promise((resolve) => resolve(this.#ports.locking?.listen?.(listener)));
    begun.catch((error: unknown) => this.failed({ key: null, error }));
  }

  /** Whether the run lock is held and may still be trusted. */
  isTrusted(key: string): boolean {
    return this.#leases.isTrusted(key);
  }

  /**
   * Gives the run lock back, so that it is free when the next occurrence falls due in `untilNextMs`; the claim stays.
   */
  release(key: string, untilNextMs: number): void {
    const given = this.#leases.release(key);
    if (given === undefined) return;
    const { handle, expiredAtMs } = given;
    const expiresInMs = expiredAtMs - this.#ports.clock.monotonicMs();
    this.#channel?.release(handle, {
      isWanted: untilNextMs < LEISURE_MS,
      mayExpire: this.#isHearing && mayExpire(expiresInMs, untilNextMs),
      expiredAtMs,
    });
  }

  /** Counts a failure of the backend, and reports it unless others were reported lately. */
  failed(failure: LockFailure): void {
    if (this.#health.failed(failure.error)) this.#ports.onBroken(failure);
  }

  /** In bounded time, also if the backend does not close. */
  async close(): Promise<void> {
    const { clock, locking } = this.#ports;
    await this.#channel?.close();
    const closed = new Promise((resolve) => resolve(locking?.cleanup?.()));
    await within(clock, closed, { limitMs: ANSWER_LIMIT_MS, who: `lock backend "${this.name}"` });
  }

  #ask(channel: LockChannel, request: LockRequest): Promise<Acquired> {
    const isRequired = request.hint === 'require-global';
    return isRequired ? this.#take(channel, request) : this.#takeIfPossible(channel, request);
  }

  #hear({ claimed, wanted }: LockNews): void {
    this.#heard.add(claimed);
    this.#channel?.wanted(wanted);
  }

  async #take(channel: LockChannel, request: LockRequest): Promise<Acquired> {
    const requestedAtMs = this.#ports.clock.monotonicMs();
    try {
      const handles = await channel.take(this.#attemptOf(request));
      return await this.#kept(channel, { handles, request, requestedAtMs });
    } catch (error) {
      this.failed({ key: request.key, error });
      throw error;
    }
  }

  /**
   * Waits only for a moment, and runs without the lock then. A run lock that is granted later is given back. The claim is
   * kept: the occurrence runs here.
   */
  async #takeIfPossible(channel: LockChannel, request: LockRequest): Promise<Acquired> {
    const { clock } = this.#ports;
    const requestedAtMs = clock.monotonicMs();
    const late = (handles: readonly LockHandle[] | null): void => {
      for (const runLock of handles?.slice(0, 1) ?? []) channel.release(runLock);
    };
    const limit = { limitMs: PREFERENCE_LIMIT_MS, who: `lock backend "${this.name}"`, late };
    try {
      const handles = await within(clock, channel.take(this.#attemptOf(request)), limit);
      return await this.#kept(channel, { handles, request, requestedAtMs });
    } catch (error) {
      this.failed({ key: request.key, error });
      return UNLOCKED;
    }
  }

  async #kept(channel: LockChannel, { handles, request, requestedAtMs }: Taken): Promise<Acquired> {
    this.#health.answered();
    const [handle] = handles ?? [];
    if (handle === undefined) return null;
    if (this.#isEarly(request)) {
      for (const each of handles ?? []) channel.release(each);
      return 'early';
    }
    const { promise: whenLost, resolve } = Promise.withResolvers<void>();
    const renew = (kept: LockHandle): Promise<boolean> => this.#renew(channel, kept);
    const granted = { handle, requestedAtMs, renewedTtlMs: RUN_LOCK_TTL_MS };
    this.#leases.keep({ renew }, await prolonged(granted, { renew }, this.#ports.clock), resolve);
    return { fencingToken: handle.fencingToken ?? null, whenLost };
  }

  /** The answer has just corrected our clock. Claims do not come back, so one of the future must not be kept. */
  #isEarly({ scheduledAtMs, trigger }: LockRequest): boolean {
    return trigger !== 'manual' && claimableFromMs(scheduledAtMs) > this.#ports.clock.nowMs();
  }

  async #renew(channel: LockChannel, handle: LockHandle): Promise<boolean> {
    try {
      return await channel.renew(handle);
    } catch (error) {
      this.failed({ key: handle.key, error });
      throw error;
    }
  }

  #attemptOf(request: LockRequest): LockAttempt {
    const { claimsInStore } = this.#ports;
    const isShort = this.#isHearing && isQuick(this.#channel?.answerMs ?? null);
    return attemptOf(isShort ? request : { ...request, ttlMs: RUN_LOCK_TTL_MS }, { claimsInStore });
  }
}
