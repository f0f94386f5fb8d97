import type { ChannelSession, SessionListener } from '../exchange/tried-channel.ts';
import { DialAttempt } from './dial-attempt.ts';
import type { RedisSession } from './redis-drivers.ts';
import type { Server } from './session-keeper.ts';

/** A session that is subscribed to one channel of the server that takes our scripts. */
export class RedisSubscription implements ChannelSession {
  readonly #server: Server;
  readonly #channel: string;
  readonly #listener: SessionListener;
  readonly #attempt: DialAttempt;
  readonly #ended = Promise.withResolvers<never>();
  #session: RedisSession | null = null;

  constructor(server: Server, channel: string, listener: SessionListener) {
    this.#server = server;
    this.#channel = channel;
    this.#listener = listener;
    this.#ended.promise.catch(() => {});
    this.#attempt = new DialAttempt(server.dial, (session) => {
      if (session === this.#session) listener.lost();
    });
  }

  /** A driver may never settle what its session waits for when the session is destroyed. */
  async listen(): Promise<void> {
    await Promise.race([this.#ended.promise, this.#subscribe()]);
  }

  async end(): Promise<void> {
    this.#ended.reject(new Error('the subscription was ended'));
    this.#attempt.end();
    this.#session?.destroy();
  }

  async #subscribe(): Promise<void> {
    const { session } = await this.#server.search((url) => this.#attempt.open(url));
    await session.subscribe(this.#channel, (text) => this.#listener.heard(text));
    this.#attempt.keep(session);
    this.#session = session;
    // Nodes that were asked, too, and did not lead to the server.
    this.#attempt.end();
  }
}
