/**
 * Finds out which task is to blame. All code of a plugin runs inside the scope of the task that called it, and
 * AsyncLocalStorage carries the scope through promises, timers and callbacks. So an exception that nobody caught, or a
 * line of output, is attributed to the task that left it, even when that task has ended and another one runs in its
 * thread.
 *
 * Measured on Node 24: in handlers of `uncaughtException` and `unhandledRejection` the store is that of the timer,
 * callback or promise that failed. For an event emitter or an AbortSignal it is the emitter's, because that calls the
 * listener.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { errorRecord } from '../wire/error-record.ts';
import type { RunLog } from './context/run-log.ts';
import type { SupervisorPort } from './ports/supervisor-port.ts';

/** One task's share of the thread. */
export interface TaskScope {
  readonly taskId: string;
  /** Where output goes. Null for a task without a log. */
  readonly log: RunLog | null;
  /** Whether the task has left an error after its end. Only the first is reported: a timer may go on throwing. */
  hasLeftError: boolean;
}

export class TaskScopes {
  readonly #storage = new AsyncLocalStorage<TaskScope>();
  readonly #port: SupervisorPort;
  #live: TaskScope | null = null;
  /** Whether an error without a scope was reported. One is enough, as for a scope. */
  #hasFaulted = false;

  constructor(port: SupervisorPort) {
    this.#port = port;
  }

  /** The scope of the calling code. */
  get current(): TaskScope | undefined {
    return this.#storage.getStore();
  }

  isLive(scope: TaskScope): boolean {
    return this.#live === scope;
  }

  /** Runs `work` as the live task; there is only one at a time. What it leaves behind stays in its scope. */
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

  /** From now on, exceptions that nobody catches are reported to the pool. */
  takeBlame(): void {
    process.on('uncaughtException', (error) => this.#blame(error));
    process.on('unhandledRejection', (error) => this.#blame(error));
  }

  /** If a runtime loses the scope of an exception, the live task is to blame: no other plugin code runs. */
  #blame(thrown: unknown): void {
    const scope = this.current ?? this.#live;
    const error = errorRecord(thrown);
    if (scope === null) this.#reportFault(error);
    else if (this.isLive(scope)) this.#crash(scope, error);
    else this.#reportLeftError(scope, error);
  }

  /**
   * Ends the thread: the state of the plugin, and of what it shares with others here, is not to be trusted any more.
   */
  #crash({ taskId }: TaskScope, error: ReturnType<typeof errorRecord>): void {
    this.#port.post({ kind: 'task.crashed', taskId, error });
    process.exit(1);
  }

  #reportFault(error: ReturnType<typeof errorRecord>): void {
    if (this.#hasFaulted) return;
    this.#hasFaulted = true;
    this.#port.post({ kind: 'worker.faulted', error });
  }

  #reportLeftError(scope: TaskScope, error: ReturnType<typeof errorRecord>): void {
    if (scope.hasLeftError) return;
    scope.hasLeftError = true;
    this.#port.post({ kind: 'task.left-error', taskId: scope.taskId, error });
  }
}
