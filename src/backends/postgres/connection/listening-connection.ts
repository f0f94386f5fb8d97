/**
 * Hears what is sent to a channel of the database (`LISTEN`), on a connection of its own: a connection of the pool may
 * be taken away by a pooler after each transaction. A connection that is lost is made again, after pauses that grow.
 *
 * It counts as hearing only after a trial: a text that was sent through the pool must come back. So a pooler in
 * transaction mode, which takes the session away, and a standby, which hears nothing, show as not hearing.
 */
import { randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '../../../supervisor/ports/clock.ts';
import { within } from '../../../supervisor/ports/within.ts';
import { ListeningSession } from './listening-session.ts';
import type { Query } from './postgres-connection.ts';

/** How long connecting may take, and how long a trial may take to come back. */
const CONNECT_LIMIT_MS = 5_000;
const TRIAL_LIMIT_MS = 3_000;
const FIRST_PAUSE_MS = 50;
/** The longest pause. A connection that lasted longer than that is made again at once. */
const LONGEST_PAUSE_MS = 30_000;
/** What no listener gets to see begins with this. */
const TRIAL = 'trial ';

export interface ChannelListener {
  /** Somebody has sent this text to the channel: this process, another one, or anybody who may connect. */
  heard(text: string): void;
  /** Whether texts arrive from now on. Before the first call they do not. Called only when it changes. */
  hearing(isHearing: boolean): void;
}

export interface ListeningOptions {
  readonly connectionString: string;
  /** The name of the channel, at most 63 bytes without quotes. */
  readonly channel: string;
  /** Sends a trial, through the connections whose transactions the texts come from. */
  readonly query: Query;
}

export class ListeningConnection {
  readonly #options: ListeningOptions;
  readonly #clock: Clock;
  readonly #listener: ChannelListener;
  #session: ListeningSession | null = null;
  /** Since when texts arrive, monotonic milliseconds; null while they do not. */
  #hearingSinceMs: number | null = null;
  /** The trial that is under way. */
  #trial: { readonly text: string; readonly cancel: Cancel } | null = null;
  #cancelRetry: Cancel = () => {};
  /** How long to wait when the connection is lost next. */
  #pauseMs = 0;
  #isClosed = false;
  /** Sockets that are still to be closed. */
  readonly #ending = new Set<Promise<void>>();
  #attempt: Promise<void> = Promise.resolve();

  constructor(options: ListeningOptions, clock: Clock, listener: ChannelListener) {
    this.#options = options;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Begins to connect. Call it once. Failures are not reported: it goes on trying. */
  start(): void {
    this.#attempt = this.#connect();
  }

  /** A text that was sent was not heard: if a trial does not come back either, the connection is made again. */
  doubt(): void {
    if (this.#hearingSinceMs !== null && this.#trial === null) this.#try();
  }

  /** Resolves when no socket and no timer is left. May be called again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry();
    this.#drop();
    await this.#attempt;
    await Promise.all(this.#ending);
  }

  /** Never rejects. */
  async #connect(): Promise<void> {
    const { connectionString, channel } = this.#options;
    let session: ListeningSession | null = null;
    try {
      session = await ListeningSession.prepare(connectionString, {
        heard: (text) => this.#heard(text),
        lost: () => this.#lose(),
      });
      if (this.#isClosed) return;
      this.#session = session;
      await within(this.#clock, session.listen(channel), { limitMs: CONNECT_LIMIT_MS, who: 'Postgres' });
      if (this.#session === session) this.#try();
    } catch {
      if (session === null || this.#session === session) this.#lose();
    }
  }

  #try(): void {
    const text = `${TRIAL}${randomUUID()}`;
    this.#trial = { text, cancel: this.#clock.sleep(TRIAL_LIMIT_MS, () => this.#lose()) };
    const sent = this.#options.query('SELECT pg_notify($1, $2)', [this.#options.channel, text]);
    sent.catch(() => {
      if (this.#trial?.text === text) this.#lose();
    });
  }

  #heard(text: string): void {
    if (!text.startsWith(TRIAL)) {
      this.#listener.heard(text);
      return;
    }
    if (text !== this.#trial?.text) return;
    this.#trial.cancel();
    this.#trial = null;
    if (this.#hearingSinceMs !== null) return;
    this.#hearingSinceMs = this.#clock.monotonicMs();
    this.#listener.hearing(true);
  }

  #lose(): void {
    const heardMs = this.#clock.monotonicMs() - (this.#hearingSinceMs ?? Number.POSITIVE_INFINITY);
    this.#drop();
    if (this.#isClosed) return;
    const pauseMs = heardMs > LONGEST_PAUSE_MS ? 0 : this.#pauseMs;
    this.#pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, 2 * pauseMs), LONGEST_PAUSE_MS);
    this.#cancelRetry();
    this.#cancelRetry = this.#clock.sleep(pauseMs, () => this.start());
  }

  #drop(): void {
    this.#trial?.cancel();
    this.#trial = null;
    if (this.#session !== null) this.#end(this.#session);
    this.#session = null;
    if (this.#hearingSinceMs === null) return;
    this.#hearingSinceMs = null;
    this.#listener.hearing(false);
  }

  #end(session: ListeningSession): void {
    const ended = session.destroy();
    this.#ending.add(ended);
    void ended.then(() => this.#ending.delete(ended));
  }
}
