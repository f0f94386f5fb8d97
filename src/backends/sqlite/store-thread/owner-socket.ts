/**
 * Marks a store as in use by a socket that listens beside it. A lock on a file falls when any thread of the process
 * closes that file, a backup tool's included; a socket falls with its process or thread alone. Who can connect knows
 * that the owner lives, also while it is stopped or blocked, because the kernel accepts for it.
 *
 * Two starters never both win, and need no mutex for it: each shows a flag (a socket under a name that is new), and
 * then looks at all others. Of two that come together, at least one sees the other. It owns the store only if its flag
 * was up before it looked, nobody else's is, and its own is still in place. Of two flags the higher name gives way.
 */
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { reasonOf } from '../../../wire/error-record.ts';
import { identityOf } from '../local-file.ts';
import { StoreInUseError } from './owner-file.ts';
import { SocketFolder } from './socket-folder.ts';

/** An owner that is being replaced, after its supervisor thread died, is gone within this time. */
const PATIENCE_MS = 2_000;
/** Answers that say that nobody listens. Others leave it open whether somebody does, as a queue that is full. */
const DEAD: readonly unknown[] = ['ECONNREFUSED', 'ENOENT', 'ENOTSOCK', 'EPROTOTYPE'];
/** This process is short of something, or the disk is: it may work again. */
const PASSING: readonly unknown[] = ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'ENOSPC', 'EDQUOT', 'EROFS', 'EIO'];

/** The folder, the system or its rules take no socket. */
export class NoSocketError extends Error {
  override readonly name = 'NoSocketError';
}

export class OwnerSocket {
  readonly #folder: SocketFolder;
  readonly #flag: Flag;

  private constructor(folder: SocketFolder, flag: Flag) {
    this.#folder = folder;
    this.#flag = flag;
  }

  /** Rejects with a `StoreInUseError`, a `NoSocketError`, or the system's error if it may pass. */
  static async acquire(storePath: string, nodeId: string): Promise<OwnerSocket> {
    const folder = new SocketFolder(storePath);
    let flag: Flag | null = null;
    try {
      for (;;) {
        const rival = await findRival(folder, flag?.name);
        if (rival === null) {
          if (flag?.isInPlace() === true) return new OwnerSocket(folder, flag);
          flag?.lower();
          flag = await Flag.raise(folder, nodeId);
          continue;
        }
        if (flag !== null && flag.name > rival.name) flag = flag.lower();
        if (!(await rival.hasGone())) throw new StoreInUseError(storePath, rival.words);
      }
    } catch (error) {
      flag?.lower();
      folder.close();
      throw error;
    }
  }

  /** Whether others still find the socket. */
  isInPlace(): boolean {
    return this.#flag.isInPlace();
  }

  release(): void {
    this.#flag.lower();
    this.#folder.close();
  }
}

/** A socket of this thread's own that listens. */
class Flag {
  readonly name: string;
  readonly #path: string;
  readonly #server: Server;
  readonly #visitors = new Set<Socket>();
  #identity: string | null = null;

  private constructor(name: string, path: string, words: string) {
    this.name = name;
    this.#path = path;
    // A visitor hears who we are, and stays until it has heard enough or we are gone.
    this.#server = createServer((visitor) => {
      this.#visitors.add(visitor);
      visitor.on('close', () => this.#visitors.delete(visitor));
      visitor.on('error', () => visitor.destroy());
      visitor.unref().resume().write(words);
    });
    this.#server.unref();
  }

  static async raise(folder: SocketFolder, nodeId: string): Promise<Flag> {
    const name = folder.newName();
    const flag = new Flag(name, folder.pathOf(name), `process ${process.pid} (node ${nodeId})`);
    try {
      await flag.#listen(folder.addressOf(name));
      return flag;
    } catch (error) {
      flag.lower();
      if (PASSING.includes((error as NodeJS.ErrnoException).code)) throw error;
      throw new NoSocketError(reasonOf(error), { cause: error });
    }
  }

  isInPlace(): boolean {
    return this.#identity !== null && identityOf(this.#path) === this.#identity;
  }

  /** Closes the socket, which removes its file, and lets go of those who wait for that. */
  lower(): null {
    this.#server.close();
    for (const visitor of this.#visitors) visitor.destroy();
    return null;
  }

  async #listen(address: string): Promise<void> {
    // In a worker of `node:cluster` the primary process would listen, and outlive us.
    this.#server.listen({ path: address, exclusive: true });
    await once(this.#server, 'listening');
    // If a visitor cannot be received, the kernel has still said that we live.
    this.#server.on('error', () => {});
    // Somebody who looked before we listened may have taken the socket for a dead one: then it is not in place.
    this.#identity = identityOf(this.#path);
    if (this.#identity !== null) chmodSync(this.#path, 0o600);
  }
}

/** Another process or thread that has a flag up, and a connection to it. */
class Rival {
  readonly name: string;
  readonly #connection: Socket;
  #words = '';

  constructor(name: string, connection: Socket, byDefault: string) {
    this.name = name;
    this.#connection = connection;
    this.#words = byDefault;
    connection.on('data', (data) => {
      this.#words = data.toString();
    });
  }

  /** Who it says that it is; one that is stopped cannot say it. */
  get words(): string {
    return this.#words;
  }

  /** False if it still has its flag up after a while. */
  hasGone(): Promise<boolean> {
    const connection = this.#connection;
    return new Promise((resolve) => {
      if (connection.closed) resolve(true);
      connection.on('close', () => resolve(true));
      connection.setTimeout(PATIENCE_MS, () => {
        resolve(false);
        connection.destroy();
      });
    });
  }
}

/** The first other flag whose owner lives. Removes those of the dead. */
async function findRival(folder: SocketFolder, ownName: string | undefined): Promise<Rival | null> {
  for (const name of folder.names()) {
    if (name === ownName) continue;
    const words = `process ${folder.processOf(name)}`;
    const connection = await connected(folder.addressOf(name)).catch((error: NodeJS.ErrnoException) => {
      if (PASSING.includes(error.code)) throw error;
      throw new StoreInUseError(folder.storePath, `${words}, it seems (${reasonOf(error)})`);
    });
    if (connection !== null) return new Rival(name, connection, words);
    folder.remove(name);
  }
  return null;
}

/** Null if nobody listens. */
function connected(address: string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const connection = connect(address);
    connection.on('connect', () => resolve(connection));
    // Once it is connected, an error means that the other side has gone, and `close` follows.
    connection.on('error', (error: NodeJS.ErrnoException) => {
      if (DEAD.includes(error.code)) resolve(null);
      // It listened a moment ago: whether it still does is another question.
      else if (error.code === 'ECONNRESET') resolve(connected(address));
      else reject(error);
    });
  });
}
