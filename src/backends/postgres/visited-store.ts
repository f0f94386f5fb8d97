/** The store that nodes share in a schema of Postgres, for a program that is not a node. Nodes may be running. */
import type { LedgerEntry } from '../../machines/ledger/entries.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import { backendErrorOf } from '../exchange/server-fault.ts';
import { type VisitorView, writeAsVisitor } from '../shared-store/visitor.ts';
import { PostgresConnection } from './connection/postgres-connection.ts';
import { openPostgresBackend } from './postgres-backend.ts';
import { mustBeInstalled, quotedSchema } from './schema/migrations.ts';
import { storeMigrations } from './schema/store-schema.ts';
import { StoreQueries } from './store-queries.ts';

/** Where a store is. */
export interface StorePlace {
  readonly connectionString: string;
  readonly schema: string;
}

/** A long history takes longer to read than a claim may wait. */
const READ_LIMIT_MS = 30_000;
/** A visitor prunes nothing. */
const NO_RETENTION = { maxRuns: Number.MAX_SAFE_INTEGER, maxAgeMs: Number.POSITIVE_INFINITY };

/**
 * Reads a store as it was at one moment, and changes nothing in it: a role that may read its tables is enough, and so is
 * a standby. Rows that cannot be used are passed over.
 * @throws {BackendError} The database cannot be read, or has no store of this version in that schema.
 */
export async function readPostgresStore<T>(
  { connectionString, schema }: StorePlace,
  clock: Clock,
  read: (store: StoreQueries) => Promise<T>,
): Promise<T> {
  const connection = await PostgresConnection.open({ connectionString, maxConnections: 1 }, clock);
  try {
    await mustBeInstalled(connection, schema, storeMigrations(schema));
    return await connection.transaction(async (query) => {
      await query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      return read(new StoreQueries(query, quotedSchema(schema), () => Promise.resolve(false)));
    }, READ_LIMIT_MS);
  } catch (error) {
    throw backendErrorOf('postgres', error);
  } finally {
    await connection.close();
  }
}

/**
 * Writes entries as nodes do, also while nodes are running. `entriesFor` is given how the store stands, again for each
 * attempt; what it throws is thrown, and then nothing is written.
 * @throws {BackendError} As above, or the role may not write, or nobody knows whether they were written.
 */
export async function writePostgresStore(
  place: StorePlace,
  clock: Clock,
  entriesFor: (view: VisitorView) => readonly LedgerEntry[],
): Promise<void> {
  const options = { ...place, maxConnections: 1, retention: NO_RETENTION };
  const backend = await openPostgresBackend(options, clock, mustBeInstalled).catch((error: unknown) => {
    throw backendErrorOf('postgres', error);
  });
  try {
    await writeAsVisitor(backend, clock, entriesFor);
  } catch (error) {
    throw backendErrorOf('postgres', error);
  } finally {
    await backend.close();
  }
}
