import type { Cancel, Clock } from '../../supervisor/ports/clock.ts';

/** What names one acquisition. */
export interface LockName {
  readonly key: string;
  readonly lockId: string;
}

interface Doubt extends LockName {
  /** From then on the server will not take it any more. */
  readonly decidedAtMs: number;
  /** From then on it has expired, whether it was taken or not. */
  readonly expiredAtMs: number;
}

const RETRY_MS = 1_000;

/**
 * Locks that were asked for and of which nobody knows whether they were taken: their callers were told so, and must not be
 * blocked by what they do not have. Every exchange gives them back along the way; a timer sees to it where none comes.
 * One is settled by a release that was sent when it could no longer be taken afterwards.
 */
export class DoubtfulLocks {
  readonly #clock: Clock;
  readonly #giveBack: () => Promise<unknown>;
  #doubts: readonly Doubt[] = [];
  #cancel: Cancel = () => {};
  #isClosed = false;

  /** @param giveBack Sends an exchange that wants nothing else. */
  constructor(clock: Clock, giveBack: () => Promise<unknown>) {
    this.#clock = clock;
    this.#giveBack = giveBack;
  }

  /** To be released by the exchange that is about to be sent. */
  get names(): readonly LockName[] {
    const nowMs = this.#clock.monotonicMs();
    this.#doubts = this.#doubts.filter(({ expiredAtMs }) => expiredAtMs > nowMs);
    return this.#doubts;
  }

  /** Nobody knows what became of these. */
  add(doubts: readonly Doubt[]): void {
    if (doubts.length === 0 || this.#isClosed) return;
    this.#doubts = [...this.#doubts, ...doubts];
    this.#retryAt(Math.max(...doubts.map(({ decidedAtMs }) => decidedAtMs)));
  }

  /** An exchange that released `names` was answered, and had been sent at `sentAtMs`. */
  settle(names: readonly LockName[], sentAtMs: number): void {
    if (names.length === 0) return;
    this.#doubts = this.#doubts.filter((doubt) => doubt.decidedAtMs > sentAtMs || !names.includes(doubt));
    if (this.#doubts.length === 0) this.#cancel();
  }

  /** Stops the timer. */
  close(): void {
    this.#isClosed = true;
    this.#cancel();
    this.#doubts = [];
  }

  #retryAt(atMs: number): void {
    this.#cancel();
    const delayMs = Math.max(0, atMs - this.#clock.monotonicMs()) + RETRY_MS;
    this.#cancel = this.#clock.sleep(delayMs, () => void this.#retry());
  }

  async #retry(): Promise<void> {
    if (this.names.length === 0) return;
    await this.#giveBack().catch(() => {});
    if (this.names.length > 0) this.#retryAt(this.#clock.monotonicMs());
  }
}
