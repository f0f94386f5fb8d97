/**
 * Backends are described here and built in their own thread: a module with a factory, and plain options for it. A backend
 * of your own is `{ module: './my-locking.js', options: { … } }`, whose default export is `(options) => backend`.
 */
import { resolve } from 'node:path';
import type { BackendDescription } from '../supervisor/supervisor-config.ts';

/** Keeps state and history in memory: they outlive the supervisor thread, but not the process. */
export function memoryStore(
  options: { /** Records kept. Default 10,000. */ readonly maxRecords?: number } = {},
): BackendDescription {
  return { module: 'builtin:memory-store', options };
}

/**
 * Keeps state and history in a SQLite file, written by a thread of its own: they survive the process. The file serves one
 * scheduler at a time, and has to be on a local disk.
 */
export function sqliteStore(options: {
  /** Of the file; made if it is not there. Relative to the working directory. */
  readonly path: string;
  /**
   * `relaxed` (default): what was written survives the death of the process, and a loss of power costs at most the last moments.
   * `strict`: it survives that as well, at one flush of the disk for each group of writes.
   */
  readonly durability?: 'relaxed' | 'strict';
  /** What history is kept. Default: 100,000 runs, and nothing older than 30 days. */
  readonly retention?: { readonly maxRuns?: number; readonly maxAgeMs?: number };
}): BackendDescription {
  return { module: 'builtin:sqlite-store', options: { ...options, path: resolve(options.path) } };
}

/**
 * Keeps state and history in Postgres 12 or later, for all nodes of a cluster: they see the same schedules and history, an occurrence
 * is had once, and what a node that is gone has left is taken up by the others. Also behind a pooler in transaction mode.
 * Needs the package `pg`.
 */
export function postgresStore(options: {
  /** `postgres://user:password@host:port/database`. */
  readonly connectionString: string;
  /** Where the tables are; made if it is not there. Default `escapement`. */
  readonly schema?: string;
  /** Connections at most. Default 2. */
  readonly maxConnections?: number;
  /** What history is kept. Default: 100,000 runs, and nothing older than 30 days. */
  readonly retention?: { readonly maxRuns?: number; readonly maxAgeMs?: number };
  /** After this time without a sign of life a node counts for gone. Default 15,000. */
  readonly nodeTtlMs?: number;
}): BackendDescription {
  return { module: 'builtin:postgres-store', options: { ...options } };
}

/** Locks between the schedules of one process. */
export function memoryLocking(): BackendDescription {
  return { module: 'builtin:memory-locking', options: {} };
}

/** Locks between the processes of one machine, in a SQLite file that all of them open. It has to be on a local disk. */
export function sqliteLocking(options: {
  /** Of the file; made if it is not there. Relative to the working directory. */
  readonly path: string;
}): BackendDescription {
  return { module: 'builtin:sqlite-locking', options: { path: resolve(options.path) } };
}

/** Locks between nodes on Redis 5 or later. Needs the package `redis` or `ioredis`. */
export function redisLocking(options: {
  /** `redis://user:password@host:port/database`, or `rediss://…` for TLS. */
  readonly url: string;
  /** What the names of all keys begin with. Default `escapement`. */
  readonly prefix?: string;
  /** Which package connects. Default: `redis` if it is installed, else `ioredis`. */
  readonly driver?: 'redis' | 'ioredis';
}): BackendDescription {
  return { module: 'builtin:redis-locking', options: { ...options } };
}

/** Locks between nodes on Postgres 12 or later, also behind a pooler in transaction mode. Needs the package `pg`. */
export function postgresLocking(options: {
  /** `postgres://user:password@host:port/database`. */
  readonly connectionString: string;
  /** Where the tables are; made if it is not there. Default `escapement`. */
  readonly schema?: string;
  /** Connections at most. Default 2. */
  readonly maxConnections?: number;
}): BackendDescription {
  return { module: 'builtin:postgres-locking', options: { ...options } };
}
