import { Socket } from 'node:net';
import type { Pool, PoolClient } from 'pg';
import { reasonOf } from '../../../wire/error-record.ts';
import type { Credentials } from '../../exchange/credentials.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { KEEP_ALIVE_MS, loadDriver } from './driver.ts';
import { HostList, hostClient } from './host-client.ts';

export interface SocketPoolOptions {
  readonly connectionString: string;
  readonly credentials: Credentials | null;
  readonly applicationName: string;
  readonly maxConnections: number;
  /** How long all hosts together may take to connect. */
  readonly connectLimitMs: number;
}

/**
 * The driver's pool, with the sockets of its connections at hand: the driver itself cannot tear down a connection that
 * waits for an answer, nor one that is still connecting.
 */
export class SocketPool implements ConnectionPool {
  readonly #pool: Pool;
  readonly #hosts: HostList;
  readonly #credentials: Credentials | null;
  readonly #sockets = new Set<Socket>();
  readonly #idle = new Set<PoolClient>();

  /**
   * Loads the driver. Connects to nothing yet.
   * @throws {BackendError} The driver is not installed.
   */
  static async load(options: SocketPoolOptions): Promise<SocketPool> {
    return new SocketPool(await loadDriver(), options);
  }

  private constructor(driver: Pick<typeof import('pg'), 'Pool' | 'Client'>, options: SocketPoolOptions) {
    const { connectionString, credentials, connectLimitMs, applicationName, maxConnections } = options;
    this.#hosts = new HostList(connectionString);
    this.#credentials = credentials;
    const limitMs = connectLimitMs / this.#hosts.urls.length;
    this.#pool = new driver.Pool({
      Client: hostClient(driver.Client, { hosts: this.#hosts, credentials, limitMs }),
      max: maxConnections,
      connectionTimeoutMillis: connectLimitMs,
      fallback_application_name: applicationName,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      stream: () => this.#newSocket(),
    });
    // The end of an idle connection concerns nobody, but without a listener the driver would throw it.
    this.#pool.on('error', () => {});
    this.#pool.on('acquire', (client) => this.#idle.delete(client));
    this.#pool.on('release', (_error, client) => this.#idle.add(client));
    this.#pool.on('remove', (client) => this.#idle.delete(client));
  }

  get secrets(): readonly string[] {
    return [...this.#hosts.urls, ...(this.#credentials?.secrets ?? [])];
  }

  /** Tries each host at most once. */
  async acquire(): Promise<PoolClient> {
    const failures: unknown[] = [];
    for (;;) {
      try {
        const client = await this.#pool.connect();
        // The driver learns only later that one of its connections was torn down.
        if (!socketOf(client).destroyed) return client;
        client.release(true);
      } catch (error) {
        failures.push(error);
        if (this.#hosts.urls.length === 1) throw error;
        if (failures.length === this.#hosts.urls.length) throw new Error(failures.map(reasonOf).join('; '));
      }
    }
  }

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
