import { callWith } from '../host/with-caller.ts';
import type { JsonValue } from '../plugin.ts';
import { FunctionCalls } from '../supervisor/calling/function-calls.ts';
import type { LockingPlugin } from '../supervisor/ports/locking.ts';
import type { StateStore } from '../supervisor/ports/store.ts';
import type { SupervisorEvent } from '../supervisor/protocol.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import type { SupervisorConfig } from '../supervisor/supervisor-config.ts';
import { InProcessPool } from './in-process-pool.ts';
import type { NodeClock } from './node-clock.ts';
import { PluginShelf } from './plugins/plugin-shelf.ts';
import { durationOf, type Random } from './run-duration.ts';
import { silentLogger } from './silent-logger.ts';
import { VirtualFetcher } from './virtual-fetcher.ts';
import type { VirtualSettings } from './virtual-scheduler-options.ts';

/** How long a plugin may take to load, in real milliseconds. */
const LOAD_TIMEOUT_MS = 5_000;
/** The longest call of a function, in bytes. */
const MAX_MESSAGE_BYTES = 1_048_576;

/** What a process is made of. */
export interface VirtualProcessParts {
  readonly settings: VirtualSettings;
  readonly nodeId: string;
  readonly incarnationId: string;
  readonly clock: NodeClock;
  readonly store: StateStore;
  readonly locking: LockingPlugin | null;
  readonly isCluster: boolean;
  readonly random: Random;
  readonly newRunId: () => string;
  readonly heard: (event: SupervisorEvent) => void;
}

/** One process with one supervisor, from its start until it is stopped or killed. */
export class VirtualProcess {
  readonly supervisor: Supervisor;
  readonly #clock: NodeClock;
  #isDead = false;

  constructor(parts: VirtualProcessParts) {
    const { settings, clock, store, locking, random, newRunId, heard } = parts;
    const { threads, maxQueue, hostFunctions, runMs } = settings;
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
    this.supervisor = new Supervisor(configOf(parts, shelf), {
      clock,
      pool,
      store,
      locking,
      log: silentLogger,
      newRunId,
      emit: (event) => {
        if (!this.#isDead) heard(event);
      },
      calls: new FunctionCalls({
        clock,
        store,
        fetcher: new VirtualFetcher(settings.fetch),
        hostFunctions: Object.keys(hostFunctions),
        maxMessageBytes: MAX_MESSAGE_BYTES,
        callHost: async ({ name, args, caller }) => {
          const called = hostFunctions[name];
          return called === undefined ? undefined : ((await callWith(called, args, caller)) as JsonValue | undefined);
        },
      }),
      heartbeat: new Int32Array(1),
      heapBytes: () => 0,
    });
  }

  /** Ends it at once: nothing wakes it any more, and its events are dropped. */
  kill(): void {
    this.#isDead = true;
    this.#clock.die();
  }
}

function configOf(
  { settings, nodeId, incarnationId, store, locking, isCluster }: VirtualProcessParts,
  shelf: PluginShelf,
): SupervisorConfig {
  const { threads, maxQueue, timezone, budget, hostFunctions } = settings;
  return {
    nodeId,
    incarnationId,
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
      maxMessageBytes: MAX_MESSAGE_BYTES,
      memoryLimitMb: Number.POSITIVE_INFINITY,
      env: null,
      loadTimeoutMs: LOAD_TIMEOUT_MS,
    },
    budget,
    store: { module: `virtual:${store.name}`, options: {} },
    locking: locking === null ? null : { module: `virtual:${locking.name}`, options: {} },
    isCluster,
    log: { level: 'silent', destination: 1, redact: [] },
    hostFunctions: Object.keys(hostFunctions),
  };
}
