import { totalmem } from 'node:os';
import { describe, expect, test } from 'vitest';
import { memoryStore, postgresStore, redisLocking, sqliteStore } from '../../src/host/backends.ts';
import { checkOptions } from '../../src/host/checking/check-options.ts';
import { resolveOptions } from '../../src/host/resolve-options.ts';
import type { SchedulerOptions } from '../../src/host/scheduler-options.ts';

const resolved = (options: SchedulerOptions) => resolveOptions(checkOptions(options));

describe('resolved options', () => {
  test('are complete when none are given', () => {
    const config = resolved({});

    expect(config).toMatchObject({
      plugins: [],
      onPluginError: 'throw',
      timezone: 'UTC',
      pool: { maxQueue: 10_000, niceIncrement: 10, loadTimeoutMs: 10_000, env: null },
      budget: { wallMs: 300_000, cpuMs: Number.POSITIVE_INFINITY, heapMb: 512, graceMs: 1_000, fuel: 100_000_000_000 },
      store: memoryStore(),
      locking: null,
      isCluster: false,
      log: { level: 'info', destination: 1, redact: [] },
    });
    expect(config.pool.minThreads).toBe(config.pool.maxThreads);
    expect(config.pool.maxThreads).toBeGreaterThanOrEqual(2);
    expect(config.nodeId).not.toBe(resolved({}).nodeId);
  });

  test('take the working directory of processes from the base', () => {
    const of = (baseUrl: string, cwd: string) => resolved({ baseUrl, pool: { processes: { cwd } } }).pool.processes;
    expect(of('file:///srv/app/main.ts', './work')).toEqual({ cwd: '/srv/app/work' });
    expect(of('/srv/app', 'work')).toEqual({ cwd: '/srv/app/work' });
    expect(of('/srv/app', '/elsewhere')).toEqual({ cwd: '/elsewhere' });
    expect(resolved({}).pool).toMatchObject({ isolation: 'thread', processes: null });
  });

  test('never keep more threads than the pool may have', () => {
    expect(resolved({ pool: { maxThreads: 3 } }).pool).toMatchObject({
      minThreads: 3,
      maxThreads: 3,
    });
  });

  test.each([
    { heapMb: 64, limitMb: 4_096 },
    { heapMb: 2_000, limitMb: 8_000 },
  ])('set the limit of V8 far above a budget of $heapMb MiB', ({ heapMb, limitMb }) => {
    const { pool } = resolved({ budget: { heapMb } });
    expect(pool.resourceLimits).toEqual({ maxOldGenerationSizeMb: limitMb });
  });

  test('limit the memory of the process below what the machine has, unless they say something else', () => {
    const { memoryLimitMb } = resolved({}).pool;
    expect(memoryLimitMb).toBeLessThanOrEqual((0.9 * totalmem()) / 1_048_576);
    expect(memoryLimitMb).toBeGreaterThan(0);
    expect(resolved({ pool: { memoryLimitMb: 700 } }).pool.memoryLimitMb).toBe(700);
  });

  test('write to no store in a dry run', () => {
    const store = sqliteStore({ path: 'state.db' });
    expect(resolved({ store }).store).toEqual(store);
    expect(resolved({ store, dryRun: true }).store).toEqual(memoryStore());
  });

  test('check the description of a memory store that was written by hand', () => {
    const store = { module: 'builtin:memory-store', options: { maxRecords: -1 } };
    expect(() => resolved({ store })).toThrow('memoryStore.maxRecords');
    expect(resolved({ store: { ...store, options: {} } }).store).toEqual(memoryStore());
  });

  test('find plugins and backends from the base', () => {
    const config = resolved({
      baseUrl: 'file:///app/main.js',
      plugins: ['./a.js', { module: 'package', tenantId: 'acme', options: { x: 1 } }],
      locking: { module: './lock.js', options: {} },
    });
    const resolveFrom = 'file:///app/main.js';
    expect(config.plugins).toEqual([
      { module: 'file:///app/a.js', resolveFrom, options: null },
      { module: 'package', resolveFrom, tenantId: 'acme', options: { x: 1 } },
    ]);
    expect(config.locking?.module).toBe('file:///app/lock.js');
  });

  test('find the modules that options of our own backends name from the base', () => {
    const { store, locking } = resolved({
      baseUrl: 'file:///app/main.js',
      store: postgresStore({ pool: { module: './pool.js', export: 'pool', options: { x: 1 } } }),
      locking: redisLocking({ url: 'redis://x', credentials: { module: new URL('file:///etc/login.js') } }),
    });
    expect(store.options).toEqual({ pool: { module: 'file:///app/pool.js', export: 'pool', options: { x: 1 } } });
    expect(locking?.options).toEqual({ url: 'redis://x', credentials: { module: 'file:///etc/login.js' } });
    const far = postgresStore({ connectionString: 'postgres://x', credentials: { module: 'https://x/login.js' } });
    expect(() => resolved({ store: far })).toThrow('Option "store.credentials" is invalid');
  });
});
