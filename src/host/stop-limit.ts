/**
 * Bounds the time of a stop from the host's side. The supervisor keeps the same limits by itself, but it may hang, be
 * out of memory, or wait for a thread that does not exit. Everything is over two seconds after the drain and the grace.
 */
import { MAX_TIMER_MS } from '../machines/calendar/duration.ts';

/** What the supervisor may take to answer, beyond drain and grace. */
const ANSWER_LIMIT_MS = 1_800;
/** What a stop may take altogether, beyond drain and grace. */
const STOP_LIMIT_MS = 1_950;

export class StopLimit {
  readonly #drainMs: number;
  readonly #startedAtMs = performance.now();
  readonly #passed = Promise.withResolvers<null>();
  #graceMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param graceMs The grace to assume until the supervisor says which runs there are. */
  constructor(drainMs: number, graceMs: number) {
    this.#drainMs = drainMs;
    this.#graceMs = graceMs;
    this.#arm();
  }

  /** Resolves to null when the supervisor should have answered. */
  get passed(): Promise<null> {
    return this.#passed.promise;
  }

  /** How much of the drain is left. */
  get drainLeftMs(): number {
    return Math.max(0, this.#drainMs - this.#elapsedMs);
  }

  /** How much of the whole stop is left. */
  get leftMs(): number {
    return Math.max(0, this.#drainMs + this.#graceMs + STOP_LIMIT_MS - this.#elapsedMs);
  }

  /** The supervisor has said what the longest grace of the live runs is. */
  allowGrace(graceMs: number): void {
    this.#graceMs = graceMs;
    this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  get #elapsedMs(): number {
    return performance.now() - this.#startedAtMs;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const delayMs = this.#drainMs + this.#graceMs + ANSWER_LIMIT_MS - this.#elapsedMs;
    this.#timer = setTimeout(() => this.#passed.resolve(null), Math.min(Math.max(delayMs, 0), MAX_TIMER_MS));
  }
}

/** Waits for a promise at most so long. Undefined when it has not settled by then; a rejection is passed on. */
export async function settledWithin<T>(promise: Promise<T>, limitMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.min(limitMs, MAX_TIMER_MS));
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
