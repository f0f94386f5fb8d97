/**
 * Ends one task of piscina, which takes any emitter in place of an `AbortSignal`. To make a controller for every run
 * costs several times as much, and most runs are never aborted.
 */
export class TaskAbort {
  /** Piscina does not begin a task whose signal says so. */
  aborted = false;
  #listener: (() => void) | null = null;

  once(_event: 'abort', listener: () => void): void {
    this.#listener = listener;
  }

  off(): void {
    this.#listener = null;
  }

  removeListener(): void {
    this.#listener = null;
  }

  abort(): void {
    this.aborted = true;
    const listener = this.#listener;
    this.#listener = null;
    listener?.();
  }
}
