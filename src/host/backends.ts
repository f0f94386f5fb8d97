/**
 * These functions only describe a backend: which module makes it, with which plain options. It is built in the
 * supervisor thread. Describe your own as `{ module: './my-locking.js', options: { … } }`; the module's default export
 * must be a factory, `(options) => backend`.
 *
 * Each throws an `InvalidOptionError` if an option is missing, unknown or of the wrong type.
 */
import { resolve } from 'node:path';
import type { JsonValue } from '../plugin.ts';
import type { BackendDescription } from '../supervisor/supervisor-config.ts';
import { checkBackend } from './checking/check-backends.ts';

/**
 * An export of a module of yours. The module is loaded in the supervisor thread, where nothing may block: it should do
 * little more than export what is asked for.
 */
export interface ExportedModule {
  /** A path that begins with `./` or `../` (seen from `baseUrl`) or is absolute, a `file:` URL, or a package. */
  readonly module: string | URL;
  /** Which export. Default `default`. */
  readonly export?: string;
  /** JSON that the export is called with if it is a function. Default `{}`. */
  readonly options?: JsonValue;
}

/** Where Postgres is, and how to log in. */
export type PostgresPlace =
  | {
      /**
       * `postgres://user:password@host:port/database`, or with several hosts, `postgres://user@a:5432,b:5432/database`: they
       * are tried in turn until one takes writes.
       */
      readonly connectionString: string;
      /**
       * A function that returns `{ user?, password }`, or a promise of it, for example a token that is valid for minutes.
       * It is called for each new connection and has 2.5 s.
       */
      readonly credentials?: ExportedModule;
      readonly pool?: never;
    }
  | {
      /**
       * A `Pool` of the package `pg`, which stays yours to end, or a function that returns one (or a promise of one), which
       * is ended with the scheduler.
       */
      readonly pool: ExportedModule;
      readonly connectionString?: never;
      readonly credentials?: never;
    };

/** Keeps state and history in memory. They outlive the supervisor thread, but not the process. */
export function memoryStore(
  options: { /** How many records of history are kept. Default 10,000. */ readonly maxRecords?: number } = {},
): BackendDescription {
  return { module: 'builtin:memory-store', options: checkBackend('memoryStore', options) };
}

/**
 * Keeps state and history in a SQLite file, so that they survive the process. A thread of the store writes it. The file
 * serves one scheduler at a time and must be on a local disk.
 */
export function sqliteStore(options: {
  /** The file's path, relative to the working directory. The file is created when it is missing. */
  readonly path: string;
  /**
   * `relaxed` (default): writes survive the death of the process; a loss of power costs at most the last moments.
   * `strict`: writes also survive a loss of power, at the price of one disk flush for each group of writes.
   */
  readonly durability?: 'relaxed' | 'strict';
  /** How much history is kept. Default: 100,000 runs, and nothing older than 30 days. */
  readonly retention?: { readonly maxRuns?: number; readonly maxAgeMs?: number };
}): BackendDescription {
  const checked = checkBackend('sqliteStore', options);
  return { module: 'builtin:sqlite-store', options: { ...checked, path: resolve(checked.path) } };
}

/**
 * Keeps state and history in Postgres 12 or later, for all nodes of a cluster. They see the same schedules and history,
 * each occurrence runs once, and the runs that a dead node left behind are taken up by the others. Works behind a
 * pooler in transaction mode. Needs the package `pg`.
 */
export function postgresStore(
  options: PostgresPlace & {
    /** The schema that holds the tables. It is created when it is missing. Default `escapement`. */
    readonly schema?: string;
    /** How many connections are in use at most. Default 2. */
    readonly maxConnections?: number;
    /** How much history is kept. Default: 100,000 runs, and nothing older than 30 days. */
    readonly retention?: { readonly maxRuns?: number; readonly maxAgeMs?: number };
    /** A node counts as dead after this time without a sign of life, in milliseconds. Default 15,000. */
    readonly nodeTtlMs?: number;
  },
): BackendDescription {
  return { module: 'builtin:postgres-store', options: checkBackend('postgresStore', options) };
}

/** Locks between the schedules of one process. A single node does not need it: use it to try out locking. */
export function memoryLocking(): BackendDescription {
  return { module: 'builtin:memory-locking', options: {} };
}

/** Locks between the processes of one machine, in a SQLite file that all of them open. It must be on a local disk. */
export function sqliteLocking(options: {
  /** The file's path, relative to the working directory. The file is created when it is missing. */
  readonly path: string;
}): BackendDescription {
  return { module: 'builtin:sqlite-locking', options: { path: resolve(checkBackend('sqliteLocking', options).path) } };
}

/** Where Redis is: one server, a Redis Cluster, a master that sentinels watch, or what a client of yours knows. */
export type RedisPlace =
  | {
      /** `redis://user:password@host:port/database`, `rediss://…` for TLS, or `unix:///path/of/redis.sock?db=1`. */
      readonly url: string;
      readonly cluster?: never;
      readonly sentinel?: never;
      readonly client?: never;
    }
  | {
      /** URLs of some nodes, with the credentials that all nodes take. The others are found through them. */
      readonly cluster: readonly string[];
      readonly url?: never;
      readonly sentinel?: never;
      readonly client?: never;
    }
  | {
      readonly sentinel: {
        /** What the sentinels call the master, such as `mymaster`. */
        readonly name: string;
        /** URLs of the sentinels, with their own credentials. If they begin with `rediss:`, the master has TLS, too. */
        readonly urls: readonly string[];
        /** Of the master and its replicas. */
        readonly username?: string;
        /** Of the master and its replicas. */
        readonly password?: string;
        /** Default 0. */
        readonly database?: number;
      };
      readonly url?: never;
      readonly cluster?: never;
      readonly client?: never;
    }
  | {
      /**
       * A client of `ioredis` or `redis`, of a server, a Redis Cluster or sentinels. One that the module exports stays yours to
       * close. A function that returns one (or a promise of one) is called for each new connection, and what it returned
       * is closed when the connection is lost, and with the scheduler.
       */
      readonly client: ExportedModule;
      readonly url?: never;
      readonly cluster?: never;
      readonly sentinel?: never;
    };

/** Locks between nodes on Redis 5 or later. Needs the package `redis` or `ioredis`. */
export function redisLocking(
  options: RedisPlace & {
    /** For `rediss:` URLs. Default: what Node.js trusts, and no certificate of our own. */
    readonly tls?: {
      /** Certificates of authorities to trust in place of those of Node.js, as PEM. */
      readonly ca?: string;
      /** Our certificate, as PEM. */
      readonly cert?: string;
      /** The private key of our certificate, as PEM. */
      readonly key?: string;
      /** False: take any certificate. Default true. */
      readonly rejectUnauthorized?: boolean;
      /** The name that the server's certificate must have. Default: the host of the URL. */
      readonly servername?: string;
    };
    /**
     * A function that returns `{ user?, password }`, or a promise of it, for example a token that is valid for minutes: how
     * to log in on the server, in place of what the URLs say. It is called for each new connection and has 2.5 s. With
     * sentinels it is for the master.
     */
    readonly credentials?: ExportedModule;
    /** The prefix of all keys. Default `escapement`. */
    readonly prefix?: string;
    /** The package that connects. Default: `redis` if it is installed, else `ioredis`. */
    readonly driver?: 'redis' | 'ioredis';
  },
): BackendDescription {
  return { module: 'builtin:redis-locking', options: checkBackend('redisLocking', options) };
}

/** Locks between nodes on Postgres 12 or later. Works behind a pooler in transaction mode. Needs the package `pg`. */
export function postgresLocking(
  options: PostgresPlace & {
    /** The schema that holds the tables. It is created when it is missing. Default `escapement`. */
    readonly schema?: string;
    /** How many connections are in use at most. Default 2. */
    readonly maxConnections?: number;
  },
): BackendDescription {
  return { module: 'builtin:postgres-locking', options: checkBackend('postgresLocking', options) };
}
