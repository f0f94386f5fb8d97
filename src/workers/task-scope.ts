/**
 * Who is to blame. All code of a plugin runs inside the scope of the task that called it, carried by AsyncLocalStorage
 * through promises, timers and callbacks: so an exception that nobody caught, or a line of output, is told to be of the
 * task that left it, even when that had ended and another one runs in its thread.
 *
 * Measured on Node 24: in handlers of `uncaughtException` and `unhandledRejection` the store is that of the timer, callback
 * or promise that failed. Of an event emitter or an AbortSignal it is that of whoever emitted, as the listener is called by it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { errorRecord } from '../wire/error-record.ts';
import type { RunLog } from './run-log.ts';
import type { SupervisorPort } from './supervisor-port.ts';

/** One task's share of the thread. */
export interface TaskScope {
  readonly taskId: string;
  /** Where output goes; null for a task without a log. */
  readonly log: RunLog | null;
  /** Whether it has left an error after its end: one is told, of a timer that goes on throwing the rest is not. */
  hasLeftError: boolean;
}

export class TaskScopes {
  readonly #storage = new AsyncLocalStorage<TaskScope>();
  readonly #port: SupervisorPort;
  #live: TaskScope | null = null;

  constructor(port: SupervisorPort) {
    this.#port = port;
  }

  /** The scope of the code that calls. */
  get current(): TaskScope | undefined {
    return this.#storage.getStore();
  }

  isLive(scope: TaskScope): boolean {
    return this.#live === scope;
  }

  /** Runs `work` as the live task. There is one at a time; what it leaves behind stays in its scope. */
  async enter<T>(scope: TaskScope, work: () => Promise<T>): Promise<T> {
    this.#live = scope;
    try {
      return await this.#storage.run(scope, work);
    } finally {
      this.#live = null;
    }
  }

  /** Calls back into plugin code on behalf of a task. */
  within(scope: TaskScope, call: () => void): void {
    this.#storage.run(scope, call);
  }

  /** From now on, what nobody catches is told to the pool. */
  takeBlame(): void {
    process.on('uncaughtException', (error) => this.#blame(error));
    process.on('unhandledRejection', (error) => this.#blame(error));
  }

  /** An exception without a scope (a runtime that loses it) is blamed on the live task: nobody else's code runs. */
  #blame(thrown: unknown): void {
    const scope = this.current ?? this.#live;
    const error = errorRecord(thrown);
    if (scope === null) this.#port.post({ kind: 'thread.faulted', error });
    else if (this.isLive(scope)) this.#crash(scope, error);
    else this.#tellLeftError(scope, error);
  }

  /** The state of the plugin, and of whatever it shares with others in this thread, cannot be trusted any more. */
  #crash({ taskId }: TaskScope, error: ReturnType<typeof errorRecord>): void {
    this.#port.post({ kind: 'task.crashed', taskId, error });
    process.exit(1);
  }

  #tellLeftError(scope: TaskScope, error: ReturnType<typeof errorRecord>): void {
    if (scope.hasLeftError) return;
    scope.hasLeftError = true;
    this.#port.post({ kind: 'task.left-error', taskId: scope.taskId, error });
  }
}
