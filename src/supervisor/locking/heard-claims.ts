import type { Clock } from '../ports/clock.ts';

/** What this node remembers at most. A claim that is forgotten costs a question. */
const MAX_CLAIMS = 20_000;
/**
 * How long a claim that was heard of spares the question. The last node's turn comes about a second after the first
 * one's. A claim may be given back although it was heard of: one of the future, or one whose answer was lost. Nobody says
 * so. So a node relies on it only for as long as the question would most likely be refused, and for less than claims of
 * the future lie ahead (`EARLY_MS`).
 */
const RELIABLE_MS = 5_000;

/** The claims that other nodes have lately said to be theirs. Nobody needs to ask for these. */
export class HeardClaims {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** When each was heard of last, monotonic milliseconds, in that order. */
  readonly #heardAtMs = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  add(keys: readonly string[]): void {
    const nowMs = this.#clock.monotonicMs();
    for (const key of keys) {
      this.#heardAtMs.delete(key);
      this.#heardAtMs.set(key, nowMs);
    }
    for (const [key, heardAtMs] of this.#heardAtMs) {
      if (this.#heardAtMs.size <= MAX_CLAIMS && isReliable(heardAtMs, nowMs)) return;
      this.#heardAtMs.delete(key);
    }
  }

  /** Also forgets it: an occurrence that comes again is asked for. */
  take(key: string): boolean {
    const heardAtMs = this.#heardAtMs.get(key);
    this.#heardAtMs.delete(key);
    return heardAtMs !== undefined && isReliable(heardAtMs, this.#clock.monotonicMs());
  }
}

function isReliable(heardAtMs: number, nowMs: number): boolean {
  return nowMs - heardAtMs < RELIABLE_MS;
}
