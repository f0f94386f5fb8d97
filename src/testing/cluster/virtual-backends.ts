import { Ledger } from '../../machines/ledger.ts';
import type { LockingPlugin } from '../../supervisor/locking.ts';
import { MemoryLocks } from '../../supervisor/lockings/memory-locking.ts';
import type { StateStore } from '../../supervisor/store.ts';
import { MemoryStore } from '../../supervisor/stores/memory-store.ts';
import type { NodeClock } from '../node-clock.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { DistantLocking } from './distant-locking.ts';
import type { Link } from './link.ts';

/** What the nodes of a virtual cluster agree by. */
export interface VirtualBackends {
  /** The backends as one node has them, for as long as its disk lives. */
  forNode(): NodeBackends;
}

export interface NodeBackends {
  /** Those of one process. */
  open(process: { readonly clock: NodeClock; readonly link: Link }): {
    readonly store: StateStore;
    readonly locking: LockingPlugin | null;
  };
  /** The process is dead: what it still writes to the node's own disk is lost. */
  crash(): void;
}

/** Locks that all nodes share, and a disk for each: as with Redis and a SQLite store. */
export class LockingBackends implements VirtualBackends {
  readonly #clock: VirtualClock;
  readonly #wrap: (locking: LockingPlugin) => LockingPlugin;
  readonly locks = new MemoryLocks();

  /** @param wrap What stands between a node and the backend: a fault to be found. */
  constructor(clock: VirtualClock, wrap: (locking: LockingPlugin) => LockingPlugin = (locking) => locking) {
    this.#clock = clock;
    this.#wrap = wrap;
  }

  forNode(): NodeBackends {
    let ledger = new Ledger();
    return {
      open: ({ link }) => ({
        store: new MemoryStore({ ledger }),
        locking: this.#wrap(new DistantLocking(this.#clock, this.locks, link)),
      }),
      crash: () => {
        ledger = new Ledger(ledger.snapshot());
      },
    };
  }
}
