/**
 * Hears what is sent to a channel of a server, in a session that only listens. A session that is lost is made again,
 * after pauses that grow.
 *
 * It counts as hearing only after a trial: a text that was sent in the ordinary way must come back. So whatever keeps
 * texts away shows as not hearing, such as a pooler that takes the session away, or a server that is not the one that
 * others send to. A channel that was quiet for long is tried again: its session may be dead, and nobody would notice.
 */
import { randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '../../supervisor/ports/clock.ts';
import { within } from '../../supervisor/ports/within.ts';

/** How long connecting may take, and how long a trial may take to come back. */
const CONNECT_LIMIT_MS = 5_000;
const TRIAL_LIMIT_MS = 3_000;
const FIRST_PAUSE_MS = 50;
/** The longest pause. A session that heard for longer than that is made again at once. */
const LONGEST_PAUSE_MS = 30_000;
/** A channel on which nothing was heard for this long is tried. */
const QUIET_MS = 30_000;
/** What no listener gets to see begins with this. */
const TRIAL = 'trial ';

export interface ChannelListener {
  /** Somebody has sent this text to the channel: this process, another one, or anybody who may. */
  heard(text: string): void;
  /** Whether texts arrive from now on. Before the first call they do not. Called only when it changes. */
  hearing(isHearing: boolean): void;
}

/** What a session reports. */
export interface SessionListener {
  heard(text: string): void;
  lost(): void;
}

/** A session that listens, until it is lost or ended. */
export interface ChannelSession {
  /** Connects, and resolves when what is sent from now on is heard. Called once. */
  listen(): Promise<void>;
  /** Resolves when nothing of it is left open. */
  end(): Promise<void>;
}

export interface ChannelPorts {
  /** Prepares a session, which is not connected yet. What it says after its end is passed over. */
  readonly prepare: (session: SessionListener) => Promise<ChannelSession>;
  /** Sends a text to the channel as others do. */
  readonly send: (text: string) => Promise<unknown>;
}

export class TriedChannel {
  readonly #ports: ChannelPorts;
  readonly #clock: Clock;
  readonly #listener: ChannelListener;
  #session: ChannelSession | null = null;
  /** Since when texts arrive, monotonic milliseconds; null while they do not. */
  #hearingSinceMs: number | null = null;
  /** The trial that is under way. */
  #trial: { readonly text: string; readonly cancel: Cancel } | null = null;
  #cancelRetry: Cancel = () => {};
  #cancelQuiet: Cancel = () => {};
  #wasQuiet = true;
  /** How long to wait when the session is lost next. */
  #pauseMs = 0;
  #isClosed = false;
  /** Sessions that have not ended yet. */
  readonly #ending = new Set<Promise<void>>();
  #attempt: Promise<void> = Promise.resolve();

  constructor(ports: ChannelPorts, clock: Clock, listener: ChannelListener) {
    this.#ports = ports;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Begins to connect. Call it once. Failures are not reported: it goes on trying. */
  start(): void {
    this.#attempt = this.#connect();
  }

  /** A text that was sent was not heard: if a trial does not come back either, the session is made again. */
  doubt(): void {
    if (this.#hearingSinceMs !== null && this.#trial === null) this.#try();
  }

  /** A text that was sent was not heard in time: the session is made again. */
  remake(): void {
    if (this.#hearingSinceMs !== null) this.#lose();
  }

  /** Resolves when no session and no timer is left. May be called again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry();
    this.#drop();
    await this.#attempt;
    await Promise.all(this.#ending);
  }

  /** Never rejects. */
  async #connect(): Promise<void> {
    let session: ChannelSession | null = null;
    const isPresent = (): boolean => session !== null && this.#session === session;
    try {
      session = await this.#ports.prepare({
        heard: (text) => isPresent() && this.#heard(text),
        lost: () => isPresent() && this.#lose(),
      });
      if (this.#isClosed) return;
      this.#session = session;
      await within(this.#clock, session.listen(), { limitMs: CONNECT_LIMIT_MS, who: 'the channel' });
      if (isPresent()) this.#try();
    } catch {
      if (session === null || isPresent()) this.#lose();
    }
  }

  #try(): void {
    const text = `${TRIAL}${randomUUID()}`;
    this.#trial = { text, cancel: this.#clock.sleep(TRIAL_LIMIT_MS, () => this.#lose()) };
    this.#ports.send(text).catch(() => {
      if (this.#trial?.text === text) this.#lose();
    });
  }

  #heard(text: string): void {
    this.#wasQuiet = false;
    if (!text.startsWith(TRIAL)) {
      this.#listener.heard(text);
      return;
    }
    if (text !== this.#trial?.text) return;
    this.#trial.cancel();
    this.#trial = null;
    if (this.#hearingSinceMs !== null) return;
    this.#hearingSinceMs = this.#clock.monotonicMs();
    this.#watch();
    this.#listener.hearing(true);
  }

  #watch(): void {
    this.#wasQuiet = true;
    this.#cancelQuiet = this.#clock.sleep(QUIET_MS, () => {
      if (this.#wasQuiet) this.doubt();
      this.#watch();
    });
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
    this.#cancelQuiet();
    if (this.#session !== null) this.#end(this.#session);
    this.#session = null;
    if (this.#hearingSinceMs === null) return;
    this.#hearingSinceMs = null;
    this.#listener.hearing(false);
  }

  #end(session: ChannelSession): void {
    const ended = session.end();
    this.#ending.add(ended);
    void ended.then(() => this.#ending.delete(ended));
  }
}
