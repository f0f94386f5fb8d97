import { MemoryLocking, MemoryLocks } from '../backends/memory/memory-locking.ts';
import { MemoryStore } from '../backends/memory/memory-store.ts';
import { Ledger } from '../machines/ledger/ledger.ts';
import type { SupervisorEvent } from '../supervisor/protocol.ts';
import { NodeClock } from './node-clock.ts';
import type { VirtualPlugin } from './plugins/plugin-shelf.ts';
import { type Random, seededRandom } from './run-duration.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { VirtualProcess } from './virtual-process.ts';
import type { VirtualSettings } from './virtual-scheduler-options.ts';

/** What outlives the processes of a virtual scheduler, as files and a lock server would. */
export class VirtualWorld {
  readonly #clock: VirtualClock;
  readonly #heard: (event: SupervisorEvent) => void;
  readonly #locks = new MemoryLocks();
  readonly #random: Random;
  #settings: VirtualSettings;
  #ledger = new Ledger();
  #processCount = 0;
  #runCount = 0;

  /** @param heard Called with every event of a process that is alive. */
  constructor(clock: VirtualClock, settings: VirtualSettings, heard: (event: SupervisorEvent) => void) {
    this.#clock = clock;
    this.#settings = settings;
    this.#heard = heard;
    this.#random = seededRandom(settings.seed);
  }

  /** What the current process writes, and what the next one finds. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  newProcess(): VirtualProcess {
    this.#processCount += 1;
    return new VirtualProcess({
      settings: this.#settings,
      nodeId: `node-${this.#processCount}`,
      incarnationId: `incarnation-${this.#processCount}`,
      clock: new NodeClock(this.#clock),
      store: new MemoryStore({ ledger: this.#ledger }),
      locking: this.#settings.locking ? new MemoryLocking(this.#clock, this.#locks) : null,
      isCluster: false,
      random: this.#random,
      newRunId: () => {
        this.#runCount += 1;
        return `run-${this.#runCount}`;
      },
      heard: this.#heard,
    });
  }

  /** Goes on with a copy of the ledger, so that nobody reads what a killed process still writes. */
  leaveDeadProcess(): void {
    this.#ledger = new Ledger(this.#ledger.snapshot());
  }

  /** The next process loads these plugins. */
  replacePlugins(plugins: readonly VirtualPlugin[]): void {
    this.#settings = { ...this.#settings, plugins };
  }
}
