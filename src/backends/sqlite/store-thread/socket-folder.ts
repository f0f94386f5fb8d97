import { createHash, randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What `sockaddr_un` holds on every system, without the zero that ends it. */
const MAX_ADDRESS_BYTES = 103;
/** A longer file name would leave no room in an address: a digest of it stands in the sockets' names instead. */
const MAX_NAME_BYTES = 40;

/** The sockets beside a store: each is there for one process that uses the store, or wants to. */
export class SocketFolder {
  readonly storePath: string;
  readonly #folder: string;
  readonly #prefix: string;
  /** An open folder can be named in few bytes, however long its path is. Only on Linux, and only if it is needed. */
  readonly #handle: number | null;

  constructor(storePath: string) {
    this.storePath = storePath;
    this.#folder = dirname(storePath);
    this.#prefix = `${shortNameOf(storePath)}-owner.`;
    const isLong = Buffer.byteLength(this.pathOf(this.newName())) > MAX_ADDRESS_BYTES;
    const isLinux = process.platform === 'linux';
    this.#handle = isLong && isLinux ? openSync(this.#folder, constants.O_RDONLY | constants.O_DIRECTORY) : null;
  }

  /** A name that nothing ever had: a socket that is dead stays dead, since nobody can bind its name again. */
  newName(): string {
    return `${this.#prefix}${process.pid}-${randomBytes(4).toString('hex')}`;
  }

  names(): string[] {
    return readdirSync(this.#folder, { withFileTypes: true })
      .filter((entry) => entry.isSocket() && entry.name.startsWith(this.#prefix))
      .map(({ name }) => name);
  }

  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  /** What to bind or connect to. Throws `ENAMETOOLONG` where the system takes no path of this length. */
  addressOf(name: string): string {
    const address = this.#handle === null ? this.pathOf(name) : `/proc/self/fd/${this.#handle}/${name}`;
    if (Buffer.byteLength(address) <= MAX_ADDRESS_BYTES) return address;
    throw Object.assign(new Error(`the path of a socket can have ${MAX_ADDRESS_BYTES} bytes`), {
      code: 'ENAMETOOLONG',
    });
  }

  /** Which process a socket is of, by its name alone. */
  processOf(name: string): string {
    return name.slice(this.#prefix.length).split('-')[0] ?? '';
  }

  remove(name: string): void {
    rmSync(this.pathOf(name), { force: true });
  }

  close(): void {
    if (this.#handle !== null) closeSync(this.#handle);
  }
}

function shortNameOf(path: string): string {
  const name = basename(path);
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}
