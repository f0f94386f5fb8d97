import type { LockHandle, LockingPlugin } from '../../../src/index.ts';

/**
 * The fault that the simulator has to find: an occurrence's claim is given back with the lock of its run, instead of
 * being left to expire. A node that tries for the occurrence later then finds it free, and runs it again.
 */
export function dropClaims(locking: LockingPlugin): LockingPlugin {
  const claims = new Map<string, LockHandle>();
  const keep = (handles: readonly LockHandle[] | null): void => {
    const [runLock, claim] = handles ?? [];
    if (runLock !== undefined && claim !== undefined) claims.set(runLock.lockId, claim);
  };
  return {
    name: locking.name,
    tryLock: (key, ttlMs) => locking.tryLock(key, ttlMs),
    renew: (handle) => locking.renew(handle),
    release: (handle) => locking.release(handle),
    ...(locking.readClock && { readClock: locking.readClock.bind(locking) }),
    ...(locking.announce && { announce: locking.announce.bind(locking) }),
    exchange: async ({ releases, renewals, attempts }) => {
      const withClaims = releases.flatMap((handle) => [handle, ...[claims.get(handle.lockId) ?? []].flat()]);
      const answers = await locking.exchange?.({ releases: withClaims, renewals, attempts });
      for (const handles of answers?.attempts ?? []) keep(handles);
      return answers ?? { renewals: [], attempts: [] };
    },
  };
}
