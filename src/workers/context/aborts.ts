import { RunAbortedError } from '../../errors.ts';
import type { AbortReason } from '../../machines/run.ts';
import type { ToPoolWorker } from '../protocol.ts';
import type { TaskScope, TaskScopes } from '../task-scope.ts';

/** Taken before a plugin is loaded, which may change it: every run has a signal, also one that comes after that. */
const { AbortController } = globalThis;
const { apply, getOwnPropertyDescriptor } = Reflect;
const signalOf = getOwnPropertyDescriptor(AbortController.prototype, 'signal')?.get as () => AbortSignal;

/** The signal of one run. */
export class RunAbort {
  readonly #controller = new AbortController();
  readonly signal = apply(signalOf, this.#controller, []);
  #reason: RunAbortedError | null = null;

  get isAborted(): boolean {
    return this.#reason !== null;
  }

  /** The first reason counts. */
  abort(reason: AbortReason): void {
    if (this.#reason !== null) return;
    this.#reason = new RunAbortedError(reason);
    this.#controller.abort(this.#reason);
  }

  /** @throws RunAbortedError if the run was aborted. */
  throwIfAborted(): void {
    if (this.#reason !== null) throw this.#reason;
  }
}

/**
 * The abort signal of the run in this thread. An abort and its run travel over different ports, so the abort may arrive
 * first; it is kept until its run begins. No run id is used twice, so a late abort has no effect on another run.
 */
export class Aborts {
  readonly #scopes: TaskScopes;
  #live: { readonly scope: TaskScope; readonly abort: RunAbort } | null = null;
  #early: { readonly taskId: string; readonly reason: AbortReason } | null = null;

  constructor(scopes: TaskScopes) {
    this.#scopes = scopes;
  }

  open(scope: TaskScope): RunAbort {
    const abort = new RunAbort();
    this.#live = { scope, abort };
    if (this.#early?.taskId === scope.taskId) abort.abort(this.#early.reason);
    this.#early = null;
    return abort;
  }

  close(): void {
    this.#live = null;
  }

  /** Fires the signal in the scope of the run: what a listener throws is the fault of the plugin that added it. */
  abort({ taskId, reason }: Extract<ToPoolWorker, { kind: 'abort' }>): void {
    const live = this.#live;
    if (live?.scope.taskId !== taskId) this.#early = { taskId, reason };
    else this.#scopes.within(live.scope, () => live.abort.abort(reason));
  }
}
