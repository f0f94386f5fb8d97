import { PostgresServer } from '../../test/support/servers/postgres-server.ts';
import { RedisServer } from '../../test/support/servers/redis-server.ts';

/** Where the systems keep what they do not keep in memory. */
export interface Servers {
  readonly redis: string;
  readonly postgres: string;
}

/** A new database and an empty Redis for each measurement, so that none meets what another one has left behind. */
export interface ServerRoom {
  fresh(): Promise<Servers>;
}

/** Runs `work` with a Redis and a Postgres on this machine. */
export async function withServers<T>(work: (room: ServerRoom) => Promise<T>): Promise<T> {
  const [redis, postgres] = await Promise.all([RedisServer.start(), PostgresServer.start()]);
  let databases = 0;
  try {
    return await work({
      fresh: async () => {
        await redis.command('FLUSHALL');
        databases += 1;
        const name = `peers_${databases}`;
        if (databases > 1) await postgres.psql(`DROP DATABASE IF EXISTS peers_${databases - 1} WITH (FORCE)`);
        await postgres.psql(`CREATE DATABASE ${name}`);
        const url = new URL(postgres.connectionString);
        url.pathname = `/${name}`;
        return { redis: redis.url, postgres: url.href };
      },
    });
  } finally {
    await Promise.all([redis.stop(), postgres.stop()]);
  }
}
