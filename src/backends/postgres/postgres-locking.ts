import type { Clock } from '../../supervisor/ports/clock.ts';
import type { LockingPlugin } from '../../supervisor/ports/locking.ts';
import { backendErrorOf } from '../exchange/server-fault.ts';
import { ServerLocking } from '../exchange/server-locking.ts';
import { PostgresConnection } from './connection/postgres-connection.ts';
import { PostgresLockServer } from './postgres-lock-server.ts';
import { postgresLockingOptions } from './postgres-locking-options.ts';
import { lockMigrations } from './schema/lock-schema.ts';
import { migrateComponent, quotedSchema } from './schema/migrations.ts';

/**
 * Builds the backend of `postgresLocking()`: locks between nodes, in a schema of a database. Rejects with a
 * `BackendError`.
 */
export async function openPostgresLocking(
  options: Readonly<Record<string, unknown>>,
  clock: Clock,
): Promise<LockingPlugin> {
  const { schema, ...connecting } = postgresLockingOptions(options);
  const connection = await PostgresConnection.open(connecting, clock);
  try {
    await migrateComponent(connection, schema, lockMigrations(schema));
    const locking = await ServerLocking.open(new PostgresLockServer(connection, quotedSchema(schema)), clock);
    await locking.trial();
    return locking;
  } catch (error) {
    await connection.close();
    throw backendErrorOf('postgres', error);
  }
}
