import { describe, expect, test } from 'vitest';
import { postgresLockingOptions } from '../../../src/backends/postgres/postgres-locking-options.ts';
import { postgresStoreOptions } from '../../../src/backends/postgres/postgres-store-options.ts';
import { redisOptions } from '../../../src/backends/redis/redis-locking-options.ts';
import { sqliteLockingOptions } from '../../../src/backends/sqlite/sqlite-locking-options.ts';
import { sqliteOptions } from '../../../src/backends/sqlite/sqlite-store-options.ts';
import { BackendError } from '../../../src/errors.ts';

type Check = (options: Readonly<Record<string, unknown>>) => unknown;

const postgresUrl = 'postgres://user:secret@host/database';

describe('the options of a backend', () => {
  test('have defaults', () => {
    expect(sqliteOptions({ path: 'a.db' })).toEqual({
      path: 'a.db',
      durability: 'relaxed',
      retention: { maxRuns: 100_000, maxAgeMs: 30 * 86_400_000 },
    });
    expect(postgresLockingOptions({ connectionString: postgresUrl })).toMatchObject({
      schema: 'escapement',
      maxConnections: 2,
    });
  });

  test.each<[string, Check, Record<string, unknown>, string]>([
    ['is missing', sqliteLockingOptions, {}, 'option path is missing: it must be the path of a file.'],
    ['is empty', sqliteLockingOptions, { path: '' }, 'option path must be the path of a file, not "".'],
    [
      'is misspelt',
      sqliteOptions,
      { path: 'a.db', durabilty: 'strict' },
      'there is no option durabilty; did you mean durability?',
    ],
    [
      'is unknown',
      sqliteLockingOptions,
      { path: 'a.db', zzzzzz: 1 },
      'there is no option zzzzzz; the options are path.',
    ],
    [
      'is not one of its choices',
      redisOptions,
      { url: 'redis://host', driver: 'iovalkey' },
      'option driver must be "redis" or "ioredis", not "iovalkey".',
    ],
    [
      'is too small',
      postgresLockingOptions,
      { connectionString: postgresUrl, maxConnections: 0 },
      'option maxConnections must be a whole number above 0, not 0.',
    ],
    [
      'is wrong inside of another',
      sqliteOptions,
      { path: 'a.db', retention: { maxAgeMs: Number.POSITIVE_INFINITY } },
      'option retention.maxAgeMs must be a number of milliseconds above 0, not Infinity.',
    ],
    [
      'is too large',
      postgresStoreOptions,
      { connectionString: postgresUrl, retention: { maxRuns: 1e19 } },
      'option retention.maxRuns must be a whole number of at most 9007199254740991, not 10000000000000000000.',
    ],
    [
      'is not an object',
      postgresStoreOptions,
      { connectionString: postgresUrl, retention: 5 },
      'option retention must be an object with maxRuns and maxAgeMs, not 5.',
    ],
  ])('are refused when one %s', (_, check, options, reason) => {
    expect(() => check(options)).toThrow(BackendError);
    expect(() => check(options)).toThrow(`cannot be used: ${reason}`);
  });

  test.each<[string, Check, Record<string, unknown>]>([
    ['Postgres', postgresStoreOptions, { connectionString: 'mysql://user:secret@host' }],
    ['Redis', redisOptions, { url: 'http://user:secret@host' }],
  ])('show no password of %s when its URL is wrong', (_, check, options) => {
    const message = messageOf(() => check(options));
    expect(message).toMatch(/must be a URL such as (postgres|redis):/);
    expect(message).not.toContain('secret');
  });
});

function messageOf(refused: () => unknown): string {
  try {
    refused();
    return '';
  } catch (error) {
    return String(error);
  }
}
