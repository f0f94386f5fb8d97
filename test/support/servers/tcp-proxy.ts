/**
 * A line between a client and a server on the loopback interface that can fail in all the ways a line can. Bytes that
 * it holds back are not lost: as on a real line, they arrive once it is healed if the connection is still open.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  /** The client's side is closed, but the server's side stays open. */
  isHalfOpen: boolean;
}

interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

export class TcpProxy {
  readonly port: number;
  readonly #listener: Server;
  #targetPort: number;
  readonly #connections = new Set<Connection>();
  readonly #waiting = new Set<Socket>();
  #closing = new AbortController();
  /** Present while nothing passes. */
  #gate: Gate | null = null;
  #delayMs = 0;
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  #isRefusing = false;
  #dropsNextAnswer = false;

  static async open(targetPort: number): Promise<TcpProxy> {
    const listener = createServer({ allowHalfOpen: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('The listener has no port.');
    return new TcpProxy(listener, address.port, targetPort);
  }

  private constructor(listener: Server, port: number, targetPort: number) {
    this.#listener = listener;
    this.port = port;
    this.#targetPort = targetPort;
    listener.on('connection', (client) => void this.#accept(client));
  }

  /** How many clients are connected, including those for which nothing passes. */
  get connectionCount(): number {
    return [...this.#connections].filter(({ isHalfOpen }) => !isHalfOpen).length + this.#waiting.size;
  }

  /** Stops all bytes in both directions. Connections stay open, and new ones are accepted but get no bytes. */
  blackHole(): void {
    if (this.#gate !== null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = { opened: promise, open: resolve };
  }

  /** Each piece takes `ms` longer in each direction. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  trickle(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** New connections lead to another server; open ones stay where they are. */
  retarget(port: number): void {
    this.#targetPort = port;
  }

  /** Resets all open connections. */
  reset(): void {
    for (const client of this.#waiting) cut(client);
    for (const { client, server } of this.#connections) {
      cut(client);
      cut(server);
    }
  }

  /** Resets all open connections, and new ones until the line is healed. */
  refuse(): void {
    this.#isRefusing = true;
    this.reset();
  }

  /** Closes the clients' sides; the server's sides stay open and silent until the line is healed. */
  halfOpen(): void {
    for (const connection of this.#connections) {
      connection.isHalfOpen = true;
      connection.client.destroy();
    }
  }

  /** Swallows the next piece from the server and resets its connection: the client cannot know what was done. */
  dropAnswerOnce(): void {
    this.#dropsNextAnswer = true;
  }

  /** Ends all faults, for open connections and for new ones. */
  heal(): void {
    this.#delayMs = 0;
    this.#bytesPerSecond = Number.POSITIVE_INFINITY;
    this.#isRefusing = false;
    this.#dropsNextAnswer = false;
    for (const { server, isHalfOpen } of this.#connections) if (isHalfOpen) server.destroy();
    // Pieces that wait out a delay pass at once.
    this.#closing.abort();
    this.#closing = new AbortController();
    this.#gate?.open();
    this.#gate = null;
  }

  async close(): Promise<void> {
    if (!this.#listener.listening) return;
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    this.reset();
    this.heal();
    await closed;
  }

  async #accept(client: Socket): Promise<void> {
    client.on('error', () => {});
    if (this.#isRefusing) {
      cut(client);
      return;
    }
    this.#waiting.add(client);
    client.once('close', () => this.#waiting.delete(client));
    await this.#gate?.opened;
    this.#waiting.delete(client);
    if (client.destroyed || !this.#listener.listening) {
      client.destroy();
      return;
    }
    this.#join(client);
  }

  #join(client: Socket): void {
    const server = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    const connection: Connection = { client, server, isHalfOpen: false };
    this.#connections.add(connection);
    const forget = (): void => {
      if (client.closed && server.closed) this.#connections.delete(connection);
    };
    client.once('close', forget);
    server.once('close', forget);
    server.on('error', () => {});
    void this.#pump(connection, client, server);
    void this.#pump(connection, server, client);
  }

  /** Carries one direction until it ends, and then the end, too. */
  async #pump(connection: Connection, from: Socket, to: Socket): Promise<void> {
    let isOver = false;
    try {
      for await (const piece of from.iterator({ destroyOnReturn: false })) {
        await this.#carry(connection, piece as Buffer, from, to);
      }
      isOver = true;
    } catch {
      // One side was reset: the other side is reset below.
    }
    await this.#gate?.opened;
    if (connection.isHalfOpen) return;
    if (isOver && !from.destroyed) to.end();
    else cut(to);
  }

  async #carry(connection: Connection, piece: Buffer, from: Socket, to: Socket): Promise<void> {
    const { client, server } = connection;
    await this.#gate?.opened;
    if (this.#delayMs > 0) await this.#wait(this.#delayMs);
    if (connection.isHalfOpen) return;
    if (from === server && this.#dropsNextAnswer) {
      this.#dropsNextAnswer = false;
      cut(client);
      server.destroy();
      return;
    }
    for (const part of this.#parts(piece)) {
      if (this.#bytesPerSecond !== Number.POSITIVE_INFINITY) await this.#wait(100);
      await this.#gate?.opened;
      if (to.writable) to.write(part);
    }
  }

  /** Cuts a piece into parts that each pass in a tenth of a second. */
  #parts(piece: Buffer): Buffer[] {
    const size = Math.max(1, Math.floor(this.#bytesPerSecond / 10));
    if (size >= piece.length) return [piece];
    const count = Math.ceil(piece.length / size);
    return Array.from({ length: count }, (_, place) => piece.subarray(place * size, (place + 1) * size));
  }

  async #wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#closing.signal }).catch(() => {});
  }
}

/**
 * Resets a connection. One whose end is still on its way is closed instead: Node cannot reset it, says EINVAL, and
 * keeps its handle open for ever.
 */
export function cut(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
