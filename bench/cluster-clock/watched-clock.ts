import { randomUUID } from 'node:crypto';
import { MemoryStore } from '../../src/backends/memory/memory-store.ts';
import type { ClockReading } from '../../src/machines/cluster-time/clock-offset.ts';
import { Ledger } from '../../src/machines/ledger/ledger.ts';
import type { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import { ClockWatch } from '../../src/supervisor/cluster/clock-watch.ts';
import { Cluster } from '../../src/supervisor/cluster/cluster.ts';
import type { ClusterClock } from '../../src/supervisor/cluster/cluster-clock.ts';
import type { LockingPlugin } from '../../src/supervisor/ports/locking.ts';
import type { StateStore } from '../../src/supervisor/ports/store.ts';

/** The clock of a node that goes by a server of this machine. */
export interface WatchedClock {
  readonly clock: ClusterClock;
  /** By how much the server's clock differs from what it is, as if somebody had set it. */
  setByMs: number;
  close(): Promise<void>;
}

/** As a node does it that shares a store: it looks around twice a second. */
export async function watchStore(machine: SystemClock, store: StateStore): Promise<WatchedClock> {
  const watch = new ClockWatch({ machine, store, locking: null, warn: () => {} });
  await watch.start();
  const watched: WatchedClock = {
    clock: watch.clock,
    setByMs: 0,
    close: async () => {
      watch.close();
      await store.close(watch.clock.nowMs());
    },
  };
  const measured = (reading: ClockReading): void => watch.measured(setBy(reading, watched.setByMs));
  const nothing = (): void => {};
  await store.open(
    { nodeId: randomUUID(), incarnationId: randomUUID(), atMs: watch.clock.nowMs() },
    {
      warned: nothing,
      lacksState: nothing,
      changed: nothing,
      conflicted: nothing,
      historyChanged: nothing,
      trusted: nothing,
      orphaned: nothing,
      clock: measured,
      roster: (_nodeIds, reading) => measured(reading),
    },
  );
  return watched;
}

/** As a node does it that has locks: it announces itself, every five seconds in the end. It asks for no locks. */
export async function watchLocks(machine: SystemClock, locking: LockingPlugin): Promise<WatchedClock> {
  const store = new MemoryStore({ ledger: new Ledger() });
  const watch = new ClockWatch({ machine, store, locking, warn: () => {} });
  await watch.start();
  const watched: WatchedClock = {
    clock: watch.clock,
    setByMs: 0,
    close: async () => {
      watch.close();
      await cluster.close();
      await locking.cleanup?.();
    },
  };
  const measured = (reading: ClockReading): void => watch.measured(setBy(reading, watched.setByMs));
  const cluster = new Cluster({ clock: watch.clock, nodeId: randomUUID(), locking, measured });
  cluster.start();
  return watched;
}

function setBy(reading: ClockReading, byMs: number): ClockReading {
  return { ...reading, nowMs: reading.nowMs + byMs };
}
