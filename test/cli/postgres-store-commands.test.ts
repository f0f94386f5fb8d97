/** The commands that use a store, on one in Postgres. */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgresStore } from '../../src/backends/postgres/postgres-store.ts';
import { postgresStore } from '../../src/index.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import { newScheduler, nextRun } from '../support/scheduler-harness.ts';
import { freePort } from '../support/servers/free-port.ts';
import { needsPostgres } from '../support/servers/needs.ts';
import { PostgresServer } from '../support/servers/postgres-server.ts';
import { describeWith } from '../support/servers/requirement.ts';
import { type CliResult, cli, fixture } from './cli-process.ts';
import { leftBehindBy, testCommands } from './left-behind.ts';

const CONFIG = 'eventful-postgres.config.ts';
/** For what starts a server, or many processes. */
const LIMIT_MS = 60_000;
const COMMANDS: readonly (readonly string[])[] = [
  ['history'],
  ['explain', 'a/b', 'now'],
  ['position', 'a/b', '--at', 'now'],
];

describeWith(needsPostgres())('a store in Postgres', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
    process.env['EVENTFUL_URL'] = server.connectionString;
    const [where] = await server.psql<{ hba_file: string }>('SHOW hba_file');
    const rules = ['host all reader 127.0.0.1/32 scram-sha-256', 'host all all 127.0.0.1/32 trust'];
    const replication = 'host replication all 127.0.0.1/32 trust';
    writeFileSync(where?.hba_file ?? '', `${[...rules, replication].join('\n')}\n`);
    await server.psql(`CREATE ROLE reader LOGIN PASSWORD 'the-right-one'`);
    await server.psql('SELECT pg_reload_conf()');
  }, LIMIT_MS);
  afterAll(async () => {
    delete process.env['EVENTFUL_URL'];
    await server.stop();
  });

  /** A URL of the server with this role, and password. */
  function urlOf(login: string): string {
    return server.connectionString.replace('postgres@', `${login}@`);
  }

  /** A schema with an empty store. */
  async function prepared(schema: string): Promise<readonly string[]> {
    const store = await openPostgresStore({ connectionString: server.connectionString, schema }, new SystemClock());
    await store.close(0);
    return ['--store', server.connectionString, '--schema', schema];
  }

  /** The sentence of each command that fails. */
  async function failures(...place: string[]): Promise<readonly CliResult[]> {
    return Promise.all(COMMANDS.map((words) => cli(...words, ...place)));
  }

  function saying(sentence: string): readonly CliResult[] {
    return COMMANDS.map(() => ({ code: 1, stdout: '', stderr: `Error: ${sentence}\n` }));
  }

  describe('that `escapement run` has left behind', () => {
    const left = leftBehindBy(CONFIG, () => ['--store', server.connectionString, '--schema', 'eventful']);

    testCommands(left, CONFIG);

    test('is read by a role that may only read, whose password stands elsewhere', { timeout: LIMIT_MS }, async () => {
      await server.psql('GRANT USAGE ON SCHEMA eventful TO reader');
      await server.psql('GRANT SELECT ON ALL TABLES IN SCHEMA eventful TO reader');
      const place = ['--store', urlOf('reader'), '--schema', 'eventful'];
      process.env['PGPASSWORD'] = 'the-right-one';
      const history = await cli('history', '--json', ...place);
      const explained = await cli('explain', 'eventful/fine', 'now', ...place);
      const moved = await cli('position', 'eventful/fine', '--at', 'now', ...place);
      delete process.env['PGPASSWORD'];
      expect(JSON.parse(history.stdout)).toEqual(await left.history());
      expect(explained.code).toBe(0);
      expect(moved).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining('permission denied for') });
    });

    test('is read on a standby, which takes no change', { timeout: LIMIT_MS }, async () => {
      const standby = await PostgresServer.standbyOf(server);
      const place = ['--store', standby.connectionString, '--schema', 'eventful'];
      const history = await cli('history', '--json', ...place);
      const moved = await cli('position', 'eventful/fine', '--at', 'now', ...place);
      await standby.stop();
      expect(JSON.parse(history.stdout)).toEqual(await left.history());
      expect(moved).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining('read-only transaction') });
    });

    test('keeps the rows that a reader cannot use where they are', { timeout: LIMIT_MS }, async () => {
      const [known] = await server.psql<{ key: string; record: string }>(
        `UPDATE eventful.runs SET record = 'torn' WHERE id = (SELECT max(id) FROM eventful.runs)
         RETURNING key, (SELECT record FROM eventful.runs ORDER BY id DESC LIMIT 1) AS record`,
      );
      const runs = await left.history('--limit', '1');
      const { runId } = JSON.parse(known?.record ?? '{}') as { readonly runId: string };
      expect(runs.map((run) => run.runId)).not.toContain(runId);
      expect(await server.psql('SELECT * FROM eventful.refused')).toEqual([]);
      await server.psql('UPDATE eventful.runs SET record = $1 WHERE run_id = $2', [known?.record, runId]);
      expect((await left.history('--limit', '1')).map((run) => run.runId)).toEqual([runId]);
    });
  });

  test('is moved while a node runs, which then follows', { timeout: LIMIT_MS }, async () => {
    const { connectionString } = server;
    const store = postgresStore({ connectionString, schema: 'followed' });
    const scheduler = await newScheduler({ plugins: [pathToFileURL(fixture('hourly-plugin.ts')).href], store });
    await scheduler.start();
    const again = nextRun(scheduler, ({ pass }) => pass !== undefined);
    const place = ['--store', connectionString, '--schema', 'followed'];
    const { code, stdout, stderr } = await cli('position', 'hourly/all', '--at', '3h', ...place);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('and now stands at') });
    expect(stderr).toContain('1 node is running: it follows within seconds, except for a node-local schedule.\n');
    expect(await again).toMatchObject({ pass: 2, isCatchup: true });
    const [{ nodes, sessions } = { nodes: 0, sessions: 0 }] = await server.psql<{ nodes: number; sessions: number }>(
      `SELECT (SELECT count(*)::int FROM followed.nodes WHERE expires_at > clock_timestamp()) AS nodes,
        (SELECT count(*)::int FROM followed.sessions) AS sessions`,
    );
    expect({ nodes, sessions }).toEqual({ nodes: 1, sessions: 1 });
  });

  describe('that cannot be used', () => {
    const schemaFails = (schema: string, what: string): string =>
      `Backend "postgres" cannot be used: schema "${schema}" ${what}.`;

    test('has no store in that schema yet', async () => {
      const failed = await failures('--store', server.connectionString, '--schema', 'nothing');
      expect(failed).toEqual(saying(schemaFails('nothing', 'has no store: run `escapement migrate` first')));
      expect(await server.psql(`SELECT 1 FROM pg_namespace WHERE nspname = 'nothing'`)).toEqual([]);
    });

    test('has an older version, or a newer one', { timeout: LIMIT_MS }, async () => {
      const place = await prepared('aged');
      await server.psql(`UPDATE aged.migrations SET version = 1 WHERE component = 'store'`);
      for (const { code, stderr } of await failures(...place)) {
        expect({ code, stderr }).toEqual({
          code: 1,
          stderr: expect.stringMatching(
            /schema "aged" has version 1 of its store, not \d+: run `escapement migrate` first\.\n$/,
          ),
        });
      }
      await server.psql(`UPDATE aged.migrations SET version = 1000 WHERE component = 'store'`);
      for (const { code, stderr } of await failures(...place)) {
        expect({ code, stderr }).toEqual({
          code: 1,
          stderr: expect.stringMatching(
            /has version 1000 of its store, but this release knows only versions up to \d+/,
          ),
        });
      }
    });

    test.each([
      ['columns', 'id int'],
      ['types', 'component int, version int'],
    ])('is that of another program, with other %s', async (what, columns) => {
      await server.psql(`CREATE SCHEMA foreign_${what}`);
      await server.psql(`CREATE TABLE foreign_${what}.migrations (${columns})`);
      const failed = await failures('--store', server.connectionString, '--schema', `foreign_${what}`);
      const reason = 'is that of another program: its table "migrations" was not made by Escapement';
      expect(failed).toEqual(saying(schemaFails(`foreign_${what}`, reason)));
    });

    test('is on a server that nobody has started', async () => {
      const port = await freePort();
      const failed = await failures('--store', `postgres://me:s3cr%2Ft@127.0.0.1:${port}/x`);
      expect(failed).toEqual(saying(`Backend "postgres" cannot be used: connect ECONNREFUSED 127.0.0.1:${port}.`));
    });

    test('has another password', async () => {
      const failed = await failures('--store', urlOf('reader:the-wrong-one'), '--debug');
      for (const { code, stdout, stderr } of failed) {
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        expect(stderr).toContain('password authentication failed for user "reader"');
        expect(stderr).not.toContain('the-wrong-one');
      }
    });
  });
});

describe('a URL that is typed in the wrong place', () => {
  const URL_WITH_PASSWORD = 'postgresql://me:s3cr-et@localhost/app';

  test.each([
    ['history', ['history', URL_WITH_PASSWORD], 2, 'write --store postgresql://me:***@localhost/app.'],
    ['explain', ['explain', URL_WITH_PASSWORD, URL_WITH_PASSWORD], 2, 'postgresql://me:***@localhost/app" is not an'],
    ['a command', [URL_WITH_PASSWORD], 2, 'Unknown command "postgresql://me:***@localhost/app"'],
    ['a file', ['history', '--store', `x${URL_WITH_PASSWORD}`], 1, 'Backend "xpostgresql://me:***@localhost/app"'],
  ])('is shown without its password: %s', async (_, words, code, message) => {
    const result = await cli(...words);
    expect(result).toEqual({ code, stdout: '', stderr: expect.stringContaining(message) });
    expect(result.stderr).not.toContain('s3cr-et');
  });

  test.each(['history', 'explain', 'position', 'migrate'])(
    '%s refuses a schema that cannot be one',
    async (command) => {
      const words = { history: [], explain: ['a/b', 'now'], position: ['a/b', '--at', 'now'], migrate: [] };
      const place = command === 'migrate' ? ['postgres://x'] : ['--store', 'postgres://x'];
      const result = await cli(command, ...words[command as keyof typeof words], ...place, '--schema', 'a"b');
      expect(result).toEqual({
        code: 2,
        stdout: '',
        stderr: 'Usage: Option --schema must be 1 to 63 letters, digits and underscores, not "a"b".\n',
      });
    },
  );
});
