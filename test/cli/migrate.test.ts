import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgresLocking } from '../../src/backends/postgres/postgres-locking.ts';
import { openPostgresStore } from '../../src/backends/postgres/postgres-store.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import type { StoreListener } from '../../src/supervisor/ports/store.ts';
import { needsPostgres } from '../support/servers/needs.ts';
import { PostgresServer } from '../support/servers/postgres-server.ts';
import { describeWith } from '../support/servers/requirement.ts';
import { cli } from './cli-process.ts';

const clock = new SystemClock();
const listener = new Proxy({} as StoreListener, { get: () => () => {} });

describe('escapement migrate', () => {
  test.each([
    [[], 'migrate needs the URL of a database, or --print-sql.'],
    [['mysql://x'], 'The URL of the database must begin with postgres://.'],
    [['--print-sql', '--for', 'all'], 'Option --for must be store or locks, not "all".'],
    [['--print-sql', '--schema', 'a"b'], 'Option --schema must be 1 to 63 letters, digits and underscores'],
    [['postgres://a', 'postgres://b'], 'migrate takes one URL, but 2 words were given.'],
  ])('refuses %j', async (words, said) => {
    const { code, stderr } = await cli('migrate', ...words);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  describeWith(needsPostgres())('on a database', () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await PostgresServer.start();
      await server.psql('CREATE ROLE scheduler LOGIN');
      await server.psql('CREATE ROLE "The ""other""" LOGIN');
    }, 60_000);
    afterAll(() => server.stop());

    /** Uses both backends as a role that may create nothing, and closes them. */
    async function use(role: string, schema: string): Promise<void> {
      const connectionString = server.connectionString.replace('postgres@', `${role}@`);
      const locking = await openPostgresLocking({ connectionString, schema }, clock);
      await locking.cleanup?.();
      const store = await openPostgresStore({ connectionString, schema }, clock);
      await store.open({ nodeId: role, incarnationId: schema, atMs: 0 }, listener);
      const place = { space: 's', key: 'k' };
      expect(await store.kv?.({ kind: 'kv.set', ...place, value: '1', owner: 'o', quotaBytes: 100 })).toBe(true);
      expect(await store.kv?.({ kind: 'kv.get', ...place })).toBe('1');
      expect(await store.kv?.({ kind: 'kv.list', space: 's', prefix: '', after: null, limit: 1 })).toEqual(['k']);
      expect(await store.kv?.({ kind: 'kv.delete', ...place })).toBe(true);
      await store.close(0);
    }

    test('prepares a schema for a role that may create nothing', async () => {
      const { code, stdout } = await cli(
        'migrate',
        server.connectionString,
        '--schema',
        'direct',
        '--grant',
        'scheduler',
      );
      expect(stdout).toMatch(
        /^Schema direct has version \d+ of its store\.\nSchema direct has version \d+ of its locks\.\nRole scheduler may use it\.\n$/,
      );
      expect(code).toBe(0);
      await use('scheduler', 'direct');
    });

    test('prints the statements that do the same, and then that nothing is left to do', async () => {
      const words = ['--schema', 'printed', '--print-sql'];
      const { stdout: sql } = await cli('migrate', ...words, '--grant', 'scheduler');
      await server.psql(sql);
      await use('scheduler', 'printed');
      const { stdout, stderr } = await cli('migrate', server.connectionString, ...words);
      expect(stdout).toBe('');
      expect(stderr).toContain('there is nothing to do');
    });

    test('prints what a database lacks', async () => {
      const words = [server.connectionString, '--schema', 'half'];
      await cli('migrate', ...words, '--for', 'locks');
      const { stdout: sql } = await cli('migrate', ...words, '--print-sql', '--grant', 'The "other"');
      expect(sql).not.toContain('CREATE TABLE "half".locks');
      await server.psql(sql);
      await use(encodeURIComponent('The "other"'), 'half');
    });
  });
});
