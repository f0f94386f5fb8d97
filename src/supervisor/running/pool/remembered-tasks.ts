import type { ErrorRecord } from '../../../machines/run.ts';
import type { CleanupFailure } from '../../../wire/failures/cleanup-failure.ts';
import type { PluginSource } from '../../../workers/protocol.ts';
import type { WorkerTask } from './worker-task.ts';

/** For so many of its tasks a worker remembers whose they were. */
const REMEMBERED = 64;
/** Of so many plugins a worker remembers the module. */
const REMEMBERED_PLUGINS = 1_000;

/** Whose code did something in a worker. */
export interface Blame {
  readonly runId?: string;
  readonly key?: string;
  /** The module that did it while it was loaded, before any run. */
  readonly module?: string;
}

/** A `cleanup()` that has failed. The module is absent where it is not known. */
export interface FailedCleanup {
  readonly module?: string;
  readonly error: ErrorRecord;
}

interface RememberedTask {
  readonly taskId: string;
  readonly blame: Blame;
}

/** The latest tasks of a worker, and what of them has been told. */
export class RememberedTasks {
  /** The next one takes the place of the oldest. */
  readonly #tasks: RememberedTask[] = [];
  readonly #told = new Set<string>();
  /** The modules of plugins, by the ids of the plugins. */
  readonly #modules = new Map<string, string>();
  #count = 0;
  /** Whose the latest task was. */
  latest: Blame = {};

  add({ taskId, key, module, message: { source } }: WorkerTask): void {
    if (!this.#modules.has(source.id)) this.#learn(source);
    const blame: Blame = key === undefined ? { ...(module !== undefined && { module }) } : { runId: taskId, key };
    this.latest = blame;
    this.#tasks[this.#count % REMEMBERED] = { taskId, blame };
    this.#count += 1;
  }

  /**
   * Whom a message of the worker blames, or null when the same was told of that task before: a plugin may send a million of
   * them. A task that is not remembered is one for all, because its id may be made up.
   */
  firstBlame(kind: string, taskId: string): Blame | null {
    const task = this.#tasks.find((each) => each.taskId === taskId);
    const fact = `${kind} ${task === undefined ? '' : taskId}`;
    if (this.#told.has(fact)) return null;
    this.#told.add(fact);
    return task?.blame ?? this.sole();
  }

  /** Whose clean-ups have failed. An id that no task was about may be made up. */
  named(failures: readonly CleanupFailure[]): FailedCleanup[] {
    return failures.map(({ sourceId, error }) => {
      const module = this.#modules.get(sourceId);
      return { ...(module !== undefined && { module }), error };
    });
  }

  beforeLatest(): Blame {
    return this.#count < 2 ? {} : (this.#tasks[(this.#count - 2) % REMEMBERED]?.blame ?? {});
  }

  /** Whose code it must have been, if all that the worker has executed is of one schedule. */
  sole(): Blame {
    const keys = new Set(this.#tasks.flatMap(({ blame: { key } }) => (key === undefined ? [] : [key])));
    const [key] = keys;
    return keys.size !== 1 || key === undefined || this.#tasks.length === REMEMBERED ? {} : { key };
  }

  #learn({ id, module }: PluginSource): void {
    const [oldest] = this.#modules.keys();
    if (this.#modules.size >= REMEMBERED_PLUGINS && oldest !== undefined) this.#modules.delete(oldest);
    this.#modules.set(id, module);
  }
}
