import { TransientMap } from '../../../machines/collections/transient-map.ts';
import type { PluginSource } from '../../../workers/protocol.ts';

/** Of so many guests it is remembered that they were retired. */
const REMEMBERED = 1_000;

interface RunOfPlugin {
  readonly taskId: string;
  readonly sourceId: string;
}

/**
 * The runs of a pool, queued and dispatched, and the guests that have been replaced or uninstalled. Workers give such a
 * guest up once its last run has ended. A run may still come after that, because it was planned before and has waited for
 * its lock: it loads the old version again, under an id of its own, which is given up when that run has ended.
 */
export class LiveRuns<R extends RunOfPlugin> {
  /** By id. */
  readonly #runs = new TransientMap<string, R>();
  /** The ids of retired guests, the oldest first. */
  readonly #retired = new Set<string>();
  /** Has the workers give up a plugin. */
  readonly #unload: (sourceId: string) => void;
  #lateCount = 0;

  constructor(unload: (sourceId: string) => void) {
    this.#unload = unload;
  }

  get ids(): string[] {
    return [...this.#runs.keys()];
  }

  get(runId: string): R | undefined {
    return this.#runs.get(runId);
  }

  add(run: R): void {
    this.#runs.set(run.taskId, run);
  }

  delete({ taskId, sourceId }: R): void {
    this.#runs.delete(taskId);
    if (this.#retired.has(sourceId)) this.#unloadIfUnused(sourceId);
  }

  /** No run of the plugin is planned any more. */
  retire(sourceId: string): void {
    this.#remember(sourceId);
    this.#unloadIfUnused(sourceId);
  }

  /** A run that is about to come, with the plugin that it is to execute. */
  admitted<Q extends { readonly source: PluginSource }>(request: Q): Q {
    const { source } = request;
    if (!this.#retired.has(source.id)) return request;
    this.#lateCount += 1;
    const id = `${source.id}-late-${this.#lateCount}`;
    this.#remember(id);
    return { ...request, source: { ...source, id } };
  }

  #unloadIfUnused(sourceId: string): void {
    for (const run of this.#runs.values()) if (run.sourceId === sourceId) return;
    this.#unload(sourceId);
  }

  #remember(sourceId: string): void {
    this.#retired.add(sourceId);
    const [oldest] = this.#retired;
    if (this.#retired.size > REMEMBERED && oldest !== undefined) this.#retired.delete(oldest);
  }
}
