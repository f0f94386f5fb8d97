import type { Ledger } from '../machines/ledger.ts';
import { MemoryLocking, type MemoryLocks } from '../supervisor/lockings/memory-locking.ts';
import type { SupervisorConfig, SupervisorEvent } from '../supervisor/protocol.ts';
import { MemoryStore } from '../supervisor/stores/memory-store.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { InProcessPool } from './in-process-pool.ts';
import { MortalClock } from './mortal-clock.ts';
import { PluginShelf } from './plugin-shelf.ts';
import { durationOf, type Random } from './run-duration.ts';
import { silentLogger } from './silent-logger.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { VirtualSettings } from './virtual-scheduler-options.ts';

/** How long a plugin may take to load, in real milliseconds. */
const LOAD_TIMEOUT_MS = 5_000;

/** What outlives a process. */
export interface VirtualWorld {
  readonly settings: VirtualSettings;
  readonly clock: VirtualClock;
  readonly ledger: Ledger;
  readonly locks: MemoryLocks;
  readonly random: Random;
  readonly newRunId: () => string;
  readonly heard: (event: SupervisorEvent) => void;
}

/** One process with one supervisor, from its start to its end, whichever it is. */
export class VirtualProcess {
  readonly supervisor: Supervisor;
  readonly #clock: MortalClock;
  #isDead = false;

  /** @param incarnation Counts the processes, from 1. */
  constructor(world: VirtualWorld, incarnation: number) {
    const { settings, ledger, locks, random, newRunId, heard } = world;
    const { threads, maxQueue, hostFunctions, runMs } = settings;
    const clock = new MortalClock(world.clock);
    const shelf = new PluginShelf(settings.plugins);
    const pool = new InProcessPool(
      {
        clock,
        shelf,
        threads,
        maxQueue,
        hostFunctions: Object.keys(hostFunctions),
        durationOf: (ctx) => durationOf(runMs, ctx, random),
      },
      { warned: (warning) => this.supervisor.warn(warning) },
    );
    this.#clock = clock;
    this.supervisor = new Supervisor(configOf(settings, shelf, incarnation), {
      clock,
      pool,
      store: new MemoryStore({ ledger }),
      locking: settings.locking ? new MemoryLocking(world.clock, locks) : null,
      log: silentLogger,
      newRunId,
      emit: (event) => {
        if (!this.#isDead) heard(event);
      },
      callHost: async (name, args) => hostFunctions[name]?.(...args),
      beat: () => {},
      heapBytes: () => 0,
    });
  }

  /** Ends it at once: what it still does wakes nobody and is heard by nobody. */
  kill(): void {
    this.#isDead = true;
    this.#clock.die();
  }
}

function configOf(settings: VirtualSettings, shelf: PluginShelf, incarnation: number): SupervisorConfig {
  const { threads, maxQueue, timezone, budget, locking, hostFunctions } = settings;
  return {
    nodeId: `node-${incarnation}`,
    incarnationId: `incarnation-${incarnation}`,
    plugins: shelf.references,
    onPluginError: 'throw',
    isDryRun: false,
    timezone,
    pool: {
      minThreads: threads,
      maxThreads: threads,
      maxQueue,
      niceIncrement: 0,
      resourceLimits: {},
      env: null,
      loadTimeoutMs: LOAD_TIMEOUT_MS,
    },
    budget,
    store: { module: 'builtin:memory', options: {} },
    locking: locking ? { module: 'builtin:memory', options: {} } : null,
    isCluster: false,
    log: { level: 'silent', destination: 1, redact: [] },
    hostFunctions: Object.keys(hostFunctions),
  };
}
