/** Several hosts in a connection string, credentials that are asked for, and the name of the application. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { hostUrls, isForWrites, mustTakeWrites } from '../../../../src/backends/postgres/connection/host-urls.ts';
import {
  PostgresConnection,
  type PostgresConnectionOptions,
} from '../../../../src/backends/postgres/connection/postgres-connection.ts';
import { postgresLockingOptions } from '../../../../src/backends/postgres/postgres-locking-options.ts';
import { SystemClock } from '../../../../src/supervisor/clocks/system-clock.ts';
import { fixture, temporaryFolder } from '../../../support/scheduler-harness.ts';
import { freePort } from '../../../support/servers/free-port.ts';
import { needsPostgres } from '../../../support/servers/needs.ts';
import { PostgresServer, postgresBinaries } from '../../../support/servers/postgres-server.ts';
import { describeWith } from '../../../support/servers/requirement.ts';

const CREDENTIALS = fixture('backends/credentials.ts');
const clock = new SystemClock();
const opened: PostgresConnection[] = [];
let primary: PostgresServer;
let standby: PostgresServer;

beforeAll(async () => {
  if (postgresBinaries() === null) return;
  primary = await PostgresServer.start();
  standby = await PostgresServer.standbyOf(primary);
}, 60_000);

afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close()));
});

afterAll(() => Promise.all([primary?.stop(), standby?.stop()]));

async function connect(options: Partial<PostgresConnectionOptions>): Promise<PostgresConnection> {
  const connection = await PostgresConnection.open({ maxConnections: 2, ...options }, clock);
  opened.push(connection);
  return connection;
}

async function portOf(connection: PostgresConnection): Promise<number> {
  const [row] = await connection.query<{ port: string }>(`SELECT current_setting('port') AS port`);
  return Number(row?.port);
}

/** The server trusts everybody else. */
async function mustHavePassword(users: readonly string[]): Promise<void> {
  const [row] = await primary.psql<{ path: string }>(`SELECT current_setting('hba_file') AS path`);
  const path = row?.path ?? '';
  writeFileSync(path, `host all ${users.join(',')} all scram-sha-256\n${readFileSync(path, 'utf8')}`);
  await primary.psql('SELECT pg_reload_conf()');
}

const at = (ports: readonly number[], rest = '') =>
  `postgres://postgres@${ports.map((port) => `127.0.0.1:${port}`).join(',')}/postgres${rest}`;

describe('a connection string', () => {
  test.each([
    ['postgres://me:p%40@a:1,b/db?x=1,2', ['postgres://me:p%40@a:1/db?x=1,2', 'postgres://me:p%40@b/db?x=1,2']],
    ['postgresql://[::1]:1,[::2]:2', ['postgresql://[::1]:1', 'postgresql://[::2]:2']],
    ['postgres://me:a,b@host/d,b?user=x@y,z', ['postgres://me:a,b@host/d,b?user=x@y,z']],
    ['postgres://a@b@c,d/x', ['postgres://a@b@c/x', 'postgres://a@b@d/x']],
    ['postgres:///db', ['postgres:///db']],
  ])('%s names its hosts', (connectionString, urls) => {
    expect(hostUrls(connectionString)).toEqual(urls);
  });

  test.each([
    ['postgres://a/db', true, false],
    ['postgres://a,b/db', true, true],
    ['postgres://a,b/db?target_session_attrs=any', true, true],
    ['postgres://a/db?target_session_attrs=any', true, false],
    ['postgres://a/db?x=1&target_session_attrs=read-write', true, true],
    ['postgres://a/db?target_session_attrs=primary', true, true],
    ['postgres://a,b/db?target_session_attrs=standby', false, true],
    ['postgres://a,b/db?target_session_attrs=read-only', false, true],
  ])('%s says whether its hosts must take writes', (connectionString, isUsable, isAsked) => {
    expect([isForWrites(connectionString), mustTakeWrites(connectionString)]).toEqual([isUsable, isAsked]);
  });

  test('that asks for a standby is refused, as are two places at once', () => {
    const pool = { module: 'm' };
    const refusal = (options: Readonly<Record<string, unknown>>) => () => postgresLockingOptions(options);
    const connectionString = 'postgres://a,b/db?target_session_attrs=standby';
    expect(refusal({ connectionString })).toThrow('option connectionString must be a URL without target_session_attrs');
    expect(refusal({ connectionString: 'postgres://a', pool })).toThrow(
      'only one of the options connectionString and pool',
    );
    expect(refusal({ pool, credentials: pool })).toThrow('option credentials is only for a connectionString');
  });
});

describeWith(needsPostgres())('several hosts', () => {
  test('are tried in turn until one takes writes', async () => {
    const closed = await freePort();
    for (const ports of [
      [standby.port, primary.port],
      [closed, standby.port, primary.port],
      [primary.port, closed],
    ]) {
      expect(await portOf(await connect({ connectionString: at(ports) }))).toBe(primary.port);
    }
  });

  test('are passed by when they say nothing', async () => {
    const accepted: Socket[] = [];
    const silent = createServer((socket) => void accepted.push(socket)).listen(0, '127.0.0.1');
    onTestFinished(async () => {
      for (const socket of accepted) socket.destroy();
      silent.close();
      await once(silent, 'close');
    });
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const connection = await connect({ connectionString: at([port, primary.port]), connectLimitMs: 2_000 });
    expect(await portOf(connection)).toBe(primary.port);
  });

  test('that take no writes are all named', async () => {
    const closed = await freePort();
    const refused = connect({ connectionString: at([standby.port, closed]) });
    const one = `127.0.0.1:${standby.port}: the server is read-only`;
    await expect(refused).rejects.toThrow(`${one}; 127.0.0.1:${closed}: connect ECONNREFUSED 127.0.0.1:${closed}.`);
  });

  test('need not be several for one to be asked', async () => {
    const connectionString = at([standby.port], '?target_session_attrs=read-write');
    await expect(connect({ connectionString })).rejects.toThrow('the server is read-only.');
    expect(await portOf(await connect({ connectionString: at([standby.port]) }))).toBe(standby.port);
  });
});

describeWith(needsPostgres())('the name of the application', () => {
  const nameOf = async (options: Partial<PostgresConnectionOptions>, rest = '') => {
    const connection = await connect({ connectionString: at([primary.port], rest), ...options });
    const [row] = await connection.query<{ name: string }>(`SELECT current_setting('application_name') AS name`);
    return row?.name;
  };

  test('has the id of the node, unless there is another name', async () => {
    expect(await nameOf({})).toBe('escapement');
    expect(await nameOf({ nodeId: 'node-1' })).toBe('escapement:node-1');
    expect(await nameOf({ nodeId: 'ä b'.repeat(40) })).toBe(`escapement:${'??b'.repeat(40)}`.slice(0, 63));
    expect(await nameOf({ nodeId: 'node-1' }, '?application_name=theirs')).toBe('theirs');
    vi.stubEnv('PGAPPNAME', 'of-the-environment');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await nameOf({ nodeId: 'node-1' })).toBe('of-the-environment');
  });
});

describeWith(needsPostgres())('credentials of a module', () => {
  const enter = (path: string) => ({
    connectionString: at([primary.port]).replace('postgres@', 'nobody:of-the-url@'),
    credentials: { module: CREDENTIALS, options: { path } },
  });

  test('are asked for at every new connection', async () => {
    const path = join(temporaryFolder(), 'login.json');
    await mustHavePassword(['morning', 'evening']);
    for (const user of ['morning', 'evening']) await primary.psql(`CREATE ROLE ${user} LOGIN PASSWORD '${user}-token'`);
    writeFileSync(path, JSON.stringify({ user: 'morning', password: 'morning-token' }));
    const connection = await connect({ ...enter(path), maxConnections: 1 });
    const who = () => connection.query('SELECT session_user::text AS name');
    expect(await who()).toEqual([{ name: 'morning' }]);
    writeFileSync(path, JSON.stringify({ user: 'evening', password: 'evening-token' }));
    expect(await who()).toEqual([{ name: 'morning' }]);
    await primary.terminateSessions();
    expect(await who().catch(who)).toEqual([{ name: 'evening' }]);
    writeFileSync(path, JSON.stringify({ user: 'evening', password: 'wrong-token' }));
    const refused = await connect(enter(path)).catch(String);
    expect(refused).toContain('password authentication failed for user');
    expect(refused).not.toContain('wrong-token');
  });

  test('that cannot be had say why, and show no password', async () => {
    const path = join(temporaryFolder(), 'login.json');
    const attempt = (named: string) => connect({ ...enter(path), credentials: { module: CREDENTIALS, export: named } });
    await expect(attempt('throwing')).rejects.toThrow('"postgres" cannot be used: option credentials: no token today.');
    await expect(attempt('hanging')).rejects.toThrow('the function of option credentials did not answer for 2.5 s.');
    writeFileSync(path, JSON.stringify({ user: 'morning', passwort: 'typo-in-a-token' }));
    const refused = await connect(enter(path)).catch(String);
    expect(refused).toContain('option credentials: the default export of its module returned something that is not');
    expect(refused).not.toContain('typo-in-a-token');
  });
});
