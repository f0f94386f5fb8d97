import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openPostgresLocking } from '../../../src/backends/postgres/postgres-locking.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import type { LockAttempt, LockHandle, LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { freePort } from '../../support/servers/free-port.ts';
import { needsPooler, needsPostgres } from '../../support/servers/needs.ts';
import { Pooler, poolerBinary } from '../../support/servers/pooler.ts';
import { PostgresServer, postgresBinaries } from '../../support/servers/postgres-server.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const clock = new SystemClock();
const nothing = { releases: [], renewals: [], attempts: [] };
let server: PostgresServer;
let pooler: Pooler;
let schemaCount = 0;
const opened: LockingPlugin[] = [];

beforeAll(async () => {
  if (postgresBinaries() === null) return;
  server = await PostgresServer.start();
  if (poolerBinary() !== null) pooler = await Pooler.start(server);
}, 60_000);

afterEach(async () => {
  await Promise.all(opened.splice(0).map((locking) => locking.cleanup?.()));
});

afterAll(async () => {
  await pooler?.stop();
  await server?.stop();
});

/** Waits by the clock by which locks expire. */
const passed = (ms: number) => server.psql('SELECT pg_sleep($1)', [(ms + 5) / 1_000]);

const granted = async (lock: Promise<LockHandle | null>): Promise<LockHandle> => {
  const handle = await lock;
  expect(handle).not.toBeNull();
  return handle as LockHandle;
};

/** What a node asks for before it runs an occurrence. */
const claimOf = (atMs: number, ttlMs: number): LockAttempt => ({
  locks: [
    { key: 'k', ttlMs },
    { key: `k@${atMs}`, ttlMs, occurrence: { of: 'k', atMs: Date.now() + atMs } },
  ],
});

const WAYS = { directly: needsPostgres(), 'through a pooler in transaction mode': needsPooler() };

for (const way of ['directly', 'through a pooler in transaction mode'] as const) {
  describeWith(WAYS[way])(`PostgresLocking, ${way}`, () => locksAsItShould(way));
}

function locksAsItShould(way: keyof typeof WAYS): void {
  const open = async (schema: string): Promise<Required<LockingPlugin>> => {
    const { connectionString } = way === 'directly' ? server : pooler;
    const locking = await openPostgresLocking({ connectionString, schema }, clock);
    opened.push(locking);
    return locking as Required<LockingPlugin>;
  };

  const twoNodes = async () => {
    schemaCount += 1;
    const schema = `locks_${schemaCount}`;
    return { schema, a: await open(schema), b: await open(schema) };
  };

  test.each<[string, string]>([
    ['NULL', 'NULL'],
    ['a number', `'5'`],
    ['an object without fields', `'{}'`],
    ['no lists', `'{"is_late": false, "now_ms": 1}'`],
    ['short lists', `'{"is_late": false, "now_ms": 1, "renewals": [], "attempts": []}'`],
    ['a token that is a number', `'{"is_late": false, "now_ms": 1, "renewals": [], "attempts": [[7]]}'`],
    ['a clock that is none', `'{"is_late": false, "now_ms": "noon", "renewals": [], "attempts": [["7"]]}'`],
  ])('takes %s from the database for a fault, and never for a lock', async (_what, answer) => {
    const { schema, a } = await twoNodes();
    const head = `CREATE OR REPLACE FUNCTION ${schema}.exchange_locks(request jsonb) RETURNS jsonb LANGUAGE sql AS`;
    await server.psql(`${head} $$ SELECT ${answer}::jsonb $$`);
    await expect(a.tryLock('k', 10_000)).rejects.toMatchObject({
      name: 'ServerFault',
      message: expect.stringMatching(/^Postgres: it gave a wrong reply: /),
    });
  });

  test('gives a key to one node only, until it is released', async () => {
    const { a, b } = await twoNodes();
    const handle = await granted(a.tryLock('k', 10_000));
    expect(handle).toMatchObject({ key: 'k', ttlMs: 10_000 });
    expect(await b.tryLock('k', 10_000)).toBeNull();
    expect(await b.tryLock('another', 10_000)).not.toBeNull();
    await a.release(handle);
    expect(await b.tryLock('k', 10_000)).not.toBeNull();
  });

  test('lets a lock expire, after which its holder can neither renew nor release it', async () => {
    const { a, b } = await twoNodes();
    const stale = await granted(a.tryLock('k', 100));
    await passed(100);
    expect(await a.renew(stale)).toBe(false);
    const fresh = await granted(b.tryLock('k', 10_000));
    expect(await a.renew(stale)).toBe(false);
    await a.release(stale);
    expect(await b.renew(fresh)).toBe(true);
  });

  test('extends a lock that is renewed in time', async () => {
    const { schema, a, b } = await twoNodes();
    const handle = await granted(a.tryLock('k', 10_000));
    const expiry = async () =>
      (await server.psql<{ at: Date }>(`SELECT expires_at AS at FROM ${schema}.locks WHERE key = 'k'`))[0]?.at;
    const before = await expiry();
    expect(await a.renew({ ...handle, ttlMs: 60_000 })).toBe(true);
    expect(Number(await expiry()) - Number(before)).toBeGreaterThanOrEqual(50_000);
    expect(await b.tryLock('k', 1_000)).toBeNull();
  });

  test('hands out a fencing token that grows with every acquisition, after a release and after expiry alike', async () => {
    const { a, b } = await twoNodes();
    const first = await granted(a.tryLock('k', 10_000));
    await a.release(first);
    const second = await granted(b.tryLock('k', 50));
    await passed(50);
    const third = await granted(a.tryLock('k', 10_000));
    const tokens = [first, second, third].map(({ fencingToken }) => BigInt(fencingToken as string));
    expect(tokens).toEqual(tokens.toSorted((left, right) => Number(left - right)));
    expect(new Set(tokens).size).toBe(3);
    expect(new Set([first, second, third].map(({ lockId }) => lockId)).size).toBe(3);
  });

  test('carries out releases, then renewals, then attempts, in one exchange', async () => {
    const { a, b } = await twoNodes();
    const released = await granted(a.tryLock('released', 10_000));
    const kept = await granted(a.tryLock('kept', 10_000));
    await granted(b.tryLock('taken', 10_000));
    const lock = (key: string) => ({ key, ttlMs: 10_000 });
    const answers = await a.exchange({
      releases: [released],
      renewals: [kept, released],
      attempts: [
        { locks: [lock('released'), lock('new')] },
        { locks: [lock('free'), lock('taken')] },
        { locks: [lock('new')] },
        { locks: [lock('free')] },
      ],
    });
    expect(answers.renewals).toEqual([true, false]);
    expect(answers.attempts.map((locks) => locks?.map(({ key }) => key) ?? null)).toEqual([
      ['released', 'new'],
      null,
      null,
      ['free'],
    ]);
  });

  test('answers an exchange that wants nothing', async () => {
    const { a } = await twoNodes();
    expect(await a.exchange(nothing)).toEqual({ renewals: [], attempts: [] });
  });

  test('accepts keys with any character that text can hold', async () => {
    const { a, b } = await twoNodes();
    const key = `it's "quoted" \\ \n $1 $body$ ünï ${'x'.repeat(1_000)}`;
    const handle = await granted(a.tryLock(key, 10_000));
    expect(await b.tryLock(key, 10_000)).toBeNull();
    expect(await a.renew(handle)).toBe(true);
  });

  test('knows which nodes are alive, and the wall time of the database', async () => {
    const { a, b } = await twoNodes();
    await a.announce({ nodeId: 'brief', ttlMs: 50 });
    await a.announce({ nodeId: 'left', ttlMs: 10_000 });
    await a.announce({ nodeId: 'a', ttlMs: 10_000 });
    await a.announce({ nodeId: 'left', ttlMs: 0 });
    await passed(50);
    const earliestMs = Date.now() - 1;
    const roster = await b.announce({ nodeId: 'b', ttlMs: 10_000 });
    expect(roster.nodeIds).toEqual(['a', 'b']);
    expect(roster.nowMs).toBeGreaterThanOrEqual(earliestMs);
    expect(roster.nowMs).toBeLessThanOrEqual(Date.now() + 1);
  });

  test('forgets claims that have expired, once a minute', async () => {
    const { schema, a } = await twoNodes();
    const count = async () => server.psql(`SELECT count(*)::int AS count FROM ${schema}.lock_claims`);
    const attempts = Array.from({ length: 250 }, (_, index) => ({ locks: claimOf(index, 1).locks.slice(1) }));
    await a.exchange({ ...nothing, attempts });
    await passed(1);
    await a.announce({ nodeId: 'a', ttlMs: 10_000 });
    expect(await count()).toEqual([{ count: 250 }]);
    await server.psql(`UPDATE ${schema}.lock_counter SET swept_at = swept_at - interval '61 s'`);
    await a.announce({ nodeId: 'a', ttlMs: 10_000 });
    expect(await count()).toEqual([{ count: 0 }]);
  });

  test('goes on with the next sign of life when more has expired than one sweep takes', async () => {
    const { schema, a } = await twoNodes();
    await server.psql(`INSERT INTO ${schema}.lock_claims (key, lock_id, expires_at)
      SELECT 'key ' || n, 'id', clock_timestamp() - interval '1 s' FROM generate_series(1, 20001) AS n`);
    await server.psql(`UPDATE ${schema}.lock_counter SET swept_at = swept_at - interval '61 s'`);
    const left: number[] = [];
    for (let sign = 0; sign < 3; sign += 1) {
      await a.announce({ nodeId: 'a', ttlMs: 10_000 });
      const [row] = await server.psql<{ count: number }>(`SELECT count(*)::int AS count FROM ${schema}.lock_claims`);
      left.push(row?.count ?? -1);
    }
    expect(left).toEqual([10_001, 1, 0]);
  });

  test('reads no more for an occurrence than before, while a long transaction keeps what is dead', async () => {
    const { schema, a } = await twoNodes();
    const buffersOf = async (index: number): Promise<number> => {
      const attempts = claimOf(index, 3_600_000).locks.map(({ key, ttlMs, occurrence }) => {
        const claim = occurrence && { claim_of: occurrence.of, claim_at: occurrence.atMs };
        return { key, ttl_ms: ttlMs, lock_id: `id ${index}`, ...claim };
      });
      const request = JSON.stringify({ ...nothing, attempts: [attempts], deadline_ms: 1e15 });
      const [row] = await server.psql<{ 'QUERY PLAN': [{ Plan: { 'Shared Hit Blocks': number } }] }>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT ${schema}.exchange_locks('${request}'::jsonb)`,
      );
      return row?.['QUERY PLAN'][0].Plan['Shared Hit Blocks'] ?? 0;
    };
    const dump = await server.client();
    try {
      await dump.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await dump.query('SELECT txid_current()');
      const workOff = async (from: number, until: number): Promise<void> => {
        for (let index = from; index < until; index += 1) {
          const { attempts } = await a.exchange({ ...nothing, attempts: [claimOf(index, 3_600_000)] });
          await a.exchange({ ...nothing, releases: attempts[0]?.slice(0, 1) ?? [] });
        }
      };
      await workOff(0, 20);
      const before = await buffersOf(1_000);
      await server.psql(`UPDATE ${schema}.locks SET expires_at = '-infinity'`);
      await workOff(20, 420);
      const after = await buffersOf(2_000);
      expect(after).toBeLessThan(2 * before);
    } finally {
      await dump.end();
    }
  });

  test('never lets two nodes hold a key: no update of a counter is lost', async () => {
    const { a, b } = await twoNodes();
    const rounds = 150;
    let counter = 0;
    const add = async (node: LockingPlugin): Promise<void> => {
      let handle = await node.tryLock('counter', 10_000);
      while (handle === null) handle = await node.tryLock('counter', 10_000);
      const seen = counter;
      await node.renew(handle);
      counter = seen + 1;
      await node.release(handle);
    };
    const work = async (node: LockingPlugin) => {
      for (let round = 0; round < rounds; round++) await add(node);
    };
    await Promise.all([work(a), work(b)]);
    expect(counter).toBe(2 * rounds);
  });

  test('settles many overlapping calls over few connections', async () => {
    const { a } = await twoNodes();
    const handles = await Promise.all(Array.from({ length: 100 }, (_, index) => a.tryLock(`k${index % 50}`, 10_000)));
    expect(handles.filter((handle) => handle !== null)).toHaveLength(50);
  });

  test('can be closed twice, and rejects calls after that', async () => {
    const { a } = await twoNodes();
    await a.cleanup();
    await a.cleanup();
    await expect(a.tryLock('k', 1_000)).rejects.toThrow();
  });
}

describeWith(needsPostgres())('PostgresLocking', () => {
  test('cannot be opened by a role that may not write', async () => {
    const schema = 'readers';
    opened.push(await openPostgresLocking({ connectionString: server.connectionString, schema }, clock));
    await server.psql('CREATE ROLE reader LOGIN');
    await server.psql(`GRANT USAGE ON SCHEMA ${schema} TO reader`);
    await server.psql(`GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO reader`);
    const connectionString = server.connectionString.replace('postgres@', 'reader@');
    await expect(openPostgresLocking({ connectionString, schema }, clock)).rejects.toThrow(
      /"postgres" cannot be used: permission denied for table/,
    );
  });

  test('does nothing for a caller that has given up', async () => {
    const schema = 'late';
    opened.push(await openPostgresLocking({ connectionString: server.connectionString, schema }, clock));
    const request = { releases: [], renewals: [], attempts: [[{ key: 'k', lock_id: 'id', ttl_ms: 10_000 }]] };
    const [row] = await server.psql<{ answer: object }>(`SELECT ${schema}.exchange_locks($1::jsonb) AS answer`, [
      JSON.stringify({ ...request, deadline_ms: Date.now() - 1_000 }),
    ]);
    expect(row?.answer).toMatchObject({ is_late: true });
    expect(await server.psql(`SELECT * FROM ${schema}.locks WHERE key = 'k'`)).toEqual([]);
  });

  test('asks again with the time of the answer when the clock of its process was set or stood still', async () => {
    let offsetMs = 0;
    const stepped = Object.create(clock, {
      monotonicMs: { value: () => clock.monotonicMs() + offsetMs },
    }) as SystemClock;
    stepped.sleep = (delayMs, wake) => clock.sleep(delayMs, wake);
    const locking = await openPostgresLocking(
      { connectionString: server.connectionString, schema: 'stepped' },
      stepped,
    );
    opened.push(locking);
    offsetMs = -60_000;
    expect(await locking.tryLock('k', 10_000)).not.toBeNull();
    offsetMs = 60_000;
    expect(await locking.tryLock('k', 10_000)).toBeNull();
  });

  test('cannot be opened with a wrong option, and names it', async () => {
    const connectionString = 'postgres://127.0.0.1:1/x';
    await expect(openPostgresLocking({}, clock)).rejects.toThrow(/one of the options connectionString and pool/);
    await expect(openPostgresLocking({ connectionString: 'mysql://x' }, clock)).rejects.toThrow(/connectionString/);
    await expect(openPostgresLocking({ connectionString, schema: 'a"b' }, clock)).rejects.toThrow(/option schema/);
    await expect(openPostgresLocking({ connectionString, maxConnections: 0 }, clock)).rejects.toThrow(/maxConnections/);
    await expect(openPostgresLocking({ connectionString, conections: 1 }, clock)).rejects.toThrow(/conections/);
  });

  test('says that nobody listens, and hides the password', async () => {
    const connectionString = `postgres://me:s3cr%2Ft@127.0.0.1:${await freePort()}/x`;
    const refused = openPostgresLocking({ connectionString }, clock);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_BACKEND' });
    await expect(refused).rejects.toThrow(/ECONNREFUSED/);
    await expect(refused).rejects.not.toThrow(/s3cr/);
  });
});
