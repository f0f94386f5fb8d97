import { isTrusted, type Lease, leaseFrom, renewalIntervalMs } from '../../machines/lease.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { LockHandle, LockingPlugin } from '../ports/locking.ts';
import { ANSWER_LIMIT_MS } from './lock-channel.ts';

/** When a short lock is renewed first, as a share of its ttl: a run that is over by then costs no renewal. */
const SHORT_SHARE = 1 / 8;

/** Renews locks. */
type Renewer = Pick<LockingPlugin, 'renew'>;

/** A lock that was granted. */
export interface GrantedLock {
  readonly handle: LockHandle;
  /** When it was asked for, monotonic milliseconds. */
  readonly requestedAtMs: number;
  /** How long it lasts after a renewal. */
  readonly renewedTtlMs: number;
}

/** A lock that is given up. */
export interface GivenUpLock {
  readonly handle: LockHandle;
  /** From then on it has certainly expired, monotonic milliseconds. */
  readonly expiredAtMs: number;
}

interface KeptLease extends Pick<GrantedLock, 'handle' | 'renewedTtlMs'> {
  readonly onLost: () => void;
  lease: Lease;
  expiredAtMs: number;
  cancel: Cancel;
}

/**
 * Renews the locks of live runs at a third of their ttl. A failed renewal is tried again for as long as the lock may be
 * trusted. A lock is lost when a renewal is refused, or when none succeeds in that time.
 */
export class LeaseKeeper {
  readonly #clock: Clock;
  readonly #kept = new Map<string, KeptLease>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get heldCount(): number {
    return this.#kept.size;
  }

  /** Call it once for a key until it is released or lost. `onLost` is called at most once, and not after `release`. */
  keep(renewer: Renewer, { handle, requestedAtMs, renewedTtlMs }: GrantedLock, onLost: () => void): void {
    const lease = leaseFrom(requestedAtMs, handle.ttlMs);
    const expiredAtMs = this.#clock.monotonicMs() + handle.ttlMs;
    const kept = { handle, renewedTtlMs, onLost, lease, expiredAtMs, cancel: () => {} };
    this.#kept.set(handle.key, kept);
    this.#renewLater(renewer, kept);
  }

  /** Whether the lock of the key is kept and may still be trusted. */
  isTrusted(key: string): boolean {
    const kept = this.#kept.get(key);
    return kept !== undefined && isTrusted(kept.lease, this.#clock.monotonicMs());
  }

  /** Stops renewing and returns the lock, if there is one, for the caller to give back. */
  release(key: string): GivenUpLock | undefined {
    const kept = this.#kept.get(key);
    kept?.cancel();
    this.#kept.delete(key);
    return kept;
  }

  #renewLater(renewer: Renewer, kept: KeptLease): void {
    const untilDoubtMs = kept.lease.trustedUntilMs - this.#clock.monotonicMs();
    // A lock that lasts for less than after a renewal is renewed early, while a silent backend may still come back.
    const isShort = kept.lease.ttlMs < kept.renewedTtlMs;
    const intervalMs = isShort ? kept.lease.ttlMs * SHORT_SHARE : renewalIntervalMs(kept.lease);
    const delayMs = Math.max(Math.min(intervalMs, untilDoubtMs), 0);
    kept.cancel = this.#clock.sleep(delayMs, () => void this.#renew(renewer, kept));
  }

  async #renew(renewer: Renewer, kept: KeptLease): Promise<void> {
    const requestedAtMs = this.#clock.monotonicMs();
    if (!isTrusted(kept.lease, requestedAtMs)) return this.#lose(kept);
    // Do not wait for a silent backend longer than the lock may be trusted.
    kept.cancel = this.#clock.sleep(kept.lease.trustedUntilMs - requestedAtMs, () => this.#lose(kept));
    const ttlMs = kept.renewedTtlMs;
    // It may be renewed even if nobody hears of it.
    kept.expiredAtMs = requestedAtMs + ANSWER_LIMIT_MS + ttlMs;
    const isOurs = await renewer.renew({ ...kept.handle, ttlMs }).catch(() => null);
    if (this.#kept.get(kept.handle.key) !== kept) return;
    kept.cancel();
    if (isOurs === false) return this.#lose(kept);
    if (isOurs === true) {
      kept.lease = leaseFrom(requestedAtMs, ttlMs);
      kept.expiredAtMs = this.#clock.monotonicMs() + ttlMs;
    }
    this.#renewLater(renewer, kept);
  }

  #lose(kept: KeptLease): void {
    kept.cancel();
    this.#kept.delete(kept.handle.key);
    kept.onLost();
  }
}
