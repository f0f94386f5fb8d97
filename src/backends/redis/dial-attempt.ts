import type { Dial, RedisSession } from './redis-drivers.ts';

/** A session that is connected, to ask the server who it is. */
export interface Opened {
  readonly url: string;
  readonly session: RedisSession;
  /** Rejects with the server's error, or when the session is over. */
  ask(words: readonly string[]): Promise<unknown>;
}

export type Open = (url: string) => Promise<Opened>;

/**
 * One attempt to reach the server that takes our scripts, which may need several sessions. All of them are destroyed at
 * its end, but for the one that it was for.
 */
export class DialAttempt {
  readonly #dial: Dial;
  readonly #onEnd: (session: RedisSession, error: unknown) => void;
  readonly #sessions = new Set<RedisSession>();
  readonly #failures = new Map<RedisSession, unknown>();
  #isOver = false;

  constructor(dial: Dial, onEnd: (session: RedisSession, error: unknown) => void) {
    this.#dial = dial;
    this.#onEnd = onEnd;
  }

  /** Rejects if the server cannot be reached; it may also never settle. */
  async open(url: string): Promise<Opened> {
    if (this.#isOver) throw new Error('the attempt is over');
    const ended = Promise.withResolvers<never>();
    const session = this.#dial(url, (error) => {
      ended.reject(error);
      this.#failures.set(session, error);
      this.#onEnd(session, error);
    });
    this.#sessions.add(session);
    await Promise.race([ended.promise, session.ready]);
    return { url, session, ask: (words) => Promise.race([ended.promise, session.send(words)]) };
  }

  /** Lets the session live on. @throws What ended it, if it is over already. */
  keep(session: RedisSession): void {
    if (this.#failures.has(session)) throw this.#failures.get(session);
    this.#sessions.delete(session);
  }

  /** Destroys all sessions that are not kept. */
  end(): void {
    this.#isOver = true;
    for (const session of this.#sessions) session.destroy();
    this.#sessions.clear();
  }
}
