import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PostgresConnection } from '../../../../src/backends/postgres/connection/postgres-connection.ts';
import { openPostgresLocking } from '../../../../src/backends/postgres/postgres-locking.ts';
import { type MigrationStep, migrateComponent } from '../../../../src/backends/postgres/schema/migrations.ts';
import { SystemClock } from '../../../../src/supervisor/clocks/system-clock.ts';
import { needsPostgres } from '../../../support/servers/needs.ts';
import { PostgresServer, postgresBinaries } from '../../../support/servers/postgres-server.ts';
import { describeWith } from '../../../support/servers/requirement.ts';

const clock = new SystemClock();
const first: MigrationStep = (schema) =>
  `CREATE TABLE ${schema}.things (id integer); INSERT INTO ${schema}.things VALUES (1)`;
const second: MigrationStep = (schema) => `ALTER TABLE ${schema}.things ADD COLUMN name text`;
let server: PostgresServer;
const opened: PostgresConnection[] = [];

beforeAll(async () => {
  if (postgresBinaries() === null) return;
  server = await PostgresServer.start();
}, 60_000);

afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close()));
});

afterAll(() => server?.stop());

const connect = async (connectionString = server.connectionString): Promise<PostgresConnection> => {
  const connection = await PostgresConnection.open({ connectionString, maxConnections: 2 }, clock);
  opened.push(connection);
  return connection;
};

const versions = (schema: string) => server.psql(`SELECT component, version FROM ${schema}.migrations ORDER BY 1`);

describeWith(needsPostgres())('migrateComponent', () => {
  test('brings an empty database to the current version, and a second call changes nothing', async () => {
    const connection = await connect();
    await migrateComponent(connection, 'fresh', { component: 'things', steps: [first, second] });
    await migrateComponent(connection, 'fresh', { component: 'things', steps: [first, second] });
    expect(await server.psql('SELECT id, name FROM fresh.things')).toEqual([{ id: 1, name: null }]);
    expect(await versions('fresh')).toEqual([{ component: 'things', version: 2 }]);
  });

  test('runs only the steps that are missing', async () => {
    const connection = await connect();
    await migrateComponent(connection, 'older', { component: 'things', steps: [first] });
    await migrateComponent(connection, 'older', { component: 'things', steps: [first, second] });
    expect(await server.psql('SELECT id, name FROM older.things')).toEqual([{ id: 1, name: null }]);
  });

  test('keeps the versions of two components apart', async () => {
    const connection = await connect();
    await migrateComponent(connection, 'shared', { component: 'things', steps: [first] });
    await migrateComponent(connection, 'shared', {
      component: 'others',
      steps: [(schema) => `CREATE TABLE ${schema}.others ()`],
    });
    expect(await versions('shared')).toEqual([
      { component: 'others', version: 1 },
      { component: 'things', version: 1 },
    ]);
  });

  test('refuses a schema that a newer release has prepared', async () => {
    const connection = await connect();
    await migrateComponent(connection, 'newer', { component: 'things', steps: [first, second] });
    const refused = migrateComponent(connection, 'newer', { component: 'things', steps: [first] });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_BACKEND' });
    await expect(refused).rejects.toThrow(
      /schema "newer" has version 2 of its things, but this release knows only versions up to 1/,
    );
  });

  test('leaves nothing behind when a step fails', async () => {
    const connection = await connect();
    const broken = migrateComponent(connection, 'broken', {
      component: 'things',
      steps: [first, () => 'CREATE TABLE ('],
    });
    await expect(broken).rejects.toThrow(/schema "broken" cannot be prepared: syntax error/);
    expect(await server.psql(`SELECT 1 FROM pg_namespace WHERE nspname = 'broken'`)).toEqual([]);
    await migrateComponent(connection, 'broken', { component: 'things', steps: [first] });
  });

  test('lets ten nodes start at once', async () => {
    const options = { connectionString: server.connectionString, schema: 'ten' };
    const nodes = await Promise.all(Array.from({ length: 10 }, () => openPostgresLocking(options, clock)));
    const handles = await Promise.all(nodes.map((node) => node.tryLock('k', 10_000)));
    expect(handles.filter((handle) => handle !== null)).toHaveLength(1);
    await Promise.all(nodes.map((node) => node.cleanup?.()));
  });

  test('needs no right to create anything where everything is in place', async () => {
    const { connectionString } = server;
    const owner = await openPostgresLocking({ connectionString, schema: 'prepared' }, clock);
    await server.psql('CREATE ROLE worker LOGIN');
    const worker = connectionString.replace('postgres@', 'worker@');
    await expect(openPostgresLocking({ connectionString: worker, schema: 'absent' }, clock)).rejects.toThrow(
      /schema "absent" cannot be prepared: permission denied for database/,
    );
    await server.psql('GRANT USAGE ON SCHEMA prepared TO worker');
    await server.psql('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA prepared TO worker');
    await server.psql('GRANT USAGE ON ALL SEQUENCES IN SCHEMA prepared TO worker');
    const locking = await openPostgresLocking({ connectionString: worker, schema: 'prepared' }, clock);
    expect(await locking.tryLock('k', 10_000)).not.toBeNull();
    expect(await owner.tryLock('k', 10_000)).toBeNull();
    await Promise.all([owner.cleanup?.(), locking.cleanup?.()]);
  });

  test.each(['', 'a b', 'a"b', 'a;b', 'x'.repeat(64)])('refuses the schema name %j', async (schema) => {
    const connection = await connect();
    await expect(migrateComponent(connection, schema, { component: 'things', steps: [] })).rejects.toThrow(
      /must be 1 to 63/,
    );
  });
});
