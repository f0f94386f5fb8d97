import { isTrusted, type Lease, leaseFrom, renewalIntervalMs } from '../../machines/lease.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { LockHandle, LockingPlugin } from '../ports/locking.ts';

/** Renews locks. */
type Renewer = Pick<LockingPlugin, 'renew'>;

interface KeptLease {
  readonly handle: LockHandle;
  readonly onLost: () => void;
  lease: Lease;
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
  keep(renewer: Renewer, granted: { handle: LockHandle; requestedAtMs: number }, onLost: () => void): void {
    const { handle, requestedAtMs } = granted;
    const kept = { handle, onLost, lease: leaseFrom(requestedAtMs, handle.ttlMs), cancel: () => {} };
    this.#kept.set(handle.key, kept);
    this.#renewLater(renewer, kept);
  }

  /** Whether the lock of the key is kept and may still be trusted. */
  isTrusted(key: string): boolean {
    const kept = this.#kept.get(key);
    return kept !== undefined && isTrusted(kept.lease, this.#clock.monotonicMs());
  }

  /** Stops renewing and returns the handle, if there is one, for the caller to give back. */
  release(key: string): LockHandle | undefined {
    const kept = this.#kept.get(key);
    kept?.cancel();
    this.#kept.delete(key);
    return kept?.handle;
  }

  #renewLater(renewer: Renewer, kept: KeptLease): void {
    const untilDoubtMs = kept.lease.trustedUntilMs - this.#clock.monotonicMs();
    const delayMs = Math.max(Math.min(renewalIntervalMs(kept.lease), untilDoubtMs), 0);
    kept.cancel = this.#clock.sleep(delayMs, () => void this.#renew(renewer, kept));
  }

  async #renew(renewer: Renewer, kept: KeptLease): Promise<void> {
    const requestedAtMs = this.#clock.monotonicMs();
    if (!isTrusted(kept.lease, requestedAtMs)) return this.#lose(kept);
    // Do not wait for a silent backend longer than the lock may be trusted.
    kept.cancel = this.#clock.sleep(kept.lease.trustedUntilMs - requestedAtMs, () => this.#lose(kept));
    const isOurs = await renewer.renew(kept.handle).catch(() => null);
    if (this.#kept.get(kept.handle.key) !== kept) return;
    kept.cancel();
    if (isOurs === false) return this.#lose(kept);
    if (isOurs === true) kept.lease = leaseFrom(requestedAtMs, kept.handle.ttlMs);
    this.#renewLater(renewer, kept);
  }

  #lose(kept: KeptLease): void {
    kept.cancel();
    this.#kept.delete(kept.handle.key);
    kept.onLost();
  }
}
