import { postgresLocking, postgresStore, redisLocking, type SchedulerOptions } from '../../src/index.ts';
import { PostgresServer } from '../../test/support/servers/postgres-server.ts';
import { RedisServer } from '../../test/support/servers/redis-server.ts';

/** Where nodes meet, and how often that server was called. */
export interface Place {
  readonly name: string;
  /** @param cluster The name of a cluster that nothing else is in. */
  options(cluster: string): Pick<SchedulerOptions, 'store' | 'locking'>;
  /** Calls of clients so far, as the server counts them. */
  calls(): Promise<number>;
}

/** Runs `work` with a Redis and a Postgres of its own. */
export async function withPlaces<T>(work: (places: readonly Place[]) => Promise<T>): Promise<T> {
  const [redis, postgres] = await Promise.all([RedisServer.start(), PostgresServer.start()]);
  try {
    await postgres.psql(`ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`);
    await postgres.restart();
    await postgres.psql('CREATE EXTENSION pg_stat_statements');
    const { connectionString } = postgres;
    const calls = (): Promise<number> => statementsOf(postgres);
    return await work([
      {
        name: 'redis',
        options: (prefix) => ({ locking: redisLocking({ url: redis.url, prefix }) }),
        calls: () => scriptsOf(redis),
      },
      {
        name: 'postgres locks',
        options: (schema) => ({ locking: postgresLocking({ connectionString, schema }) }),
        calls,
      },
      { name: 'postgres store', options: (schema) => ({ store: postgresStore({ connectionString, schema }) }), calls },
    ]);
  } finally {
    await Promise.all([redis.stop(), postgres.stop()]);
  }
}

/** All that nodes do is in scripts; what a script does is no call. */
async function scriptsOf(redis: RedisServer): Promise<number> {
  const stats = String(await redis.command('INFO', 'commandstats'));
  const counts = ['eval', 'evalsha'].map((name) => new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? '0');
  return counts.reduce((sum, count) => sum + Number(count), 0);
}

/** Statements of nodes; what the functions of our schema do is no call. */
async function statementsOf(postgres: PostgresServer): Promise<number> {
  const [row] = await postgres.psql<{ calls: string }>(
    `SELECT sum(calls) AS calls FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'`,
  );
  return Number(row?.calls);
}
