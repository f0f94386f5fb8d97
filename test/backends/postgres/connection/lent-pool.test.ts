/** A pool of a program's own in place of a connection string. */
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  PostgresConnection,
  type PostgresConnectionOptions,
} from '../../../../src/backends/postgres/connection/postgres-connection.ts';
import { openPostgresStore } from '../../../../src/backends/postgres/postgres-store.ts';
import type { JsonValue } from '../../../../src/plugin.ts';
import { SystemClock } from '../../../../src/supervisor/clocks/system-clock.ts';
import { poolModule } from '../../../fixtures/backends/postgres-pools.ts';
import { fixture, temporaryFolder } from '../../../support/scheduler-harness.ts';
import { needsPostgres } from '../../../support/servers/needs.ts';
import { PostgresServer, postgresBinaries } from '../../../support/servers/postgres-server.ts';
import { describeWith } from '../../../support/servers/requirement.ts';

const MODULE = fixture('backends/postgres-pools.ts');
const clock = new SystemClock();
const opened: PostgresConnection[] = [];
let server: PostgresServer;

beforeAll(async () => {
  if (postgresBinaries() !== null) server = await PostgresServer.start();
}, 60_000);

afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close()));
});

afterAll(() => server?.stop());

async function connect(options: Partial<PostgresConnectionOptions>): Promise<PostgresConnection> {
  const connection = await PostgresConnection.open({ maxConnections: 2, ...options }, clock);
  opened.push(connection);
  return connection;
}

/** A pool that a module exports, which the test ends. */
async function exportedPool(config: pg.PoolConfig = {}): Promise<{ readonly module: string; readonly pool: pg.Pool }> {
  const module = poolModule({ connectionString: server.connectionString, ...config }, temporaryFolder());
  const { default: pool } = (await import(module)) as { default: pg.Pool };
  onTestFinished(() => pool.end());
  return { module, pool };
}

async function returnedPool(): Promise<pg.Pool> {
  const { returned } = (await import(MODULE)) as { returned: pg.Pool[] };
  return returned[0] as pg.Pool;
}

describeWith(needsPostgres())('a pool of the user', () => {
  const options = () => ({ connectionString: server.connectionString });

  test('that a module exports is used with others, and stays open', async () => {
    const { module, pool } = await exportedPool();
    const connection = await connect({ pool: { module } });
    expect(await connection.query('SELECT $1::int AS one', [1])).toEqual([{ one: 1 }]);
    expect((await pool.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
    await connection.close();
    expect(pool.ended).toBe(false);
    expect((await pool.query('SELECT 3 AS three')).rows).toEqual([{ three: 3 }]);
  });

  test('that its function returned is ended', async () => {
    const connection = await connect({ pool: { module: MODULE, options: options() } });
    const pool = await returnedPool();
    expect(await connection.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const call = connection.query('SELECT pg_sleep(60)');
    await Promise.all([expect(call).rejects.toThrow('Postgres: the connection was closed'), connection.close()]);
    expect(pool.ended).toBe(true);
  });

  test('lends no more connections than we may use, and a call that waits too long is not carried out', async () => {
    const { module, pool } = await exportedPool();
    const connection = await connect({ pool: { module }, maxConnections: 1 });
    const holder = await server.client();
    await holder.query('SELECT pg_advisory_lock(1)');
    const first = connection.query('SELECT pg_advisory_xact_lock(1)');
    const waiting = connection.query('CREATE TABLE too_late ()', [], 50);
    await expect(waiting).rejects.toMatchObject({ isUnknown: false });
    expect(pool.totalCount).toBe(1);
    await holder.end();
    await first;
    expect(await connection.query(`SELECT to_regclass('too_late')::text AS name`)).toEqual([{ name: null }]);
  });

  test('loses only the connection that does not answer, and goes on', async () => {
    const { module, pool } = await exportedPool();
    const connection = await connect({ pool: { module } });
    const theirs = await pool.connect();
    await expect(connection.query('SELECT pg_sleep(60)', [], 100)).rejects.toMatchObject({
      message: 'Postgres: no answer within 100 ms',
      isUnknown: true,
    });
    expect((await theirs.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    theirs.release();
    expect(await connection.query('SELECT 2 AS two')).toEqual([{ two: 2 }]);
  });

  test('gives up our connections to a server that has become read-only, and survives the end of all sessions', async () => {
    const { module } = await exportedPool();
    const connection = await connect({ pool: { module } });
    const demote = `SELECT set_config('default_transaction_read_only', 'on', false)`;
    await Promise.all([connection.query(demote), connection.query(demote)]);
    const write = () => connection.query('CREATE TABLE IF NOT EXISTS written ()');
    await expect(write()).rejects.toMatchObject({ sqlState: '25006' });
    await write();
    const insert = () => connection.query('INSERT INTO written DEFAULT VALUES');
    await Promise.all([insert(), insert()]);
    await server.terminateSessions();
    const answered = await connection.query('SELECT 1 AS one').catch(() => connection.query('SELECT 1 AS one'));
    expect(answered).toEqual([{ one: 1 }]);
  });

  test('that reads columns in its own way is read in ours', async () => {
    const types = { getTypeParser: () => () => 'theirs' };
    const { module, pool } = await exportedPool();
    Object.assign(pool.options, { types });
    const connection = await connect({ pool: { module } });
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 'theirs' }]);
    const sql = `SELECT 1 AS a, 0.5::float8 AS b, true AS c, '[1]'::jsonb AS d, '[2]'::json AS e, 'x' AS f, NULL::int AS g`;
    expect(await connection.query(sql)).toEqual([{ a: 1, b: 0.5, c: true, d: [1], e: [2], f: 'x', g: null }]);
  });

  test('keeps a store, whose questions about the past wait for no claim', async () => {
    const store = await openPostgresStore({ pool: { module: MODULE, options: options() }, schema: 'lent' }, clock);
    expect(await store.history({})).toEqual([]);
    await store.close(Date.now());
    expect((await returnedPool()).ended).toBe(true);
  });

  test('of a database that could not store every text is refused', async () => {
    await server.psql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    const { module } = await exportedPool({ connectionString: server.connectionString.replace(/postgres$/, 'latin') });
    await expect(connect({ pool: { module } })).rejects.toThrow('the encoding of the database is LATIN1');
  });

  test('does not show its password', async () => {
    const config = { host: '127.0.0.1', port: server.port, user: 'nobody', password: 'nobodys-password' };
    const refused = await connect({ pool: { module: MODULE, options: config } }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'ERR_ESCAPEMENT_BACKEND' });
    expect(String(refused)).not.toContain('nobodys-password');
  });

  test.each<[wrong: { connectLimitMs?: number; module?: string; export?: string; options?: JsonValue }, said: string]>([
    [{ export: 'client' }, 'option pool: the export client of its module is neither a Pool of the package pg nor'],
    [{ export: 'throwing' }, '"postgres" cannot be used: option pool: no pool today.'],
    [
      { export: 'hanging', connectLimitMs: 100 },
      '"postgres" cannot be used: the module of option pool did not answer for 0.1 s.',
    ],
    [{ options: { binary: true } }, 'option pool: a pool with binary: true cannot be used.'],
    [{ module: fixture('backends/absent.ts') }, 'option pool: '],
  ])('is refused by name where there is none, case %#', async ({ connectLimitMs = 10_000, ...wrong }, message) => {
    await expect(connect({ pool: { module: MODULE, ...wrong }, connectLimitMs })).rejects.toThrow(message);
  });
});
