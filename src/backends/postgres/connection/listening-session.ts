import { Socket } from 'node:net';
import type { Client } from 'pg';
import type { ChannelSession, SessionListener } from '../../exchange/tried-channel.ts';
import { KEEP_ALIVE_MS, loadDriver } from './driver.ts';

/** One session that listens to one channel, until it is lost or ended. */
export class ListeningSession implements ChannelSession {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #channel: string;

  /**
   * Loads the driver, and prepares a session. Nothing is connected yet.
   * @throws {BackendError} The driver is not installed.
   */
  static async prepare(
    { connectionString, channel }: { readonly connectionString: string; readonly channel: string },
    listener: SessionListener,
  ): Promise<ListeningSession> {
    const { Client } = await loadDriver();
    const socket = new Socket();
    const client = new Client({
      connectionString,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      stream: () => socket,
    });
    client.on('notification', ({ payload }) => listener.heard(payload ?? ''));
    // The end follows every error.
    client.on('error', () => {});
    client.on('end', () => listener.lost());
    return new ListeningSession(client, socket, channel);
  }

  private constructor(client: Client, socket: Socket, channel: string) {
    this.#client = client;
    this.#socket = socket;
    this.#channel = channel;
  }

  async listen(): Promise<void> {
    await this.#client.connect();
    await this.#client.query(`LISTEN "${this.#channel}"`);
  }

  async end(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#socket.closed) resolve();
    else this.#socket.once('close', () => resolve());
    this.#socket.destroy();
    await promise;
  }
}
