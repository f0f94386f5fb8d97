import { RunAbortedError } from '../../errors.ts';
import type { AbortReason } from '../../machines/run.ts';
import type { ToPoolWorker } from '../protocol.ts';
import type { TaskScope, TaskScopes } from '../task-scope.ts';

/**
 * The abort signal of the run in this thread. An abort and its run travel over different ports, so the abort may arrive
 * first; it is kept until its run begins. No run id is used twice, so a late abort has no effect on another run.
 */
export class Aborts {
  readonly #scopes: TaskScopes;
  #live: { readonly scope: TaskScope; readonly controller: AbortController } | null = null;
  #early: { readonly taskId: string; readonly reason: AbortReason } | null = null;

  constructor(scopes: TaskScopes) {
    this.#scopes = scopes;
  }

  open(scope: TaskScope): AbortSignal {
    const controller = new AbortController();
    this.#live = { scope, controller };
    if (this.#early?.taskId === scope.taskId) controller.abort(new RunAbortedError(this.#early.reason));
    this.#early = null;
    return controller.signal;
  }

  close(): void {
    this.#live = null;
  }

  /** Fires the signal in the scope of the run: what a listener throws is the fault of the plugin that added it. */
  abort({ taskId, reason }: Extract<ToPoolWorker, { kind: 'abort' }>): void {
    const live = this.#live;
    if (live?.scope.taskId !== taskId) this.#early = { taskId, reason };
    else this.#scopes.within(live.scope, () => live.controller.abort(new RunAbortedError(reason)));
  }
}
