import { PluginLoadError } from '../../../errors.ts';
import { errorFromRecord } from '../../../wire/error-record.ts';
import type { LoadedPlugin, LoadTask, PluginSource, TaskMessage } from '../../../workers/protocol.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BudgetWatch, Watched } from './budgets/budget-watch.ts';
import { EXIT_LIMIT_MS, type Execute, type TaskEnd, type TaskWorker, type WorkerTask } from './worker-task.ts';

const SUSPECT_BYTES = 64 * 1_024 * 1_024;

/** What a load asks of its pool. */
export interface LoadKeeper {
  readonly clock: Clock;
  readonly watch: BudgetWatch;
  readonly entryTimeoutMs: number;
  /** The load no longer occupies a thread that counts. Called once. */
  loadEnded(load: LiveLoad): void;
}

/**
 * One loading of a plugin, from the pool's queue to its declaration. The promise settles when the thread is free again,
 * or gone.
 */
export class LiveLoad implements WorkerTask, Watched {
  readonly message: LoadTask;
  readonly taskId: string;
  readonly isLoad = true;
  readonly #keeper: LoadKeeper;
  readonly #timeoutMs: number;
  readonly #answer = Promise.withResolvers<LoadedPlugin>();
  #terminate: () => void = () => {};
  #thread: TaskWorker | null = null;
  #declaration: LoadedPlugin | null = null;
  #error: PluginLoadError | null = null;
  #isOver = false;
  wakeAtMs = Number.POSITIVE_INFINITY;
  watchIndex = -1;

  constructor(message: LoadTask, timeoutMs: number, keeper: LoadKeeper) {
    this.message = message;
    this.taskId = message.taskId;
    this.#timeoutMs = timeoutMs;
    this.#keeper = keeper;
  }

  get module(): string {
    return this.message.source.module;
  }

  get sourceId(): string {
    return this.message.source.id;
  }

  get promise(): Promise<LoadedPlugin> {
    return this.#answer.promise;
  }

  /** A thread is free for the load, but may have to start up first. */
  dispatch(execute: Execute): void {
    const nowMs = this.#keeper.clock.monotonicMs();
    this.wakeAtMs = nowMs + this.#keeper.entryTimeoutMs + this.#timeoutMs;
    this.#keeper.watch.add(this, nowMs);
    this.#terminate = execute(this);
  }

  assigned(thread: TaskWorker): void {
    this.#thread = thread;
  }

  heard(message: TaskMessage): void {
    if (message.kind === 'task.entered') {
      this.wakeAtMs = this.#keeper.clock.monotonicMs() + this.#timeoutMs;
      this.#keeper.watch.hurry(this);
    } else if (message.kind === 'plugin.declared') {
      const { kind: _, taskId: __, declaration, ...more } = message;
      this.#declaration = { ...declaration, ...more };
    } else if (message.kind === 'plugin.refused') {
      const cause = message.cause && { cause: errorFromRecord(message.cause) };
      this.#error = this.#refusal(message.reason, cause);
    } else if (message.kind === 'task.crashed') {
      const { name, message: text } = message.error;
      const cause = { cause: errorFromRecord(message.error) };
      this.#error = this.#refusal(`it left an uncaught error: ${name}: ${text}`, cause);
    }
  }

  /** The load has taken too long. The first time its thread is terminated; if it does not exit, it is given up. */
  woken(nowMs: number): void {
    const isFirst = this.#error === null;
    this.#error ??= this.#refusal(`it did not load and declare its schedules within ${this.#timeoutMs} ms`);
    if (!isFirst || this.#thread === null) this.#settle();
    this.wakeAtMs = nowMs + EXIT_LIMIT_MS;
    this.#terminate();
  }

  ended(end: TaskEnd): void {
    if (end.kind === 'died') {
      const how =
        end.error === null
          ? `it ended its thread (exit code ${end.exitCode})`
          : `${end.error.name}: ${end.error.message}`;
      this.#error ??= this.#declaration === null ? this.#refusal(how) : null;
    }
    this.#settle();
  }

  /** A plugin that loads is not measured. It is the reason only if no run holds more than this. */
  get held(): { readonly bytes: number; readonly isSilent: boolean } | null {
    return this.#thread === null ? null : { bytes: SUSPECT_BYTES, isSilent: false };
  }

  endForMemory(): void {
    this.#error ??= this.#refusal('the memory in use came near its limit (pool.memoryLimitMb) while it loaded');
    this.#terminate();
  }

  cancel(reason: string): void {
    this.#error ??= this.#refusal(reason);
    this.#terminate();
    this.#settle();
  }

  #refusal(reason: string, options?: ErrorOptions): PluginLoadError {
    return new PluginLoadError(this.message.source.module, reason, options);
  }

  #settle(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#keeper.watch.remove(this);
    this.#keeper.loadEnded(this);
    if (this.#error === null && this.#declaration !== null) this.#answer.resolve(this.#declaration);
    else this.#answer.reject(this.#error ?? this.#refusal('no thread could take it'));
  }
}

export function loadTask(source: PluginSource, number: number): LoadTask {
  return { kind: 'load', taskId: `load-${number}`, source };
}
