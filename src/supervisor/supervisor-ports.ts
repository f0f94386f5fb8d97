import type { JsonValue } from '../plugin.ts';
import type { CallOfHost, Onlookers } from './operator-protocol.ts';
import type { Clock } from './ports/clock.ts';
import type { LockingPlugin, OpeningLocks } from './ports/locking.ts';
import type { Logger } from './ports/logger.ts';
import type { PluginCalls } from './ports/plugin-calls.ts';
import type { RunPool } from './ports/run-pool.ts';
import type { StateStore } from './ports/store.ts';
import type { SupervisorEvent } from './protocol.ts';

/** Everything that a node uses of its surroundings. */
export interface SupervisorPorts {
  /** The clock of this machine. The node goes by its backend's, if that has one. */
  readonly clock: Clock;
  readonly pool: RunPool;
  readonly store: StateStore;
  readonly locking: LockingPlugin | null;
  /** Absent: the lock backend is open. */
  readonly opening?: OpeningLocks;
  readonly log: Logger;
  readonly newRunId: () => string;
  readonly emit: (event: SupervisorEvent) => void;
  /** Those who look at the node beside its host. Absent: nobody can. */
  readonly onlookers?: Onlookers;
  readonly calls: PluginCalls;
  /** Calls a function of the host for the node itself. Absent: there is no host. */
  readonly callHost?: (call: CallOfHost) => Promise<JsonValue | undefined>;
  /** One counter: it grows at every wake-up of the clock. */
  readonly heartbeat: Int32Array;
  readonly heapBytes: () => number;
}
