/**
 * Asks the lock backend in as few round trips as it allows. The questions of one turn travel together, and so do those
 * that come while a round trip is under way; a released lock waits a moment for the next round trip. A backend without
 * `exchange` is called lock by lock.
 *
 * Every question is answered in bounded time. A lock that is granted after its caller has given up is released again.
 */
import type { Cancel, Clock } from '../ports/clock.ts';
import type { LockAnswers, LockAttempt, LockExchange, LockHandle, LockingPlugin } from '../ports/locking.ts';
import { within } from '../ports/within.ts';

/** How long a backend may take to answer. */
export const ANSWER_LIMIT_MS = 4_000;
/** How long a released lock may wait for the next round trip. */
const RELEASE_DELAY_MS = 250;

type Granted = readonly LockHandle[] | null;

interface Question<Q, A> {
  readonly asked: Q;
  resolve(answer: A): void;
  reject(error: Error): void;
}

export class LockChannel {
  readonly #clock: Clock;
  readonly #locking: LockingPlugin;
  readonly #onError: (key: string, error: unknown) => void;
  #releases: LockHandle[] = [];
  #renewals: Question<LockHandle, boolean>[] = [];
  #attempts: Question<LockAttempt, Granted>[] = [];
  #isUnderWay = false;
  #isDeferred = false;
  #cancelRelease: Cancel | null = null;
  /** How often the backend was called. */
  roundTrips = 0;

  /** @param onError Called for a lock that could not be given back, and so has to expire. */
  constructor(clock: Clock, locking: LockingPlugin, onError: (key: string, error: unknown) => void) {
    this.#clock = clock;
    this.#locking = locking;
    this.#onError = onError;
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

  /** @param isWanted Somebody may ask for the lock soon, so it does not wait for the next round trip. */
  release(handle: LockHandle, { isWanted = false }: { readonly isWanted?: boolean } = {}): void {
    this.#releases.push(handle);
    if (isWanted) this.#sendSoon();
    else this.#cancelRelease ??= this.#clock.sleep(RELEASE_DELAY_MS, () => this.#send());
  }

  /** Gives back the locks that still wait for a round trip. */
  async close(): Promise<void> {
    this.#cancelRelease?.();
    const releases = this.#releases;
    this.#releases = [];
    if (releases.length > 0) await this.#giveBack(releases);
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
    if (this.#isUnderWay) return;
    const [releases, renewals, attempts] = [this.#releases, this.#renewals, this.#attempts];
    if (releases.length + renewals.length + attempts.length === 0) return;
    this.#releases = [];
    this.#renewals = [];
    this.#attempts = [];
    this.#cancelRelease?.();
    this.#cancelRelease = null;
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
    const asked = {
      releases,
      renewals: renewals.map((each) => each.asked),
      attempts: attempts.map((each) => each.asked),
    };
    if (this.#locking.exchange === undefined) {
      await this.#oneByOne(asked, renewals, attempts);
      return;
    }
    try {
      const answers = await this.#within(this.#call(this.#locking.exchange(asked)), (late) => this.#giveBackLate(late));
      for (const [index, each] of renewals.entries()) each.resolve(answers.renewals[index] ?? false);
      for (const [index, each] of attempts.entries()) each.resolve(answers.attempts[index] ?? null);
    } catch (error) {
      for (const each of [...renewals, ...attempts]) each.reject(error as Error);
      for (const { key } of releases) this.#onError(key, error);
    }
  }

  async #oneByOne(
    { releases }: LockExchange,
    renewals: readonly Question<LockHandle, boolean>[],
    attempts: readonly Question<LockAttempt, Granted>[],
  ): Promise<void> {
    await this.#giveBack(releases);
    await Promise.all([
      ...renewals.map((each) =>
        this.#within(this.#call(this.#locking.renew(each.asked)), () => {}).then(each.resolve, each.reject),
      ),
      ...attempts.map((each) => this.#takeOneByOne(each.asked).then(each.resolve, each.reject)),
    ]);
  }

  async #takeOneByOne({ locks }: LockAttempt): Promise<Granted> {
    const handles: LockHandle[] = [];
    try {
      for (const { key, ttlMs } of locks) {
        const trying = this.#call(this.#locking.tryLock(key, ttlMs));
        const handle = await this.#within(trying, (late) => void this.#giveBack(late === null ? [] : [late]));
        if (handle === null) {
          void this.#giveBack(handles);
          return null;
        }
        handles.push(handle);
      }
      return handles;
    } catch (error) {
      void this.#giveBack(handles);
      throw error;
    }
  }

  /** Never rejects: a lock that cannot be given back expires. */
  async #giveBack(handles: readonly LockHandle[]): Promise<void> {
    const giveBack = async (handle: LockHandle): Promise<void> => {
      try {
        await this.#within(this.#call(this.#locking.release(handle)), () => {});
      } catch (error) {
        this.#onError(handle.key, error);
      }
    };
    await Promise.all(handles.map(giveBack));
  }

  #giveBackLate({ attempts }: LockAnswers): void {
    void this.#giveBack(attempts.flatMap((handles) => handles ?? []));
  }

  #call<T>(call: Promise<T>): Promise<T> {
    this.roundTrips += 1;
    return call;
  }

  #within<T>(call: Promise<T>, late: (answer: T) => void): Promise<T> {
    return within(this.#clock, call, { limitMs: ANSWER_LIMIT_MS, who: `lock backend "${this.#locking.name}"`, late });
  }
}
