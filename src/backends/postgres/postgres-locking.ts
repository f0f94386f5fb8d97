import type { Clock } from '../../supervisor/ports/clock.ts';
import type { LockingPlugin } from '../../supervisor/ports/locking.ts';
import { backendErrorOf } from '../exchange/server-fault.ts';
import { ServerLocking } from '../exchange/server-locking.ts';
import type { ChannelListener } from '../exchange/tried-channel.ts';
import { ListeningConnection } from './connection/listening-connection.ts';
import { PostgresConnection, type Query } from './connection/postgres-connection.ts';
import { PostgresLockServer } from './postgres-lock-server.ts';
import { postgresLockingOptions } from './postgres-locking-options.ts';
import { lockMigrations } from './schema/lock-schema.ts';
import { migrateComponent, quotedSchema } from './schema/migrations.ts';
import { newsChannel } from './schema/news-channel.ts';

/**
 * Builds the backend of `postgresLocking()`: locks between nodes, in a schema of a database. Rejects with a
 * `BackendError`.
 */
export async function openPostgresLocking(
  options: Readonly<Record<string, unknown>>,
  clock: Clock,
  nodeId?: string,
): Promise<LockingPlugin> {
  const { schema, ...connecting } = postgresLockingOptions(options);
  const connection = await PostgresConnection.open({ ...connecting, nodeId }, clock);
  try {
    await migrateComponent(connection, schema, lockMigrations(schema));
    const channel = newsChannel('locks', schema);
    const query: Query = (text, values) => connection.query(text, values);
    const hear = (listener: ChannelListener) =>
      new ListeningConnection({ place: { ...connecting, nodeId }, channel, query }, clock, listener);
    const server = new PostgresLockServer(connection, quotedSchema(schema), { name: channel, hear });
    const locking = await ServerLocking.open(server, clock);
    await locking.trial();
    return locking;
  } catch (error) {
    await connection.close();
    throw backendErrorOf('postgres', error);
  }
}
