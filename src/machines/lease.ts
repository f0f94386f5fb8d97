/**
 * How long a lock may be trusted. The backend's clock decides when a lock expires; ours only decides when to stop
 * trusting it. We count the ttl from before the request was sent, less a margin, so that a slow answer never extends
 * trust.
 */

/** Share of the ttl that is given up, because clocks run at different speeds and a check takes time to act on. */
const MARGIN_FRACTION = 0.1;

/** How long this node may rely on a lock. Instants are monotonic milliseconds. */
export interface Lease {
  readonly ttlMs: number;
  readonly trustedUntilMs: number;
}

/** The lease of a lock that was granted to a request sent at `requestedAtMs`. */
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
