import { commonJsEntryUrl, threadEntryUrl } from '../wire/thread-entry-url.ts';
import type { Isolation } from '../workers/protocol.ts';
import type { Clock } from './ports/clock.ts';
import type { RunPool, RunPoolListener } from './ports/run-pool.ts';
import { IsolatingPool } from './running/isolating-pool.ts';
import type { PluginReference, SupervisorConfig } from './supervisor-config.ts';

export interface PoolsParts {
  readonly clock: Clock;
  readonly listener: RunPoolListener;
  /** The id of the supervisor thread. */
  readonly threadId: number;
}

/**
 * The pools of a scheduler, one for threads and one for processes. Each is opened for the first plugin that needs it, and
 * its code is loaded no sooner. Its workers start at once, so that they can start while the supervisor opens its store.
 */
export class Pools {
  /** Runs each plugin in the pool of its kind. The pool must be open by then. */
  readonly pool: RunPool;
  readonly #config: SupervisorConfig;
  readonly #parts: PoolsParts;
  readonly #opening = new Map<Isolation, Promise<void>>();
  readonly #opened = new Map<Isolation, RunPool>();

  constructor(config: SupervisorConfig, parts: PoolsParts) {
    this.#config = config;
    this.#parts = parts;
    this.pool = new IsolatingPool(
      { thread: () => this.#take('thread'), process: () => this.#take('process') },
      this.#default,
    );
  }

  /** Resolves when the pools of these plugins are open. */
  async open(plugins: readonly Pick<PluginReference, 'isolation'>[]): Promise<void> {
    const kinds = new Set(plugins.map(({ isolation = this.#default }) => isolation));
    await Promise.all([...kinds].map((kind) => this.#openOnce(kind)));
  }

  get #default(): Isolation {
    return this.#config.pool.isolation ?? 'thread';
  }

  #openOnce(kind: Isolation): Promise<void> {
    const known = this.#opening.get(kind);
    if (known !== undefined) return known;
    const opening = this.#open(kind);
    this.#opening.set(kind, opening);
    return opening;
  }

  async #open(kind: Isolation): Promise<void> {
    try {
      this.#opened.set(kind, await (kind === 'thread' ? this.#threads() : this.#processes()));
    } catch (error) {
      // The system may allow another thread later, for a plugin that is installed then.
      this.#opening.delete(kind);
      throw error;
    }
  }

  async #threads(): Promise<RunPool> {
    const { threadPool } = await import('./running/pool/threads/thread-pool.ts');
    return threadPool({ ...this.#options, runEntry: commonJsEntryUrl('workers/thread-entry') }, this.#parts.listener);
  }

  async #processes(): Promise<RunPool> {
    const { processPool } = await import('./running/pool/processes/process-pool.ts');
    const { budget, incarnationId } = this.#config;
    const owner = { schedulerId: incarnationId, threadId: this.#parts.threadId };
    const processEntry = threadEntryUrl('workers/process-entry');
    return processPool({ ...this.#options, heapMb: budget.heapMb, owner, processEntry }, this.#parts.listener);
  }

  get #options() {
    const { pool, hostFunctions } = this.#config;
    return { ...pool, hostFunctions, clock: this.#parts.clock };
  }

  #take(kind: Isolation): RunPool {
    const pool = this.#opened.get(kind);
    if (pool === undefined) throw new Error(`The pool of kind "${kind}" is not open.`);
    return pool;
  }
}
