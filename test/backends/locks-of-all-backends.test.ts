/**
 * What every lock backend of ours does beyond the conformance kit: it remembers last claims, its tokens only rise, and it
 * knows which schedules the nodes have.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { MemoryLocking, MemoryLocks } from '../../src/backends/memory/memory-locking.ts';
import { openPostgresLocking } from '../../src/backends/postgres/postgres-locking.ts';
import { openRedisLocking } from '../../src/backends/redis/redis-locking.ts';
import { openSqliteLocking } from '../../src/backends/sqlite/sqlite-locking.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import type { AnnouncedGroup } from '../../src/supervisor/ports/groups.ts';
import type { AskedLock, LockHandle, LockingPlugin } from '../../src/supervisor/ports/locking.ts';
import { temporaryFolder } from '../support/scheduler-harness.ts';
import { needsPostgres, needsRedis } from '../support/servers/needs.ts';
import { PostgresServer } from '../support/servers/postgres-server.ts';
import { RedisServer } from '../support/servers/redis-server.ts';
import { describeWith } from '../support/servers/requirement.ts';

const HOUR_MS = 3_600_000;
const clock = new SystemClock();

/** A backend with nothing in it, and what makes it lose everything. */
type Opened = { readonly locking: LockingPlugin; readonly lose: () => Promise<unknown> };

async function take(locking: LockingPlugin, locks: readonly AskedLock[]): Promise<readonly LockHandle[] | null> {
  const answers = await locking.exchange?.({ releases: [], renewals: [], attempts: [{ locks }] });
  return answers?.attempts[0] ?? null;
}

/** Claims an occurrence as nodes do, and releases the run lock. */
async function claims(locking: LockingPlugin, key: string, atMs: number): Promise<boolean> {
  const claim = { key: `${key}@${atMs}`, ttlMs: HOUR_MS, occurrence: { of: key, atMs } };
  const handles = await take(locking, [{ key, ttlMs: 15_000 }, claim]);
  if (handles?.[0] !== undefined) await locking.release(handles[0]);
  return handles !== null;
}

function rules(open: () => Promise<Opened>): void {
  test('refuses what is older than a claim lasts, unless it comes after the last one that was claimed', async () => {
    const { locking } = await open();
    const nowMs = Date.now();
    const key = randomUUID();
    expect(await claims(locking, key, nowMs - 5 * HOUR_MS)).toBe(true);
    expect(await claims(locking, key, nowMs - 4 * HOUR_MS)).toBe(true);
    expect(await claims(locking, key, nowMs - 4.5 * HOUR_MS)).toBe(false);
    expect(await claims(locking, key, nowMs - 3 * HOUR_MS)).toBe(true);
    expect(await claims(locking, `${key} 2`, nowMs - 4.5 * HOUR_MS)).toBe(true);
  });

  test('leaves it to the claims what happens within the time that they last', async () => {
    const { locking } = await open();
    const nowMs = Date.now();
    const key = randomUUID();
    expect(await claims(locking, key, nowMs)).toBe(true);
    // A backlog of `run-all` may be behind what another node has claimed.
    expect(await claims(locking, key, nowMs - HOUR_MS / 2)).toBe(true);
    expect(await claims(locking, key, nowMs - HOUR_MS / 2)).toBe(false);
    // It does not lower what is remembered.
    expect(await claims(locking, key, nowMs - 2 * HOUR_MS)).toBe(false);
  });

  test('lets no claim of the future count, which was made before the clock was set back', async () => {
    const { locking } = await open();
    const nowMs = Date.now();
    const key = randomUUID();
    expect(await claims(locking, key, nowMs + 24 * HOUR_MS)).toBe(true);
    expect(await claims(locking, key, nowMs - 2 * HOUR_MS)).toBe(true);
    expect(await claims(locking, key, nowMs - 3 * HOUR_MS)).toBe(false);
  });

  test('remembers nothing of a claim that was refused', async () => {
    const { locking } = await open();
    const nowMs = Date.now();
    const key = randomUUID();
    await take(locking, [{ key, ttlMs: 15_000 }]);
    expect(await claims(locking, key, nowMs)).toBe(false);
    expect(await claims(locking, `${key} 2`, nowMs)).toBe(true);
  });

  test('hands out tokens that are microseconds at least, and rise when everything is lost', async () => {
    const { locking, lose } = await open();
    const key = randomUUID();
    const tokens: bigint[] = [];
    const next = async (): Promise<void> => {
      const handle = await locking.tryLock(key, 15_000);
      tokens.push(BigInt(handle?.fencingToken ?? 0));
      if (handle !== null) await locking.release(handle);
    };
    const before = BigInt(Date.now() - 1) * 1_000n;
    await next();
    await next();
    await lose();
    await next();
    expect(tokens[0]).toBeGreaterThan(before);
    expect(tokens.toSorted()).toEqual(tokens);
    expect(new Set(tokens).size).toBe(3);
  });

  test('keeps which schedules the nodes have, and their keys for as long as a living node names them', async () => {
    const { locking } = await open();
    const [a, b] = [randomUUID(), randomUUID()];
    const [first, second] = [randomUUID(), randomUUID()];
    const keys = ['p/s', 'p/"2"', 'p/\u0000'];
    const announce = (nodeId: string, group?: AnnouncedGroup, ttlMs = 60_000) =>
      locking.announce?.({ nodeId, ttlMs, ...(group && { group }) });
    expect(await announce(a, { id: first })).toMatchObject({ groups: { [a]: first }, isGroupKnown: false });
    expect(await locking.readGroup?.(first)).toBeNull();
    expect(await announce(a, { id: first, keys })).toMatchObject({ isGroupKnown: true });
    expect(await locking.readGroup?.(first)).toEqual(keys);
    const both = await announce(b, { id: first });
    expect(both).toMatchObject({ groups: { [a]: first, [b]: first }, isGroupKnown: true });
    expect((await announce(a, { id: second, keys: [] }))?.groups).toEqual({ [a]: second, [b]: first });
    expect(await locking.readGroup?.(second)).toEqual([]);
    expect(await locking.readGroup?.(first)).toEqual(keys);
    // A node that says nothing about its schedules, as one of an earlier release, is on the roster without a group.
    const silent = await announce(a);
    expect([silent?.nodeIds.toSorted(), silent?.groups]).toEqual([[a, b].toSorted(), { [b]: first }]);
    expect(await locking.readGroup?.(second)).toBeNull();
    expect((await announce(b, undefined, 0))?.groups).toEqual({});
    expect(await locking.readGroup?.(first)).toBeNull();
  });

  test('forgets the schedules of a node that has shown no sign of life within its ttl', async () => {
    const { locking } = await open();
    const [gone, id] = [randomUUID(), randomUUID()];
    await locking.announce?.({ nodeId: gone, ttlMs: 1, group: { id, keys: ['p/s'] } });
    await expect.poll(async () => (await locking.announce?.({ nodeId: 'other', ttlMs: 60_000 }))?.groups).toEqual({});
    expect(await locking.readGroup?.(id)).toBeNull();
  });
}

describe('the memory backend', () => {
  rules(async () => {
    const locks = new MemoryLocks();
    const lose = async (): Promise<void> => {
      locks.lastToken = 0;
    };
    return { locking: new MemoryLocking(clock, locks), lose };
  });
});

describe('the SQLite backend', () => {
  rules(async () => {
    const path = join(temporaryFolder(), 'locks.db');
    const locking = await openSqliteLocking({ path }, clock);
    onTestFinished(() => locking.cleanup?.());
    return { locking, lose: async () => ['', '-wal', '-shm'].map((end) => rmSync(path + end, { force: true })) };
  });
});

describeWith(needsRedis())('the Redis backend', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  rules(async () => {
    const locking = await openRedisLocking({ url: server.url }, clock);
    onTestFinished(() => locking.cleanup?.());
    return { locking, lose: () => server.command('FLUSHALL') };
  });
});

describeWith(needsPostgres())('the Postgres backend', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);
  afterAll(() => server.stop());
  rules(async () => {
    const { connectionString } = server;
    const locking = await openPostgresLocking({ connectionString }, clock);
    onTestFinished(() => locking.cleanup?.());
    const lose = async (): Promise<void> => {
      await server.psql('DROP SCHEMA escapement CASCADE');
      const second = await openPostgresLocking({ connectionString }, clock);
      await second.cleanup?.();
    };
    return { locking, lose };
  });
});
