import type { ClockReading } from '../../../machines/cluster-time/clock-offset.ts';
import type { Session } from '../../../machines/session.ts';
import type { Cancel, Clock } from '../../../supervisor/ports/clock.ts';
import { ScheduleViews } from '../schedule-views.ts';
import type { LookRequest, SharedBackend, Sight, StoreNews } from '../shared-backend.ts';
import { LOOK_MS, LookPace, type LookPaceParts } from './look-pace.ts';
import type { NodeSigns } from './node-signs.ts';
import { Pruner } from './pruner.ts';

/** What a node saw, and when. */
export interface Look {
  readonly sight: Sight;
  readonly reading: ClockReading;
  /** Whether the node should have heard of every change before. */
  readonly isInformed: boolean;
}

export interface LookoutParts extends LookPaceParts {
  readonly backend: SharedBackend;
  readonly signs: NodeSigns;
  /** Takes a sight in. Returns false for one of another history: the next look asks for the same again. */
  readonly seen: (look: Look) => boolean;
  /** The history cannot be pruned. */
  readonly pruneFailed: (error: unknown) => void;
}

/**
 * Looks around in the database when that is due (look-pace.ts), which is also the node's sign of life. Who prunes follows
 * from what is seen.
 */
export class Lookout {
  readonly #parts: LookoutParts;
  readonly #clock: Clock;
  readonly #backend: SharedBackend;
  readonly #pace: LookPace;
  readonly #pruner: Pruner;
  /** The newest revision that was seen in a look. */
  #revision = 0;
  #cancel: Cancel = () => {};
  #nodeId = '';
  #isLooking = false;
  #isStopped = false;

  constructor(parts: LookoutParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#backend = parts.backend;
    this.#pace = new LookPace(parts);
    const { clock, backend, pruneFailed: failed } = parts;
    this.#pruner = new Pruner({ clock, prune: () => backend.prune(), failed });
  }

  /** Whether looks and news alike arrive: then whatever can wait is left to the next look. */
  get isQuiet(): boolean {
    return this.#pace.isQuiet;
  }

  /** The first look. It is returned, not handed to `seen`. */
  enter(session: Session): Promise<Look> {
    this.#nodeId = session.nodeId;
    return this.#first(() => this.#backend.enter(session, this.#parts.ttlMs));
  }

  /** The first look into another history. */
  reenter(): Promise<Look> {
    this.#revision = 0;
    this.#parts.signs.forget();
    return this.#first(() => this.#backend.reenter());
  }

  /**
   * Begins to hear, where that is possible, and to look.
   * @param heard Takes news in. Returns false if they ask for a look.
   */
  start(heard: (news: StoreNews) => boolean): void {
    this.#sleep();
    this.#pruner.start();
    this.#backend.listen?.({
      heard: (news) => {
        if (!this.#isStopped && !heard(news)) this.lookSoon();
      },
      hearing: (isHearing) => {
        this.#pace.hearing(isHearing);
        this.#lookSoon();
      },
    });
    if (this.#backend.listen !== undefined) this.lookSoon();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
    this.#pruner.stop();
  }

  /** Looks at once, unless the last look was a moment ago. */
  lookSoon(): void {
    this.#pace.want();
    this.#lookSoon();
  }

  /** The look that a write which goes now should carry. */
  ride(): LookRequest | undefined {
    return this.#pace.isRideDue && !this.#isLooking && !this.#isStopped ? this.#request() : undefined;
  }

  /** A look is answered, of which `ride` may have made a part of a write. */
  take(request: LookRequest, sight: Sight, reading: ClockReading): void {
    if (this.#isStopped) return;
    const { isInformed } = this.#pace;
    this.#pace.answered(reading.askedAtMonotonicMs, sight.doubtInMs);
    this.#parts.signs.said(request, sight.roster);
    this.#pruner.saw(this.#nodeId, sight.nodeIds);
    const isTaken = this.#parts.seen({ sight, reading, isInformed });
    if (isTaken) this.#revision = ScheduleViews.newest(sight.views, this.#revision);
  }

  #lookSoon(): void {
    if (this.#isStopped || this.#isLooking) return;
    this.#cancel();
    this.#sleep();
  }

  /** What makes a look due may change meanwhile. */
  #sleep(): void {
    const delayMs = Math.min(Math.max(this.#pace.waitMs, 0), LOOK_MS);
    this.#cancel = this.#clock.sleep(delayMs, () => {
      if (this.#pace.waitMs <= 0) void this.#look();
      else this.#sleep();
    });
  }

  /** Never rejects: failed writes report an unreachable database, and the next look follows soon. */
  async #look(): Promise<void> {
    const request = this.#request();
    this.#isLooking = true;
    try {
      this.#pace.sent();
      const [sight, reading] = await this.#timed(() => this.#backend.look(request));
      this.take(request, sight, reading);
    } catch {
      this.#pace.want();
      this.#backend.doubtNews?.();
    }
    this.#isLooking = false;
    if (!this.#isStopped) this.#sleep();
  }

  #request(): LookRequest {
    return { sinceRevision: this.#revision, ...this.#parts.signs.toSay() };
  }

  async #first(ask: () => Promise<Sight>): Promise<Look> {
    this.#pace.sent();
    const [sight, reading] = await this.#timed(ask);
    this.#revision = ScheduleViews.newest(sight.views, this.#revision);
    this.#pace.answered(reading.askedAtMonotonicMs, sight.doubtInMs);
    this.#pruner.saw(this.#nodeId, sight.nodeIds);
    // What it shows is what the node begins with.
    return { sight, reading, isInformed: false };
  }

  async #timed(ask: () => Promise<Sight>): Promise<[Sight, ClockReading]> {
    const askedAtMonotonicMs = this.#clock.monotonicMs();
    const sight = await ask();
    return [sight, { nowMs: sight.nowMs, askedAtMonotonicMs, answeredAtMonotonicMs: this.#clock.monotonicMs() }];
  }
}
