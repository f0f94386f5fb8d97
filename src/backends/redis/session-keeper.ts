import type { Cancel, Clock } from '../../supervisor/ports/clock.ts';
import { readableReason } from '../exchange/readable-reason.ts';
import { DialAttempt } from './dial-attempt.ts';
import type { Dial, RedisSession } from './redis-drivers.ts';
import type { ServerSearch } from './server-search.ts';

const RECONNECT_LIMIT_MS = 3_000;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;

export interface Server {
  readonly dial: Dial;
  readonly search: ServerSearch;
  /** The URLs whose passwords no message may show. */
  secrets(): readonly string[];
}

/**
 * Keeps one session with the server, and looks for the server again when it is over. Reconnecting is done here and not by the
 * driver, so that no driver queues commands, or sends them again, when a connection comes back.
 */
export class SessionKeeper {
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #onLost: (error: unknown) => void;
  #session: RedisSession | null = null;
  #giveUpDialling: (error: Error) => void = () => {};
  #cancelRetry: Cancel = () => {};
  #lastReason = 'the connection was lost';
  #isClosed = false;

  /** @param onLost Called with the cause when a session is over, or when this is closed. */
  constructor(server: Server, clock: Clock, onLost: (error: unknown) => void) {
    this.#server = server;
    this.#clock = clock;
    this.#onLost = onLost;
  }

  /** The session that is connected; null while there is none. */
  get session(): RedisSession | null {
    return this.#session;
  }

  /** Why there is no session. */
  get lastReason(): string {
    return this.#lastReason;
  }

  /** Rejects with what the driver says, or when the limit has passed. */
  async connect(limitMs: number): Promise<void> {
    const attempt = new DialAttempt(this.#server.dial, (session, error) => this.lose(session, error));
    const givenUp = Promise.withResolvers<never>();
    this.#giveUpDialling = givenUp.reject;
    const cancel = this.#clock.sleep(limitMs, () => givenUp.reject(new Error(`no answer within ${limitMs} ms`)));
    try {
      const found = this.#server.search((url) => attempt.open(url));
      const { session } = await Promise.race([givenUp.promise, found]);
      if (this.#isClosed) throw new Error('the connection was closed');
      attempt.keep(session);
      this.#session = session;
    } finally {
      cancel();
      attempt.end();
    }
  }

  /** Destroys the session and connects again, unless another session has taken its place. */
  lose(session: RedisSession, error: unknown): void {
    if (this.#session !== session) return;
    this.#drop(error);
    this.#retryAfter(0);
  }

  /** May be called again. */
  close(): void {
    const closed = new Error('the connection was closed');
    this.#isClosed = true;
    this.#cancelRetry();
    this.#giveUpDialling(closed);
    this.#drop(closed);
  }

  #drop(error: unknown): void {
    const session = this.#session;
    this.#session = null;
    this.#lastReason = readableReason(error, ...this.#server.secrets());
    this.#onLost(error);
    session?.destroy();
  }

  #retryAfter(delayMs: number): void {
    if (this.#isClosed) return;
    this.#cancelRetry = this.#clock.sleep(delayMs, () => void this.#retry(delayMs));
  }

  async #retry(delayMs: number): Promise<void> {
    try {
      await this.connect(RECONNECT_LIMIT_MS);
    } catch (error) {
      this.#lastReason = readableReason(error, ...this.#server.secrets());
      this.#retryAfter(Math.min(Math.max(FIRST_RETRY_MS, delayMs * 2), LONGEST_RETRY_MS));
    }
  }
}
