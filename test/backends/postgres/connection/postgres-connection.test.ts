import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  PostgresConnection,
  type PostgresConnectionOptions,
} from '../../../../src/backends/postgres/connection/postgres-connection.ts';
import { SystemClock } from '../../../../src/supervisor/clocks/system-clock.ts';
import { freePort } from '../../../support/servers/free-port.ts';
import { needsPooler, needsPostgres } from '../../../support/servers/needs.ts';
import { Pooler, poolerBinary } from '../../../support/servers/pooler.ts';
import { PostgresServer, postgresBinaries } from '../../../support/servers/postgres-server.ts';
import { describeWith } from '../../../support/servers/requirement.ts';

const clock = new SystemClock();
let server: PostgresServer;
let pooler: Pooler;
const opened: PostgresConnection[] = [];

beforeAll(async () => {
  if (postgresBinaries() === null) return;
  server = await PostgresServer.start();
  if (poolerBinary() !== null) pooler = await Pooler.start(server);
  await server.psql('CREATE TABLE things (id integer PRIMARY KEY)');
}, 60_000);

afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close()));
  await server.psql('TRUNCATE things');
});

afterAll(async () => {
  await pooler?.stop();
  await server?.stop();
});

const connect = async (own: Partial<PostgresConnectionOptions> = {}): Promise<PostgresConnection> => {
  const { connectionString } = server;
  const connection = await PostgresConnection.open({ connectionString, maxConnections: 2, ...own }, clock);
  opened.push(connection);
  return connection;
};

const ids = async () => (await server.psql<{ id: number }>('SELECT id FROM things ORDER BY id')).map(({ id }) => id);

describeWith(needsPostgres())('PostgresConnection', () => {
  test('answers a statement with its rows', async () => {
    const connection = await connect();
    expect(await connection.query('SELECT $1::text AS text, $2::jsonb AS json', ['a', '{"b":[1]}'])).toEqual([
      { text: 'a', json: { b: [1] } },
    ]);
  });

  test('gives up all its connections to a server that has become read-only', async () => {
    const connection = await connect();
    // As at a server that is demoted: the sessions stay, and new ones lead to one that takes writes.
    const demote = `SELECT set_config('default_transaction_read_only', 'on', false)`;
    // Both are sent in one turn, so each has a connection of its own.
    await Promise.all([connection.query(demote), connection.query(demote)]);
    await expect(connection.query('INSERT INTO things VALUES (1)')).rejects.toMatchObject({
      sqlState: '25006',
      isUnknown: false,
    });
    await Promise.all([2, 3].map((id) => connection.query('INSERT INTO things VALUES ($1)', [id])));
    expect(await ids()).toEqual([2, 3]);
  });

  test('refuses a database that could not store every text', async () => {
    await server.psql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    const connectionString = server.connectionString.replace(/postgres$/, 'latin');
    await expect(connect({ connectionString })).rejects.toThrow(
      '"postgres" cannot be used: the encoding of the database is LATIN1, but it must be UTF8',
    );
  });

  test('refuses a database whose transactions would not see what others have written meanwhile', async () => {
    await server.psql('CREATE DATABASE frozen');
    await server.psql("ALTER DATABASE frozen SET default_transaction_isolation = 'repeatable read'");
    const connectionString = server.connectionString.replace(/postgres$/, 'frozen');
    await expect(connect({ connectionString })).rejects.toThrow(
      '"postgres" cannot be used: transactions of this role are repeatable read in this database, but default_transaction_isolation must be read committed',
    );
  });

  test('distinguishes a refused statement, which was not carried out, from one without an answer', async () => {
    const connection = await connect({ maxConnections: 1 });
    await connection.query('INSERT INTO things VALUES (1)');
    await expect(connection.query('INSERT INTO things VALUES (1)')).rejects.toMatchObject({
      name: 'PostgresFault',
      isUnknown: false,
      sqlState: '23505',
    });
    await expect(connection.query('SELECT pg_sleep(5)', [], 100)).rejects.toMatchObject({
      message: 'Postgres: no answer within 100 ms',
      isUnknown: true,
    });
    await expect(connection.query('SELECT pg_terminate_backend(pg_backend_pid())')).rejects.toMatchObject({
      isUnknown: true,
    });
    expect(await connection.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('never carries out a call that found no free connection in time', async () => {
    const connection = await connect({ maxConnections: 1 });
    const holder = await server.client();
    await holder.query('SELECT pg_advisory_lock(1)');
    const busy = connection.query('SELECT pg_advisory_xact_lock(1)');
    const waiting = connection.query('INSERT INTO things VALUES (1)', [], 50);
    await expect(waiting).rejects.toMatchObject({ isUnknown: false });
    await holder.end();
    await busy;
    await connection.query('INSERT INTO things VALUES (2)');
    expect(await ids()).toEqual([2]);
  });

  test('rejects the calls that are under way when it is closed, and can be closed twice', async () => {
    const connection = await connect({ maxConnections: 1 });
    const calls = [connection.query('SELECT pg_sleep(5)'), connection.query('SELECT 1')];
    const rejected = Promise.all(calls.map((call) => expect(call).rejects.toThrow(/was closed/)));
    await Promise.all([connection.close(), connection.close(), rejected]);
    await expect(connection.query('SELECT 1')).rejects.toThrow();
  });

  test('gives up in time on a server that accepts connections and says nothing', async () => {
    const accepted: Socket[] = [];
    const silent = createServer((socket) => void accepted.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const refused = connect({ connectionString: `postgres://me:s3cret@127.0.0.1:${port}/x`, connectLimitMs: 100 });
    await expect(refused).rejects.toThrow('Backend "postgres" cannot be used: no answer within 100 ms.');
    for (const socket of accepted) socket.destroy();
    silent.close();
    await once(silent, 'close');
  });

  test('cannot be opened where nobody listens', async () => {
    const connectionString = `postgres://me:s3cret@127.0.0.1:${await freePort()}/x`;
    await expect(connect({ connectionString })).rejects.toThrow(/"postgres" cannot be used: connect ECONNREF/);
  });

  test('says how to install the driver when it is missing', () => {
    const module = join(import.meta.dirname, '../../../../src/backends/postgres/connection/postgres-connection.ts');
    const script = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve(specifier, context, next) { return next(specifier === 'pg' ? 'no-such-driver' : specifier, context); } });
      const { PostgresConnection } = await import(${JSON.stringify(module)});
      await PostgresConnection.open({}, {}).catch((error) => process.stdout.write(error.message));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(output).toBe('Backend "postgres" cannot be used: the package "pg" is not installed: npm install pg.');
  });
});

const WAYS = { directly: needsPostgres(), 'through a pooler in transaction mode': needsPooler() };

for (const way of ['directly', 'through a pooler in transaction mode'] as const) {
  describeWith(WAYS[way])(`a transaction, ${way}`, () => transactsAsItShould(way));
}

function transactsAsItShould(way: keyof typeof WAYS): void {
  const open = () => connect({ connectionString: (way === 'directly' ? server : pooler).connectionString });

  test('is committed when its work is done', async () => {
    const connection = await open();
    const result = await connection.transaction(async (query) => {
      await query('INSERT INTO things VALUES ($1)', [1]);
      await query('INSERT INTO things VALUES ($1)', [2]);
      expect(await ids()).toEqual([]);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await ids()).toEqual([1, 2]);
  });

  test('leaves nothing behind when its work fails, and the connection can be used again', async () => {
    const connection = await open();
    const failed = connection.transaction(async (query) => {
      await query('INSERT INTO things VALUES (1)');
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow(new Error('changed my mind'));
    const refused = connection.transaction(async (query) => {
      await query('INSERT INTO things VALUES (1)');
      await query('INSERT INTO nowhere VALUES (1)');
    });
    await expect(refused).rejects.toMatchObject({ sqlState: '42P01', isUnknown: false });
    expect(await ids()).toEqual([]);
    expect(await connection.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('ends when it takes too long, and leaves nothing behind', async () => {
    const connection = await open();
    const slow = connection.transaction(async (query) => {
      await query('INSERT INTO things VALUES (1)');
      await query('SELECT pg_sleep(5)');
    }, 200);
    await expect(slow).rejects.toThrow();
    expect(await ids()).toEqual([]);
    expect(await connection.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
}

describe('PostgresConnection', () => {
  test('says that a connection string cannot be read, and does not repeat it', async () => {
    const connectionString = 'postgres://me:s3cret@ho st:x/db';
    const refused = await connect({ connectionString }).catch((error: unknown) => error);
    expect(String(refused)).toMatch(/cannot be read/);
    expect(JSON.stringify([refused, (refused as Error).cause])).not.toContain('s3cret');
  });
});
