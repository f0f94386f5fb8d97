/**
 * An open file of locks. Everything here is synchronous, and every call is one transaction, which excludes those of all
 * other processes.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { EARLY_MS } from '../../../machines/cluster-time/early-claims.ts';
import { identityOf, networkFileSystemOf, prepareFile, realPathOf } from '../local-file.ts';
import { FileGroups } from './file-groups.ts';
import { LOCK_SCHEMA } from './lock-schema.ts';
import type { MachineClock, MachineInstant } from './machine-clock.ts';
import type { GrantedExchange, NamedLock, Sign, SignAnswer, WantedExchange } from './protocol.ts';

/** How long another process may hold the file. */
const BUSY_TIMEOUT_MS = 2_000;
/** A lock that nobody releases expires and stays in the file: every exchange deletes up to this many of these. */
const SWEEP_LIMIT = 100;

/** A row of this boot holds by the monotonic clock; a row of another or an unknown boot by the wall clock. */
const IS_GOOD = `CASE WHEN boot = $boot AND boot <> '' THEN expires_monotonic > $monotonic ELSE expires_wall > $wall END`;

export class LockFile {
  readonly #path: string;
  readonly #clock: MachineClock;
  readonly #connection: DatabaseSync;
  readonly #identity: string | null;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #groups: FileGroups;

  private constructor(path: string, clock: MachineClock, connection: DatabaseSync) {
    this.#path = path;
    this.#clock = clock;
    this.#connection = connection;
    this.#identity = identityOf(path);
    this.#statements = prepare(connection);
    this.#groups = new FileGroups(connection);
  }

  /** Opens the file, or makes a new one. Throws an error that says why it cannot be used. */
  static open(path: string, clock: MachineClock): LockFile {
    const realPath = realPathOf(path);
    LOCK_SCHEMA.mustBeUsable(realPath);
    prepareFile(realPath);
    const network = networkFileSystemOf(realPath);
    if (network !== null)
      throw new Error(
        `it is on a network file system (${network}), where locks do not hold: it must be on a local disk`,
      );
    const connection = new DatabaseSync(realPath, { timeout: BUSY_TIMEOUT_MS });
    try {
      LOCK_SCHEMA.mustBeOurs(connection);
      LOCK_SCHEMA.mark(connection);
      connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF');
      LOCK_SCHEMA.migrate(connection);
      const file = new LockFile(path, clock, connection);
      file.#statements.sweepOldBoots.run({ ...nowOf(clock.now()) });
      return file;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Whether the path still leads to the open file. If not, other processes use another one. */
  isInPlace(): boolean {
    return identityOf(this.#path) === this.#identity;
  }

  /** Throws SQLite's own error, or one that says that it is too late. */
  exchange(request: WantedExchange, giveUpAtMs: number): GrantedExchange {
    return this.#transact(giveUpAtMs, (at) => {
      const sweep = at.boot === '' ? this.#statements.sweepByWall : this.#statements.sweep;
      sweep.run({ ...at, limit: SWEEP_LIMIT });
      for (const { key, lockId } of request.releases) this.#statements.release.run({ ...at, key, lockId });
      const renewals = request.renewals.map((lock) => this.#renew(lock, at));
      return { renewals, attempts: request.attempts.map((locks) => this.#take(locks, at)) };
    });
  }

  announce({ nodeId, ttlMs, group }: Sign, giveUpAtMs: number): SignAnswer {
    return this.#transact(giveUpAtMs, (at) => {
      this.#statements.announce.run({ nodeId, ...expiryOf(ttlMs, at) });
      this.#statements.forgetNodes.run({ ...at });
      const rows = this.#statements.nodes.all() as { node_id: string }[];
      const groups = this.#groups.announce({ nodeId, ...(group && { group }) });
      return { nodeIds: rows.map((row) => row.node_id), nowMs: at.wall, ...groups };
    });
  }

  readGroup(id: string, giveUpAtMs: number): readonly string[] | null {
    return this.#transact(giveUpAtMs, () => this.#groups.keysOf(id));
  }

  close(): void {
    this.#connection.close();
  }

  #transact<T>(giveUpAtMs: number, work: (at: Now) => T): T {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      const instant = this.#clock.now();
      // The caller has timed out and would never release the lock.
      if (instant.monotonicMs > giveUpAtMs) throw new Error('the file was busy for too long');
      const answer = work(nowOf(instant));
      this.#connection.exec('COMMIT');
      return answer;
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }

  #renew({ key, lockId, ttlMs }: NamedLock, at: Now): boolean {
    return this.#statements.renew.run({ ...at, key, lockId, ...untilOf(ttlMs, at) }).changes === 1;
  }

  #take(locks: readonly NamedLock[], at: Now): string[] | null {
    const isHeld = ({ key }: NamedLock): boolean => this.#statements.held.get({ ...at, key }) !== undefined;
    if (locks.some((lock) => isHeld(lock) || this.#isPast(lock, at))) return null;
    return locks.map(({ key, lockId, ttlMs, occurrence }) => {
      this.#statements.take.run({ key, lockId, ...expiryOf(ttlMs, at) });
      if (occurrence !== undefined)
        this.#statements.remember.run({ ...latestOf(at), key: occurrence.of, at: occurrence.atMs });
      const { last } = this.#statements.token.get({ micros: at.wall * 1_000 }) as { last: number };
      return String(last);
    });
  }

  /** Whether others may have run the occurrence, and its claim has expired since. */
  #isPast({ ttlMs, occurrence }: NamedLock, at: Now): boolean {
    if (occurrence === undefined || occurrence.atMs > at.wall - ttlMs) return false;
    return this.#statements.claimed.get({ ...latestOf(at), key: occurrence.of, at: occurrence.atMs }) !== undefined;
  }
}

/** The present instant, under the names of the statements' parameters. */
type Now = { readonly boot: string; readonly monotonic: number; readonly wall: number };

function nowOf({ bootId, monotonicMs, wallMs }: MachineInstant): Now {
  return { boot: bootId, monotonic: monotonicMs, wall: wallMs };
}

function untilOf(ttlMs: number, { monotonic, wall }: Now): { untilMonotonic: number; untilWall: number } {
  return { untilMonotonic: Math.floor(monotonic + ttlMs), untilWall: Math.floor(wall + ttlMs) };
}

/** What was claimed later than this was claimed before the clock was set back, and does not count. */
function latestOf({ wall }: Now): { latest: number } {
  return { latest: wall + EARLY_MS };
}

function expiryOf(ttlMs: number, at: Now): { boot: string; untilMonotonic: number; untilWall: number } {
  return { boot: at.boot, ...untilOf(ttlMs, at) };
}

function prepare(connection: DatabaseSync) {
  const statement = (sql: string): StatementSync => {
    const prepared = connection.prepare(sql);
    // Every statement gets the whole instant and uses what it needs.
    prepared.setAllowUnknownNamedParameters(true);
    return prepared;
  };
  return {
    sweep: statement(
      'DELETE FROM locks WHERE key IN (SELECT key FROM locks WHERE boot = $boot AND expires_monotonic <= $monotonic LIMIT $limit)',
    ),
    sweepByWall: statement(
      "DELETE FROM locks WHERE key IN (SELECT key FROM locks WHERE boot = '' AND expires_wall <= $wall LIMIT $limit)",
    ),
    sweepOldBoots: statement('DELETE FROM locks WHERE boot <> $boot AND expires_wall <= $wall'),
    release: statement(`DELETE FROM locks WHERE key = $key AND lock_id = $lockId AND ${IS_GOOD}`),
    renew: statement(
      `UPDATE locks SET expires_monotonic = $untilMonotonic, expires_wall = $untilWall
       WHERE key = $key AND lock_id = $lockId AND ${IS_GOOD}`,
    ),
    held: statement(`SELECT 1 FROM locks WHERE key = $key AND ${IS_GOOD}`),
    take: statement('INSERT OR REPLACE INTO locks VALUES ($key, $lockId, $boot, $untilMonotonic, $untilWall)'),
    claimed: statement('SELECT 1 FROM last_claims WHERE key = $key AND at >= $at AND at <= $latest'),
    remember: statement(
      `INSERT INTO last_claims VALUES ($key, $at)
       ON CONFLICT (key) DO UPDATE SET at = CASE WHEN at <= $latest THEN max(at, excluded.at) ELSE excluded.at END`,
    ),
    token: statement('UPDATE tokens SET last = max(last + 1, $micros) RETURNING last'),
    announce: statement('INSERT OR REPLACE INTO nodes VALUES ($nodeId, $boot, $untilMonotonic, $untilWall)'),
    forgetNodes: statement(`DELETE FROM nodes WHERE NOT (${IS_GOOD})`),
    nodes: statement('SELECT node_id FROM nodes ORDER BY node_id'),
  };
}
