import type { PoolClient } from 'pg';
import type { Clock } from '../../../supervisor/ports/clock.ts';
import type { ChannelSession, SessionListener } from '../../exchange/tried-channel.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { type DatabasePlace, poolFor } from './database-place.ts';

const CONNECT_LIMIT_MS = 5_000;

/** One session that listens to one channel, until it is lost or ended. */
export class ListeningSession implements ChannelSession {
  readonly #pool: ConnectionPool;
  readonly #channel: string;
  readonly #listener: SessionListener;
  #client: PoolClient | null = null;
  #isEnded = false;

  /**
   * Loads the driver, and prepares a session. Nothing is connected yet.
   * @throws {BackendError} The driver is not installed, or the user's pool has no connection to spare.
   */
  static async prepare(
    { place, channel }: { readonly place: DatabasePlace; readonly channel: string },
    clock: Clock,
    listener: SessionListener,
  ): Promise<ListeningSession> {
    const limits = { maxConnections: 1, connectLimitMs: CONNECT_LIMIT_MS, isKept: true };
    return new ListeningSession(await poolFor(place, limits, clock), channel, listener);
  }

  private constructor(pool: ConnectionPool, channel: string, listener: SessionListener) {
    this.#pool = pool;
    this.#channel = channel;
    this.#listener = listener;
  }

  async listen(): Promise<void> {
    const client = await this.#pool.acquire();
    if (this.#isEnded) {
      client.release(true);
      throw new Error('the session was ended');
    }
    this.#client = client;
    client.on('notification', ({ payload }) => this.#listener.heard(payload ?? ''));
    // The end follows every error.
    client.on('error', () => {});
    client.on('end', () => this.#listener.lost());
    await client.query(`LISTEN "${this.#channel}"`);
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    // It must not go on listening in a pool of the user's.
    this.#client?.release(true);
    this.#client = null;
    const ended = this.#pool.end();
    this.#pool.destroyAll();
    await ended;
  }
}
