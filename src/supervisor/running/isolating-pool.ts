import type { AbortReason } from '../../machines/run.ts';
import type { Isolation, LoadedPlugin, PluginSource } from '../../workers/protocol.ts';
import type { PoolPlaces, PoolUser, RunListener, RunPool, RunPoolStats, RunRequest } from '../ports/run-pool.ts';

/** Makes the pool of each kind. */
export type OpenPools = Readonly<Record<Isolation, () => RunPool>>;

const NOTHING: RunPoolStats = { threads: 0, running: 0, queued: 0, quarantined: 0, threadsReplaced: 0 };

/**
 * Sends each run to the pool of its plugin's kind, threads or processes. A pool is made when the first plugin of its
 * kind is loaded: without such a plugin there is no thread, or no process. Each pool has the whole size and a queue of
 * its own, so that runs of one kind do not wait for those of the other.
 */
export class IsolatingPool implements RunPool {
  readonly #open: OpenPools;
  readonly #default: Isolation;
  readonly #pools = new Map<Isolation, RunPool>();
  #closing: Promise<void> | null = null;

  /** `byDefault` is for plugins that do not say what they need. */
  constructor(open: OpenPools, byDefault: Isolation) {
    this.#open = open;
    this.#default = byDefault;
  }

  dispatch(request: RunRequest, listener: RunListener): boolean {
    return this.#closing === null && this.#poolOf(request.source).dispatch(request, listener);
  }

  hasThread(runId: string): boolean {
    return [...this.#pools.values()].some((pool) => pool.hasThread(runId));
  }

  /** A pool ignores the runs that it does not know. */
  look(runId: string): void {
    for (const pool of this.#pools.values()) pool.look(runId);
  }

  abort(runId: string, reason: AbortReason): void {
    for (const pool of this.#pools.values()) pool.abort(runId, reason);
  }

  kill(runId: string, reason: AbortReason): void {
    for (const pool of this.#pools.values()) pool.kill(runId, reason);
  }

  load(source: PluginSource, timeoutMs: number): Promise<LoadedPlugin> {
    return this.#poolOf(source).load(source, timeoutMs);
  }

  loadAfresh(sources: readonly PluginSource[], timeoutMs: number): Promise<LoadedPlugin>[] {
    const loads = new Map<PluginSource, Promise<LoadedPlugin>>();
    for (const [pool, ofPool] of Map.groupBy(sources, (source) => this.#poolOf(source))) {
      for (const [index, load] of pool.loadAfresh(ofPool, timeoutMs).entries()) {
        loads.set(ofPool[index] as PluginSource, load);
      }
    }
    return sources.map((source) => loads.get(source) as Promise<LoadedPlugin>);
  }

  unload(source: PluginSource): void {
    this.#poolOf(source).unload(source);
  }

  recycle(source?: PluginSource): void {
    const pools = source === undefined ? [...this.#pools.values()] : [this.#poolOf(source)];
    for (const pool of pools) pool.recycle();
  }

  places(user: PoolUser): PoolPlaces {
    return this.#poolOf(user.source).places(user);
  }

  stats(): RunPoolStats {
    return [...this.#pools.values()].map((pool) => pool.stats()).reduce(sum, NOTHING);
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([...this.#pools.values()].map((pool) => pool.close())).then(() => {});
    return this.#closing;
  }

  /** After `close`, a new pool is closed at once: it refuses a load in the words of a closed pool. */
  #poolOf({ isolation = this.#default }: PluginSource): RunPool {
    const known = this.#pools.get(isolation);
    if (known !== undefined) return known;
    const pool = this.#open[isolation]();
    this.#pools.set(isolation, pool);
    if (this.#closing !== null) void pool.close();
    return pool;
  }
}

function sum(a: RunPoolStats, b: RunPoolStats): RunPoolStats {
  return {
    threads: a.threads + b.threads,
    running: a.running + b.running,
    queued: a.queued + b.queued,
    quarantined: a.quarantined + b.quarantined,
    threadsReplaced: a.threadsReplaced + b.threadsReplaced,
  };
}
