/**
 * Asks the lock backend in as few round trips as it allows. The questions of one turn travel together, and so do those
 * that come while a round trip is under way; a released lock waits a moment for the next round trip, or goes along with
 * one that goes anyway. A backend without `exchange` is called lock by lock: see single-locks.ts.
 *
 * A release that fails is tried again: see release-list.ts. A backend that fails again and again is asked less often: see
 * exchange-pace.ts.
 *
 * Every question is answered in bounded time, and every answer is checked (lock-replies.ts). A lock that is granted after
 * its caller has given up, or by a reply that is wrong, is released again.
 */
import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import type { Clock } from '../ports/clock.ts';
import type { LockAttempt, LockExchange, LockHandle, LockingPlugin, NodeSign } from '../ports/locking.ts';
import { within } from '../ports/within.ts';
import { ExchangePace } from './exchange-pace.ts';
import { answersIn, clockIn, type Judged, nameOf, straysIn, WrongReplyError } from './lock-replies.ts';
import { type Question, settle } from './question.ts';
import { ReleaseList } from './release-list.ts';
import { SingleLocks } from './single-locks.ts';

/** How long a backend may take to answer. */
export const ANSWER_LIMIT_MS = 4_000;

type Granted = readonly LockHandle[] | null;

export interface LockChannelListener {
  /** A lock could not be given back: it is tried again until it has expired. */
  failed(key: string, error: unknown): void;
  /** The backend has said what time it is. */
  measured(reading: ClockReading): void;
}

/** What an exchange has to do with the other nodes. */
export interface OtherNodes {
  /** Whether there are any, who are to hear what this node claims. */
  isTold(): boolean;
  /** Whether all of them ask again for a lock that is not free. Otherwise no lock that nobody needs may be left to expire. */
  askAgain(): boolean;
  /** This node's sign of life, if one is due that may go along with an exchange. */
  sign(): NodeSign | null;
  /** What an exchange with a sign of life was answered, and when. It may say nothing to the sign, and is not checked yet. */
  signed(reply: unknown, nowMs: number): void;
}

const NO_OTHERS: OtherNodes = { isTold: () => false, askAgain: () => true, sign: () => null, signed: () => {} };

/** How urgent it is to give a lock back. */
export interface ReleaseOptions {
  /** Somebody may ask for the lock soon, so it does not wait for the next round trip. */
  readonly isWanted?: boolean;
  /** It can be left to expire. */
  readonly mayExpire?: boolean;
  /** From then on it has certainly expired, monotonic milliseconds. By default its ttl from now. */
  readonly expiredAtMs?: number;
}

export class LockChannel {
  readonly #clock: Clock;
  readonly #locking: LockingPlugin;
  readonly #name: string;
  readonly #listener: LockChannelListener;
  readonly #others: OtherNodes;
  readonly #releases: ReleaseList;
  readonly #pace: ExchangePace;
  #renewals: Question<LockHandle, boolean>[] = [];
  #attempts: Question<LockAttempt, Granted>[] = [];
  /** For a backend without `exchange`. */
  readonly #singly: SingleLocks;
  #isUnderWay = false;
  #isDeferred = false;
  #isClosed = false;
  /** How often the backend was called. */
  roundTrips = 0;
  /** How long its last exchange took, in milliseconds; null if there was none, or it failed. */
  answerMs: number | null = null;

  constructor(clock: Clock, locking: LockingPlugin, listener: LockChannelListener, others: OtherNodes = NO_OTHERS) {
    this.#clock = clock;
    this.#locking = locking;
    this.#name = nameOf(locking);
    this.#listener = listener;
    this.#others = others;
    this.#releases = new ReleaseList(clock, () => this.#send());
    this.#pace = new ExchangePace(clock, () => this.#send());
    this.#singly = new SingleLocks(locking, {
      ask: (call, late) => this.#ask(call, late),
      giveBack: (handles) => this.#giveBack(handles),
    });
  }

  /** Takes all of the locks, or none: null is contention. Rejects when the backend does not answer, or is broken. */
  take(asked: LockAttempt): Promise<Granted> {
    return new Promise((resolve, reject) => {
      this.#attempts.push({ asked, resolve, reject });
      this.#sendSoon();
    });
  }

  /** As `LockingPlugin.renew`. */
  renew(asked: LockHandle): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#renewals.push({ asked, resolve, reject });
      this.#sendSoon();
    });
  }

  release(handle: LockHandle, options: ReleaseOptions = {}): void {
    const { expiredAtMs = this.#clock.monotonicMs() + handle.ttlMs } = options;
    if (options.mayExpire === true && this.#others.askAgain()) {
      this.#releases.addToExpire(handle, expiredAtMs);
      return;
    }
    this.#releases.add(handle, expiredAtMs);
    if (options.isWanted === true) this.#sendSoon();
    else this.#releases.sendLater();
  }

  /** Another node waits for these locks: those of them that nobody needs here are given back at once. */
  wanted(keys: readonly string[]): void {
    if (this.#releases.hasAny(keys)) this.#sendSoon();
  }

  /** Gives back the locks that still wait for a round trip. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pace.close();
    await this.#giveBack(this.#releases.take({ isAlone: false }));
  }

  #sendSoon(): void {
    if (this.#isUnderWay || this.#isDeferred) return;
    this.#isDeferred = true;
    this.#clock.defer(() => {
      this.#isDeferred = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#isUnderWay || this.#pace.mustWait()) return;
    const [renewals, attempts] = [this.#renewals, this.#attempts];
    const releases = this.#releases.take({ isAlone: renewals.length + attempts.length === 0 });
    if (releases.length + renewals.length + attempts.length === 0) return;
    this.#renewals = [];
    this.#attempts = [];
    if (this.#locking.exchange === undefined) {
      this.#oneByOne(releases, renewals, attempts);
      return;
    }
    this.#isUnderWay = true;
    void this.#exchange(releases, renewals, attempts).finally(() => {
      this.#isUnderWay = false;
      this.#send();
    });
  }

  async #exchange(
    releases: readonly LockHandle[],
    renewals: readonly Question<LockHandle, boolean>[],
    attempts: readonly Question<LockAttempt, Granted>[],
  ): Promise<void> {
    const sign = this.#others.sign();
    const asked = {
      releases,
      renewals: renewals.map((each) => each.asked),
      attempts: attempts.map((each) => each.asked),
      ...(this.#others.isTold() && { isTold: true }),
      ...(sign && { sign }),
    };
    const askedAtMonotonicMs = this.#clock.monotonicMs();
    try {
      const late = (reply: unknown): void => void this.#giveBack(straysIn(reply, asked));
      const reply = await this.#ask(() => this.#locking.exchange?.(asked), late);
      this.#pace.answered();
      this.answerMs = this.#clock.monotonicMs() - askedAtMonotonicMs;
      const nowMs = this.#measure(reply, askedAtMonotonicMs);
      if (sign !== null && nowMs !== null) this.#others.signed(reply, nowMs);
      this.#settle(reply, asked, { renewals, attempts });
    } catch (error) {
      this.#pace.failed(askedAtMonotonicMs);
      this.answerMs = null;
      for (const each of [...renewals, ...attempts]) each.reject(error as Error);
      this.#notReleased(releases, error);
    }
  }

  /** Before anything else of the reply is used, so that a grant is judged by the right time. */
  #measure(reply: unknown, askedAtMonotonicMs: number): number | null {
    const nowMs = clockIn(reply);
    if (nowMs === null) return null;
    this.#listener.measured({ nowMs, askedAtMonotonicMs, answeredAtMonotonicMs: this.#clock.monotonicMs() });
    return nowMs;
  }

  #settle(
    reply: unknown,
    asked: LockExchange,
    waiting: {
      readonly renewals: readonly Question<LockHandle, boolean>[];
      readonly attempts: readonly Question<LockAttempt, Granted>[];
    },
  ): void {
    const { renewals, attempts } = answersIn(reply, asked);
    for (const [place, each] of waiting.renewals.entries()) settle(each, renewals[place] as Judged<boolean>);
    for (const [place, each] of waiting.attempts.entries()) settle(each, attempts[place] as Judged<Granted>);
    const refused = asked.attempts.filter((_attempt, place) => attempts[place] instanceof WrongReplyError);
    if (refused.length > 0) void this.#giveBack(straysIn(reply, { attempts: refused }));
  }

  #oneByOne(
    releases: readonly LockHandle[],
    renewals: readonly Question<LockHandle, boolean>[],
    attempts: readonly Question<LockAttempt, Granted>[],
  ): void {
    for (const handle of releases) this.#singly.release(handle);
    for (const each of renewals) void this.#singly.renew(each.asked).then(each.resolve, each.reject);
    for (const each of attempts) void this.#singly.take(each.asked).then(each.resolve, each.reject);
  }

  #notReleased(handles: readonly LockHandle[], error: unknown): void {
    for (const { key } of handles) this.#listener.failed(key, error);
    if (!this.#isClosed) this.#releases.failed(handles);
  }

  /** Never rejects: a lock that cannot be given back is tried again, or expires. */
  async #giveBack(handles: readonly LockHandle[]): Promise<void> {
    const giveBack = async (handle: LockHandle): Promise<void> => {
      try {
        await this.#ask(() => this.#locking.release(handle), nothing);
      } catch (error) {
        this.#notReleased([handle], error);
      }
    };
    await Promise.all(handles.map(giveBack));
  }

  /** Calls the backend. What it throws is a rejection, and what it answers may be anything. */
  #ask(call: () => unknown, late: (reply: unknown) => void): Promise<unknown> {
    this.roundTrips += 1;
    const answer = new Promise((resolve) => resolve(call()));
    return within(this.#clock, answer, { limitMs: ANSWER_LIMIT_MS, who: `lock backend "${this.#name}"`, late });
  }
}

function nothing(): void {}
