/**
 * Locks whose grant or refusal got lost on the way. Their callers were given an error, so nobody uses these locks, and
 * nobody may be blocked by them: every exchange gives them back along the way, and a timer does so when there is none.
 *
 * A lock leaves the list once a release of it was answered that was sent after the server could last have granted it;
 * an earlier release may have arrived before the grant.
 */
import type { Cancel, Clock } from '../../supervisor/ports/clock.ts';
import type { LockName } from './lock-server.ts';

/** The instants are of the node's monotonic clock. */
interface Doubt extends LockName {
  /** From then on the server does not grant it any more. */
  readonly decidedAtMs: number;
  /** From then on it has expired, if it was granted. */
  readonly expiredAtMs: number;
}

const RETRY_MS = 1_000;
/** A server that answers nothing that makes sense leaves many of them. What exceeds this only expires. */
const MAX_DOUBTS = 1_000;

export class DoubtfulLocks {
  readonly #clock: Clock;
  readonly #giveBack: () => Promise<unknown>;
  #doubts: readonly Doubt[] = [];
  #cancel: Cancel = () => {};
  #isClosed = false;

  /** @param giveBack Sends an exchange that wants nothing but to release the doubtful locks. */
  constructor(clock: Clock, giveBack: () => Promise<unknown>) {
    this.#clock = clock;
    this.#giveBack = giveBack;
  }

  /** What the next exchange has to release. */
  get names(): readonly LockName[] {
    const nowMs = this.#clock.monotonicMs();
    this.#doubts = this.#doubts.filter(({ expiredAtMs }) => expiredAtMs > nowMs);
    return this.#doubts;
  }

  add(doubts: readonly Doubt[]): void {
    if (doubts.length === 0 || this.#isClosed) return;
    this.#doubts = [...this.#doubts, ...doubts].slice(-MAX_DOUBTS);
    this.#retryAt(Math.max(...doubts.map(({ decidedAtMs }) => decidedAtMs)));
  }

  /** The exchange that was sent at `sentAtMs` and released `names` was answered. */
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
