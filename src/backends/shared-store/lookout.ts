import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import type { Session } from '../../machines/session.ts';
import type { Cancel, Clock } from '../../supervisor/ports/clock.ts';
import { ScheduleViews } from './schedule-views.ts';
import type { SharedBackend, Sight } from './shared-backend.ts';

const LOOK_MS = 500;
const PRUNE_MS = 60_000;

/** What a node saw, and when. */
export interface Look {
  readonly sight: Sight;
  readonly reading: ClockReading;
}

/** Looks around in the database twice a second, which is also the node's sign of life, and prunes once a minute. */
export class Lookout {
  readonly #clock: Clock;
  readonly #backend: SharedBackend;
  readonly #seen: (look: Look) => void;
  /** The newest revision that was seen. */
  #revision = 0;
  #prunedAtMs = Number.NEGATIVE_INFINITY;
  #cancel: Cancel = () => {};
  #isStopped = false;

  constructor(clock: Clock, backend: SharedBackend, seen: (look: Look) => void) {
    this.#clock = clock;
    this.#backend = backend;
    this.#seen = seen;
  }

  /** The first look. It is returned, not handed to `seen`. */
  enter(session: Session, ttlMs: number): Promise<Look> {
    return this.#timed(() => this.#backend.enter(session, ttlMs));
  }

  /** The first look into another history. */
  reenter(): Promise<Look> {
    this.#revision = 0;
    return this.#timed(() => this.#backend.reenter());
  }

  start(): void {
    this.#cancel = this.#clock.sleep(LOOK_MS, () => {
      void this.#look().finally(() => {
        if (!this.#isStopped) this.start();
      });
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /** Never rejects: failed writes report an unreachable database, and the next look follows soon. */
  async #look(): Promise<void> {
    try {
      const look = await this.#timed(() => this.#backend.look(this.#revision));
      if (this.#isStopped) return;
      this.#seen(look);
      await this.#prune();
    } catch {
      // See above.
    }
  }

  async #timed(ask: () => Promise<Sight>): Promise<Look> {
    const askedAtMonotonicMs = this.#clock.monotonicMs();
    const sight = await ask();
    const answeredAtMonotonicMs = this.#clock.monotonicMs();
    this.#revision = ScheduleViews.newest(sight.views, this.#revision);
    return { sight, reading: { nowMs: sight.nowMs, askedAtMonotonicMs, answeredAtMonotonicMs } };
  }

  async #prune(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#prunedAtMs < PRUNE_MS) return;
    const isUnfinished = await this.#backend.prune();
    if (!isUnfinished) this.#prunedAtMs = nowMs;
  }
}
