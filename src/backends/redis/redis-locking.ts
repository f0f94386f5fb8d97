import { BackendError } from '../../errors.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type { LockingPlugin } from '../../supervisor/ports/locking.ts';
import { backendErrorOf } from '../exchange/server-fault.ts';
import { ServerLocking } from '../exchange/server-locking.ts';
import { RedisConnection } from './redis-connection.ts';
import { RedisFault } from './redis-fault.ts';
import { RedisLockServer } from './redis-lock-server.ts';
import { redisOptions } from './redis-locking-options.ts';
import { databaseOf } from './redis-urls.ts';

/** Builds the backend of `redisLocking()`: locks between nodes, on one Redis. Rejects with a `BackendError`. */
export async function openRedisLocking(
  options: Readonly<Record<string, unknown>>,
  clock: Clock,
  nodeId?: string,
): Promise<LockingPlugin> {
  const checked = redisOptions(options);
  const connection = await RedisConnection.open(checked, clock, nodeId);
  try {
    const locking = await ServerLocking.open(
      new RedisLockServer(connection, checked.prefix, databaseOf(checked)),
      clock,
    );
    await locking.trial();
    return locking;
  } catch (error) {
    await connection.close();
    if (!(error instanceof RedisFault) || !error.reason.startsWith('MOVED ')) throw backendErrorOf('redis', error);
    const remedy = checked.client === undefined ? 'use option cluster' : 'make a cluster client of the driver';
    throw new BackendError('redis', `this is a node of a Redis Cluster: ${remedy}`);
  }
}
