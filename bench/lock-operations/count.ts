import type { LockingPlugin } from '../../src/index.ts';
import { createVirtualCluster } from '../../src/testing/index.ts';

/** The size of a cluster, and for how long calls are counted. */
export interface ClusterSize {
  readonly nodes: number;
  readonly schedules: number;
  readonly seconds: number;
}

/** All calls of the backend, and the occurrences that ran in that time. */
export interface LockCounts extends ClusterSize {
  readonly occurrences: number;
  readonly roundTrips: number;
  readonly attempts: number;
  readonly renewals: number;
  readonly releases: number;
  readonly announcements: number;
  readonly clockReadings: number;
}

const WARM_UP_S = 20;

/**
 * Counts calls on a virtual cluster whose schedules fall due every second and run for 1 to 50 ms. The count does not
 * depend on the machine.
 */
export async function countLockOperations(size: ClusterSize): Promise<LockCounts> {
  const { nodes, schedules, seconds } = size;
  const counts = { roundTrips: 0, attempts: 0, renewals: 0, releases: 0, announcements: 0, clockReadings: 0 };
  const declared = Array.from({ length: schedules }, (_, index) => ({
    id: `s${index}`,
    cron: '* * * * * *',
    locking: 'require-global' as const,
  }));
  const cluster = createVirtualCluster({
    nodes,
    plugins: [{ name: 'p', schedules: () => declared, run: () => {} }],
    runMs: (_ctx, random) => 1 + Math.floor(random() * 50),
    threads: 4,
    wrapLocking: (locking) => counting(locking, counts),
  });
  await cluster.start();
  await cluster.advance(`${WARM_UP_S}s`);
  const before = { ...counts };
  const startsBefore = cluster.starts.length;
  await cluster.advance(`${seconds}s`);
  const occurrences = cluster.starts.length - startsBefore;
  const counted = {
    roundTrips: counts.roundTrips - before.roundTrips,
    attempts: counts.attempts - before.attempts,
    renewals: counts.renewals - before.renewals,
    releases: counts.releases - before.releases,
    announcements: counts.announcements - before.announcements,
    clockReadings: counts.clockReadings - before.clockReadings,
  };
  await cluster.stop();
  return { ...size, occurrences, ...counted };
}

function counting(locking: LockingPlugin, counts: Omit<LockCounts, keyof ClusterSize | 'occurrences'>): LockingPlugin {
  const counter = counts as { -readonly [K in keyof typeof counts]: number };
  return {
    name: locking.name,
    tryLock: (key, ttlMs) => locking.tryLock(key, ttlMs),
    renew: (handle) => locking.renew(handle),
    release: (handle) => locking.release(handle),
    exchange: async (request) => {
      counter.roundTrips += 1;
      counter.attempts += request.attempts.length;
      counter.renewals += request.renewals.length;
      counter.releases += request.releases.length;
      return (await locking.exchange?.(request)) ?? { renewals: [], attempts: [] };
    },
    announce: async (sign) => {
      counter.announcements += 1;
      return (await locking.announce?.(sign)) ?? { nodeIds: [sign.nodeId], nowMs: 0 };
    },
    readGroup: async (id) => (await locking.readGroup?.(id)) ?? null,
    listen: (listener) => locking.listen?.(listener),
    readClock: async () => {
      counter.clockReadings += 1;
      return (await locking.readClock?.()) ?? 0;
    },
  };
}
