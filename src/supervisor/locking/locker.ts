/**
 * Takes the locks that an occurrence needs before it may run: the run lock on the schedule's key, and the claim of the
 * occurrence. The claim is a lock on "key@occurrence" that is never given back but left to expire, so that a node whose
 * clock is behind finds it taken although the run is long over. Nodes that share a store claim there instead. Without a
 * backend, and for `node-local` schedules, there is nothing to take.
 */
import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import { claimableFromMs } from '../../machines/cluster-time/early-claims.ts';
import type { LockingHint } from '../../plugin.ts';
import type { Clock } from '../ports/clock.ts';
import type { LockAttempt, LockHandle, LockingPlugin } from '../ports/locking.ts';
import { within } from '../ports/within.ts';
import type { SchedulerStats } from '../scheduler-reports.ts';
import type { LockFailure } from './backend-warnings.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { ANSWER_LIMIT_MS, LockChannel } from './lock-channel.ts';
import { LockHealth } from './lock-health.ts';
import { nameOf } from './lock-replies.ts';

/** Time to live of a run lock. */
const RUN_LOCK_TTL_MS = 15_000;
/** How long an occurrence claim is kept: far beyond any clock skew or retry. The last one is kept for ever. */
const CLAIM_TTL_MS = 3_600_000;
/** A lock that nobody wants within this time may wait for the next round trip. */
const LEISURE_MS = 500;
/** How long a `prefer-global` run waits for its lock. */
const PREFERENCE_LIMIT_MS = 1_000;

/** What was taken. */
export interface Grant {
  readonly fencingToken: string | null;
  /** Resolves when the run lock is lost, and never after it was released. Null: the run holds no lock. */
  readonly whenLost: Promise<void> | null;
}

export interface LockRequest {
  readonly key: string;
  readonly scheduledAtMs: number;
  /** The occurrence comes again, and the claim of an earlier pass may still be held: this one has its own. */
  readonly pass?: number | undefined;
  /**
   * The lost run of the same occurrence. It took that occurrence's claim with it, so this run claims under another key.
   */
  readonly recoveryOf?: string | undefined;
  /** It was triggered by hand, and so is due whatever time it is. */
  readonly isManual?: boolean;
  readonly hint: LockingHint;
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

  constructor(ports: LockerPorts) {
    const { clock, locking } = ports;
    this.#ports = ports;
    this.hasBackend = locking !== null;
    const listener = {
      failed: (key: string, error: unknown) => this.failed({ key, error }),
      measured: (reading: ClockReading) => ports.measured?.(reading),
    };
    this.#channel = locking && new LockChannel(clock, locking, listener);
    this.#leases = new LeaseKeeper(clock);
    this.#health = new LockHealth(clock);
  }

  get name(): string | null {
    return this.#ports.locking && nameOf(this.#ports.locking);
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
    if (this.#channel === null || request.hint === 'node-local') return UNLOCKED;
    if (request.hint === 'require-global') return this.#take(this.#channel, request);
    return this.#takeIfPossible(this.#channel, request);
  }

  /** Whether the run lock is held and may still be trusted. */
  isTrusted(key: string): boolean {
    return this.#leases.isTrusted(key);
  }

  /**
   * Gives the run lock back, so that it is free when the next occurrence falls due in `untilNextMs`; the claim stays.
   */
  release(key: string, untilNextMs: number): void {
    const handle = this.#leases.release(key);
    if (handle !== undefined) this.#channel?.release(handle, { isWanted: untilNextMs < LEISURE_MS });
  }

  /** Counts a failure of the backend, and reports it unless others were reported lately. */
  failed(failure: LockFailure): void {
    if (this.#health.failed()) this.#ports.onBroken(failure);
  }

  /** In bounded time, also if the backend does not close. */
  async close(): Promise<void> {
    const { clock, locking } = this.#ports;
    await this.#channel?.close();
    const closed = new Promise((resolve) => resolve(locking?.cleanup?.()));
    await within(clock, closed, { limitMs: ANSWER_LIMIT_MS, who: `lock backend "${this.name}"` });
  }

  async #take(channel: LockChannel, request: LockRequest): Promise<Acquired> {
    const requestedAtMs = this.#ports.clock.monotonicMs();
    try {
      const handles = await channel.take(this.#attemptOf(request));
      return this.#kept(channel, { handles, request, requestedAtMs });
    } catch (error) {
      this.failed({ key: request.key, error });
      throw error;
    }
  }

  /** Waits only for a moment. A lock that is granted later is given back. */
  async #takeIfPossible(channel: LockChannel, request: LockRequest): Promise<Acquired> {
    const { clock } = this.#ports;
    const requestedAtMs = clock.monotonicMs();
    const late = (handles: readonly LockHandle[] | null): void => {
      for (const handle of handles ?? []) channel.release(handle);
    };
    const limit = { limitMs: PREFERENCE_LIMIT_MS, who: `lock backend "${this.name}"`, late };
    try {
      const handles = await within(clock, channel.take(this.#attemptOf(request)), limit);
      return this.#kept(channel, { handles, request, requestedAtMs });
    } catch (error) {
      this.failed({ key: request.key, error });
      return UNLOCKED;
    }
  }

  #kept(channel: LockChannel, { handles, request, requestedAtMs }: Taken): Acquired {
    this.#health.answered();
    const [handle] = handles ?? [];
    if (handle === undefined) return null;
    if (this.#isEarly(request)) {
      for (const each of handles ?? []) channel.release(each);
      return 'early';
    }
    const { promise: whenLost, resolve } = Promise.withResolvers<void>();
    const renew = (kept: LockHandle): Promise<boolean> => this.#renew(channel, kept);
    this.#leases.keep({ renew }, { handle, requestedAtMs }, resolve);
    return { fencingToken: handle.fencingToken ?? null, whenLost };
  }

  /** The answer has just corrected our clock. Claims do not come back, so one of the future must not be kept. */
  #isEarly({ scheduledAtMs, isManual = false }: LockRequest): boolean {
    return !isManual && claimableFromMs(scheduledAtMs) > this.#ports.clock.nowMs();
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
    const runLock = { key: request.key, ttlMs: RUN_LOCK_TTL_MS };
    if (this.#ports.claimsInStore) return { locks: [runLock] };
    const claim = { key: claimKey(request), ttlMs: CLAIM_TTL_MS };
    const { key, scheduledAtMs: atMs, pass, isManual, recoveryOf } = request;
    // What is triggered by hand comes between occurrences, and a recovery after its own.
    if (isManual === true || recoveryOf !== undefined) return { locks: [runLock, claim] };
    const of = pass === undefined ? key : `${key}/${pass}`;
    return { locks: [runLock, { ...claim, occurrence: { of, atMs } }] };
  }
}

function claimKey({ key, scheduledAtMs, pass, recoveryOf }: LockRequest): string {
  const occurrence = pass === undefined ? `${key}@${scheduledAtMs}` : `${key}@${scheduledAtMs}/${pass}`;
  return recoveryOf === undefined ? occurrence : `${occurrence}#${recoveryOf}`;
}
