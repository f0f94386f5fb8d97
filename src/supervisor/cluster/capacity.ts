/**
 * Whether this node could soon run one more. If not, it leaves the run to other nodes for a while, so that work spreads
 * by what each node can do.
 */
import type { PoolUser, RunPool } from '../ports/run-pool.ts';

/** A run that would wait longer for a thread is better done elsewhere. */
const MAX_WAIT_MS = 250;
/** Weight of the newest run in the mean of how long runs take. */
const WEIGHT = 0.1;

export class Capacity {
  readonly #pool: Pick<RunPool, 'places'>;
  #meanRunMs = 0;

  constructor(pool: Pick<RunPool, 'places'>) {
    this.#pool = pool;
  }

  /** Call it for every run that used a thread. */
  ended(durationMs: number): void {
    this.#meanRunMs += WEIGHT * (durationMs - this.#meanRunMs);
  }

  /**
   * @param user What is to run, which decides where.
   * @param liveCount How many runs are under way, from locking to recorded.
   */
  hasRoom(user: PoolUser, liveCount: number): boolean {
    const { threads } = this.#pool.places(user);
    if (liveCount < threads) return true;
    return ((liveCount + 1 - threads) * this.#meanRunMs) / threads <= MAX_WAIT_MS;
  }
}
