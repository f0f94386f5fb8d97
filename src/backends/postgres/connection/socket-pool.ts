import { Socket } from 'node:net';
import type { Pool, PoolClient, PoolConfig } from 'pg';
import { KEEP_ALIVE_MS, loadDriver } from './driver.ts';

/**
 * The driver's pool, with the sockets of its connections at hand: the driver itself cannot tear down a connection that
 * waits for an answer, nor one that is still connecting.
 */
export class SocketPool {
  readonly #pool: Pool;
  readonly #sockets = new Set<Socket>();
  readonly #idle = new Set<PoolClient>();

  /**
   * Loads the driver. Connects to nothing yet.
   * @throws {BackendError} The driver is not installed.
   */
  static async load(config: PoolConfig): Promise<SocketPool> {
    return new SocketPool((await loadDriver()).Pool, config);
  }

  private constructor(DriverPool: typeof Pool, config: PoolConfig) {
    this.#pool = new DriverPool({
      ...config,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      stream: () => this.#newSocket(),
    });
    // A call that uses a connection rejects when the connection ends. The end of an idle one concerns nobody, but
    // without a listener the driver would throw it.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
    this.#pool.on('acquire', (client) => this.#idle.delete(client));
    this.#pool.on('release', (_error, client) => this.#idle.add(client));
    this.#pool.on('remove', (client) => this.#idle.delete(client));
  }

  /** Resolves when a connection is free, or a new one is connected. */
  async acquire(): Promise<PoolClient> {
    for (;;) {
      const client = await this.#pool.connect();
      // The driver learns only later that one of its connections was torn down.
      if (!socketOf(client).destroyed) return client;
      client.release(true);
    }
  }

  /** Tears down a connection that does not answer, and the idle ones: what silenced it has probably silenced them. */
  destroySilent(client: PoolClient): void {
    socketOf(client).destroy();
    this.destroyIdle();
  }

  destroyIdle(): void {
    for (const idle of this.#idle) socketOf(idle).destroy();
  }

  /** Ends idle connections in order, and tears down the others. Resolves when all are closed. */
  async end(): Promise<void> {
    const idle = new Set([...this.#idle].map(socketOf));
    const ended = this.#pool.end();
    for (const socket of this.#sockets) if (!idle.has(socket)) socket.destroy();
    await Promise.all([ended, ...[...this.#sockets].map(closed)]);
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #newSocket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

function socketOf(client: PoolClient): Socket {
  return client.connection.stream as Socket;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}
