/**
 * The driver's client, for a connection that has to be found first: to the host that takes writes, of several, and with
 * credentials that are asked for at each connection.
 */
import type { Socket } from 'node:net';
import type { Client, ClientConfig } from 'pg';
import { reasonOf } from '../../../wire/error-record.ts';
import type { Credentials, Login } from '../../exchange/credentials.ts';
import { hostOf, hostUrls, mustTakeWrites } from './host-urls.ts';

/** The hosts of a connection string. New connections go to one of them until one fails there. */
export class HostList {
  /** A connection string for each host. */
  readonly urls: readonly string[];
  /** Whether a server that is read-only counts as one that cannot be reached. */
  readonly mustTakeWrites: boolean;
  #place = 0;

  constructor(connectionString: string) {
    this.urls = hostUrls(connectionString);
    this.mustTakeWrites = mustTakeWrites(connectionString);
  }

  /** The next connection goes there. */
  get current(): string {
    return this.urls[this.#place] as string;
  }

  /** A connection to this host failed. */
  moveOn(url: string): void {
    if (url === this.current) this.#place = (this.#place + 1) % this.urls.length;
  }

  /** The error of a connection to this host. Without other hosts it needs no name. */
  failure(url: string, error: unknown): unknown {
    return this.urls.length === 1 ? error : new Error(`${hostOf(url)}: ${reasonOf(error)}`);
  }
}

interface Dialling {
  readonly hosts: HostList;
  readonly credentials: Credentials | null;
  /** How long one host may take. */
  readonly limitMs: number;
}

/** A class of clients for the driver's pool, which makes each with the options of the pool. */
export function hostClient(Driver: typeof Client, { hosts, credentials, limitMs }: Dialling): typeof Client {
  return class HostClient extends Driver {
    readonly #url: string;

    constructor(config: ClientConfig) {
      const url = hosts.current;
      super({ ...config, connectionString: url, connectionTimeoutMillis: limitMs });
      this.#url = url;
      // A call that uses a connection rejects when the connection ends. Without a listener the driver would throw it.
      this.on('error', () => {});
    }

    override connect(): Promise<Client>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): Promise<Client> | void {
      const opened = this.#open();
      if (callback === undefined) return opened.then(() => this);
      opened.then(() => callback(null as unknown as Error), callback);
    }

    async #open(): Promise<void> {
      try {
        if (credentials !== null) this.#useLogin(await this.#unlessClosed(credentials.fresh()));
        await super.connect();
        if (hosts.mustTakeWrites) await this.#mustTakeWrites();
      } catch (error) {
        hosts.moveOn(this.#url);
        this.#socket.destroy();
        throw hosts.failure(this.#url, error);
      }
    }

    get #socket(): Socket {
      return this.connection.stream as Socket;
    }

    /** Before it connects, the driver does not notice that its socket is destroyed. */
    #unlessClosed<T>(promise: Promise<T>): Promise<T> {
      const closed = Promise.withResolvers<never>();
      this.#socket.once('close', () => closed.reject(new Error('the connection was closed')));
      return Promise.race([promise, closed.promise]);
    }

    #useLogin({ user, password }: Login): void {
      const settable = this as {
        user?: string | undefined;
        password?: unknown;
        connectionParameters?: { user: string };
      };
      settable.password = password;
      if (user === undefined) return;
      settable.user = user;
      if (settable.connectionParameters !== undefined) settable.connectionParameters.user = user;
    }

    async #mustTakeWrites(): Promise<void> {
      const question = { text: 'SHOW transaction_read_only', query_timeout: limitMs };
      const { rows } = await this.query<{ transaction_read_only: string }>(question);
      if (rows[0]?.transaction_read_only !== 'off') throw new Error('the server is read-only');
    }
  };
}
