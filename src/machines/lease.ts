/**
 * How long a lock may be trusted. The backend's clock decides when a lock expires; ours only decides when to stop
 * trusting it: a ttl counted from before the request was sent, less a margin, so that a slow answer never extends trust.
 */

/** Part of the ttl that is given up for clocks that run at different speeds and for what happens after the check. */
const MARGIN_FRACTION = 0.1;

/** A lock as this node may count on it. Instants are monotonic milliseconds. */
export interface Lease {
  readonly ttlMs: number;
  readonly trustedUntilMs: number;
}

/** The lease that a request sent at `requestedAtMs` gives once it has been granted. */
export function leaseFrom(requestedAtMs: number, ttlMs: number): Lease {
  return { ttlMs, trustedUntilMs: requestedAtMs + ttlMs * (1 - MARGIN_FRACTION) };
}

export function isTrusted(lease: Lease, nowMs: number): boolean {
  return nowMs < lease.trustedUntilMs;
}

/** How long to wait between renewals. */
export function renewalIntervalMs(lease: Lease): number {
  return lease.ttlMs / 3;
}
