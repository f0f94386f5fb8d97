import { MemoryLocks } from '../../backends/memory/memory-locking.ts';
import { MemoryStore } from '../../backends/memory/memory-store.ts';
import { SharedStore } from '../../backends/shared-store/shared-store.ts';
import { Ledger } from '../../machines/ledger/ledger.ts';
import type { LockingPlugin } from '../../supervisor/ports/locking.ts';
import type { StateStore } from '../../supervisor/ports/store.ts';
import type { NodeClock } from '../node-clock.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { DistantBackend } from './distant-backend.ts';
import { DistantLocking } from './distant-locking.ts';
import type { Link } from './link.ts';
import { SharedMemory } from './shared-memory.ts';

/** What the nodes of a virtual cluster share. */
export interface VirtualBackends {
  /** The backends of one node, for as long as its disk lives. */
  forNode(): NodeBackends;
}

export interface NodeBackends {
  /** The backends of one process. */
  open(process: { readonly clock: NodeClock; readonly link: Link }): {
    readonly store: StateStore;
    readonly locking: LockingPlugin | null;
  };
  /** The process is dead: what it still writes to the node's disk is lost. */
  crash(): void;
}

/** Locks that all nodes share, and a disk for each node, as with Redis and a SQLite store. */
export class LockingBackends implements VirtualBackends {
  readonly #clock: VirtualClock;
  readonly #wrap: (locking: LockingPlugin) => LockingPlugin;
  readonly locks = new MemoryLocks();

  /** @param wrap Puts a fault between a node and the backend, which a test has to find. */
  constructor(clock: VirtualClock, wrap: (locking: LockingPlugin) => LockingPlugin = (locking) => locking) {
    this.#clock = clock;
    this.#wrap = wrap;
  }

  forNode(): NodeBackends {
    let ledger = new Ledger();
    let locking: DistantLocking | null = null;
    return {
      open: ({ link }) => {
        locking = new DistantLocking(this.#clock, this.locks, link);
        return { store: new MemoryStore({ ledger }), locking: this.#wrap(locking) };
      },
      crash: () => {
        ledger = new Ledger(ledger.snapshot());
        void locking?.cleanup();
      },
    };
  }
}

/** Nodes that share nothing. */
export class NoBackends implements VirtualBackends {
  forNode(): NodeBackends {
    let ledger = new Ledger();
    return {
      open: () => ({ store: new MemoryStore({ ledger }), locking: null }),
      crash: () => {
        ledger = new Ledger(ledger.snapshot());
      },
    };
  }
}

/** How long a node counts as alive without a sign of life. */
const NODE_TTL_MS = 15_000;

/** A store that all nodes share, and nothing else, as with Postgres. */
export class StoreBackends implements VirtualBackends {
  readonly memory: SharedMemory;

  constructor(clock: VirtualClock) {
    this.memory = new SharedMemory(clock);
  }

  forNode(): NodeBackends {
    return {
      open: ({ clock, link }) => ({
        store: new SharedStore(new DistantBackend(clock, this.memory, link), clock, { nodeTtlMs: NODE_TTL_MS }),
        locking: null,
      }),
      crash: () => {},
    };
  }
}
