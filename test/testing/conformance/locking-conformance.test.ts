/** The kit for lock backends: ours pass, wrong ones fail, and any test runner can run it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryLocking, MemoryLocks } from '../../../src/backends/memory/memory-locking.ts';
import { openPostgresLocking } from '../../../src/backends/postgres/postgres-locking.ts';
import { openRedisLocking } from '../../../src/backends/redis/redis-locking.ts';
import { openSqliteLocking } from '../../../src/backends/sqlite/sqlite-locking.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import type { LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { DistantLocking } from '../../../src/testing/cluster/distant-locking.ts';
import { lockingConformance } from '../../../src/testing/index.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { needsPostgres, needsRedis } from '../../support/servers/needs.ts';
import { PostgresServer } from '../../support/servers/postgres-server.ts';
import { RedisServer } from '../../support/servers/redis-server.ts';
import { describeWith } from '../../support/servers/requirement.ts';
import { WRONG_LOCKINGS } from './wrong-lockings.ts';
import { rightTeller, WRONG_TELLERS } from './wrong-tellers.ts';

const clock = new SystemClock();

function inVirtualTime(make: (clock: VirtualClock) => () => LockingPlugin) {
  const virtual = new VirtualClock();
  return lockingConformance(make(virtual), { wait: (ms) => virtual.advance(ms) });
}

/** What the failing cases say. */
async function complaintsOf(cases: ReturnType<typeof lockingConformance>): Promise<string[]> {
  const said: string[] = [];
  for (const { name, run } of cases) {
    await run().catch((error: Error) => said.push(`${error.name}: ${name}: ${error.message}`));
  }
  return said;
}

describe('the memory backend', () => {
  const locks = new MemoryLocks();
  for (const { name, run } of inVirtualTime((virtual) => () => new MemoryLocking(virtual, locks))) test(name, run);
});

describe('the backend of virtual clusters', () => {
  const locks = new MemoryLocks();
  const near = (virtual: VirtualClock): DistantLocking =>
    new DistantLocking(virtual, locks, { call: async (work) => work(), hear: (deliver) => deliver() });
  for (const { name, run } of inVirtualTime((virtual) => () => near(virtual))) test(name, run);
});

describe('the SQLite backend', () => {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'locks.db');
  for (const { name, run } of lockingConformance(() => openSqliteLocking({ path }, clock))) test(name, run);
});

describeWith(needsRedis())('the Redis backend', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  for (const { name, run } of lockingConformance(() => openRedisLocking({ url: server.url }, clock))) test(name, run);
});

describeWith(needsPostgres())('the Postgres backend', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);
  afterAll(() => server.stop());
  const open = (): Promise<LockingPlugin> =>
    openPostgresLocking({ connectionString: server.connectionString, maxConnections: 1 }, clock);
  for (const { name, run } of lockingConformance(open)) test(name, run);
});

test('a backend whose nodes hear each other passes', async () => {
  expect(await complaintsOf(inVirtualTime(rightTeller))).toEqual([]);
});

describe('a backend that', () => {
  test.each(Object.entries({ ...WRONG_LOCKINGS, ...WRONG_TELLERS }))(
    '%s fails, and the kit says why',
    async (_what, [wrong, said]) => {
      const complaints = await complaintsOf(inVirtualTime(wrong));
      expect(complaints.join('\n')).toMatch(said);
      expect(complaints.every((line) => line.startsWith('AssertionError: '))).toBe(true);
    },
  );
});

test('the kit runs under node:test, too', async () => {
  const file = new URL('../../fixtures/conformance/locking.node-test.ts', import.meta.url).pathname;
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', file], { env });
  expect(stdout).toMatch(/^# pass 21$/m);
  expect(stdout).toMatch(/^# fail 0$/m);
});
