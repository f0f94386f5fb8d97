import type { Clock } from '../ports/clock.ts';
import type { LockingPlugin } from '../ports/locking.ts';
import type { GrantedLock } from './lease-keeper.ts';

/** An answer that takes this share of a short ttl is late. */
const LATE_SHARE = 1 / 8;

/**
 * A short lock whose answer took long is renewed before it is relied on, because soon it could not be trusted any more.
 * Its run has not begun, so this is safe even if it has expired: then the renewal is refused, and the lock is lost.
 */
export async function prolonged(
  granted: GrantedLock,
  renewer: Pick<LockingPlugin, 'renew'>,
  clock: Pick<Clock, 'monotonicMs'>,
): Promise<GrantedLock> {
  const { handle, requestedAtMs, renewedTtlMs } = granted;
  const askedAtMs = clock.monotonicMs();
  if (handle.ttlMs >= renewedTtlMs || askedAtMs - requestedAtMs < handle.ttlMs * LATE_SHARE) return granted;
  const longer = { ...handle, ttlMs: renewedTtlMs };
  const isOurs = await renewer.renew(longer).catch(() => false);
  return isOurs ? { ...granted, handle: longer, requestedAtMs: askedAtMs } : granted;
}
