import { Socket } from 'node:net';
import type { Client } from 'pg';
import { KEEP_ALIVE_MS, loadDriver } from './driver.ts';

/** One session that listens to one channel, until it is lost or ended. */
export class ListeningSession {
  readonly #client: Client;
  readonly #socket: Socket;

  /**
   * Loads the driver, and prepares a session. Nothing is connected yet.
   * @throws {BackendError} The driver is not installed.
   */
  static async prepare(
    connectionString: string,
    listener: { heard(text: string): void; lost(): void },
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
    return new ListeningSession(client, socket);
  }

  private constructor(client: Client, socket: Socket) {
    this.#client = client;
    this.#socket = socket;
  }

  /** Connects, and resolves when what is sent from now on is heard. Rejects with what the driver says. */
  async listen(channel: string): Promise<void> {
    await this.#client.connect();
    await this.#client.query(`LISTEN "${channel}"`);
  }

  /** Resolves when the socket is closed. What the session says afterwards is not passed on. */
  async destroy(): Promise<void> {
    this.#client.removeAllListeners('notification');
    this.#client.removeAllListeners('end');
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#socket.closed) resolve();
    else this.#socket.once('close', () => resolve());
    this.#socket.destroy();
    await promise;
  }
}
