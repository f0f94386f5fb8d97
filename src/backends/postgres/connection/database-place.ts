import type { Clock } from '../../../supervisor/ports/clock.ts';
import { connectionName } from '../../exchange/connection-name.ts';
import { Credentials } from '../../exchange/credentials.ts';
import type { UserModule } from '../../options/user-module.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { LentPool } from './lent-pool.ts';
import { SocketPool } from './socket-pool.ts';

/** Where the database is: one of `connectionString` and `pool` is given. */
export interface DatabasePlace {
  readonly connectionString?: string | undefined;
  /** A pool of the user's. */
  readonly pool?: UserModule | undefined;
  /** How to log in, instead of what the connection string says. */
  readonly credentials?: UserModule | undefined;
  /** The server lists our connections under this node's name. */
  readonly nodeId?: string | undefined;
}

export interface PoolLimits {
  /** How many connections may be open at the same time. */
  readonly maxConnections: number;
  readonly connectLimitMs: number;
  /** The connection is kept for good, so a pool of the user's must have enough others. Default false. */
  readonly isKept?: boolean;
}

/**
 * Loads the driver or the user's pool. Connects to nothing yet.
 * @throws {BackendError} There is no driver, or no pool that we can use.
 */
export function poolFor(place: DatabasePlace, limits: PoolLimits, clock: Clock): Promise<ConnectionPool> {
  const { pool, connectionString = '', credentials, nodeId } = place;
  if (pool !== undefined) return LentPool.load({ pool, ...limits }, clock);
  const { maxConnections, connectLimitMs } = limits;
  return SocketPool.load({
    connectionString,
    credentials: credentials === undefined ? null : new Credentials(credentials, clock),
    applicationName: connectionName(nodeId),
    maxConnections,
    connectLimitMs,
  });
}
