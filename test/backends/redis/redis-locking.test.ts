import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openRedisLocking } from '../../../src/backends/redis/redis-locking.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import type { LockHandle, LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { needsRedis } from '../../support/servers/needs.ts';
import { RedisServer } from '../../support/servers/redis-server.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const clock = new SystemClock();
const nothing = { releases: [], renewals: [], attempts: [] };

/** Resolves when locks with this ttl have expired. */
const passed = (ttlMs: number) => new Promise<void>((resolve) => void clock.sleep(ttlMs + 20, resolve));

const granted = async (lock: Promise<LockHandle | null>): Promise<LockHandle> => {
  const handle = await lock;
  expect(handle).not.toBeNull();
  return handle as LockHandle;
};

const token = ({ fencingToken }: LockHandle): bigint => {
  expect(fencingToken).toMatch(/^\d+$/);
  return BigInt(fencingToken ?? '');
};

describeWith(needsRedis())('locks on Redis', () => {
  let server: RedisServer;
  let prefixCount = 0;
  const opened: LockingPlugin[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((locking) => locking.cleanup?.()));
  });

  afterAll(() => server?.stop());

  describe.each(['redis', 'ioredis'])('with the driver %s', (driver) => {
    const open = async (prefix: string, url = server.url): Promise<Required<LockingPlugin>> => {
      const locking = await openRedisLocking({ url, prefix, driver }, clock);
      opened.push(locking);
      return locking as Required<LockingPlugin>;
    };

    const twoNodes = async () => {
      prefixCount += 1;
      const prefix = `locks-${prefixCount}`;
      return { prefix, a: await open(prefix), b: await open(prefix) };
    };

    test('gives a key to one node only, until it is released', async () => {
      const { a, b } = await twoNodes();
      const handle = await granted(a.tryLock('k', 10_000));
      expect(handle).toMatchObject({ key: 'k', ttlMs: 10_000 });
      expect(await b.tryLock('k', 10_000)).toBeNull();
      expect(await b.tryLock('another', 10_000)).not.toBeNull();
      await a.release(handle);
      expect(await b.tryLock('k', 10_000)).not.toBeNull();
    });

    test('gives every acquisition a new id and a larger token, even after a release or after expiry', async () => {
      const { a, b } = await twoNodes();
      const first = await granted(a.tryLock('k', 10_000));
      await a.release(first);
      const second = await granted(b.tryLock('k', 30));
      await passed(30);
      const third = await granted(a.tryLock('k', 10_000));
      expect(new Set([first.lockId, second.lockId, third.lockId]).size).toBe(3);
      expect(token(second)).toBeGreaterThan(token(first));
      expect(token(third)).toBeGreaterThan(token(second));
    });

    test('hands out a larger token even if the counter was lost', async () => {
      const { prefix, a } = await twoNodes();
      const first = await granted(a.tryLock('k', 10_000));
      await server.command('DEL', `{${prefix}}:token`, `{${prefix}}:lock:k`);
      expect(token(await granted(a.tryLock('k', 10_000)))).toBeGreaterThan(token(first));
    });

    test('hands out a larger token even if the counter is ahead of the clock', async () => {
      const { prefix, a } = await twoNodes();
      await server.command('SET', `{${prefix}}:token`, '4000000000000001');
      expect((await granted(a.tryLock('k', 10_000))).fencingToken).toBe('4000000000000002');
      expect((await granted(a.tryLock('l', 10_000))).fencingToken).toBe('4000000000000003');
    });

    test('neither renews nor releases a lock that has expired, whether it was taken since or not', async () => {
      const { a, b } = await twoNodes();
      const old = await granted(a.tryLock('k', 30));
      await passed(30);
      expect(await a.renew(old)).toBe(false);
      const current = await granted(b.tryLock('k', 10_000));
      expect(await a.renew(old)).toBe(false);
      await a.release(old);
      expect(await a.tryLock('k', 10_000)).toBeNull();
      expect(await b.renew(current)).toBe(true);
    });

    test('counts the ttl of a renewed lock from the renewal', async () => {
      const { prefix, a } = await twoNodes();
      const handle = await granted(a.tryLock('k', 200));
      expect(await a.renew({ ...handle, ttlMs: 60_000 })).toBe(true);
      expect(await server.command('PTTL', `{${prefix}}:lock:k`)).toBeGreaterThan(50_000);
    });

    test('carries out releases, then renewals, then attempts, in one exchange', async () => {
      const { a } = await twoNodes();
      const freed = await granted(a.tryLock('freed', 10_000));
      const kept = await granted(a.tryLock('kept', 10_000));
      const answers = await a.exchange({
        releases: [freed],
        renewals: [freed, kept],
        attempts: [{ locks: [{ key: 'freed', ttlMs: 10_000 }] }, { locks: [{ key: 'kept', ttlMs: 10_000 }] }],
      });
      expect(answers.renewals).toEqual([false, true]);
      expect(answers.attempts[0]?.[0]).toMatchObject({ key: 'freed', ttlMs: 10_000 });
      expect(answers.attempts[1]).toBeNull();
    });

    test('takes all locks of an attempt or none, and sees what earlier attempts took', async () => {
      const { a, b } = await twoNodes();
      await granted(b.tryLock('held', 10_000));
      const lock = (key: string) => ({ key, ttlMs: 10_000 });
      const { attempts } = await a.exchange({
        ...nothing,
        attempts: [
          { locks: [lock('x'), lock('held')] },
          { locks: [lock('x'), lock('y')] },
          { locks: [lock('y')] },
          { locks: [] },
        ],
      });
      expect(attempts.map((locks) => locks?.map(({ key }) => key) ?? null)).toEqual([null, ['x', 'y'], null, []]);
    });

    test('answers an exchange that wants nothing', async () => {
      const { a } = await twoNodes();
      expect(await a.exchange(nothing)).toEqual({ renewals: [], attempts: [] });
    });

    test('gives a key that many ask for at once to one of them', async () => {
      const { a, b } = await twoNodes();
      const asked = Array.from({ length: 40 }, (_, place) => (place % 2 ? a : b).tryLock('k', 10_000));
      expect((await Promise.all(asked)).filter((handle) => handle !== null)).toHaveLength(1);
    });

    test('accepts any text as a key', async () => {
      const { a, b } = await twoNodes();
      for (const key of ['', 'a b', '{x}:y', 'ключ', '"\\\n\0']) {
        await granted(a.tryLock(key, 10_000));
        expect(await b.tryLock(key, 10_000)).toBeNull();
      }
    });

    test('knows which nodes are alive, until their ttl has passed or they leave', async () => {
      const { a, b } = await twoNodes();
      const before = Date.now();
      expect((await a.announce({ nodeId: 'a', ttlMs: 60_000 })).nodeIds).toEqual(['a']);
      const { nodeIds, nowMs } = await b.announce({ nodeId: 'b', ttlMs: 30 });
      expect(nodeIds.toSorted()).toEqual(['a', 'b']);
      expect(nowMs).toBeGreaterThanOrEqual(before);
      await passed(30);
      expect((await a.announce({ nodeId: 'a', ttlMs: 60_000 })).nodeIds).toEqual(['a']);
      expect((await a.announce({ nodeId: 'a', ttlMs: 0 })).nodeIds).toEqual([]);
    });

    test('keeps two prefixes apart', async () => {
      const [{ a }, { b }] = [await twoNodes(), await twoNodes()];
      await granted(a.tryLock('k', 10_000));
      await granted(b.tryLock('k', 10_000));
    });

    test('keeps the locks in the database that the URL names', async () => {
      const a = await open(`database-${driver}`);
      const b = await open(`database-${driver}`, `${server.url}/1`);
      await granted(a.tryLock('k', 10_000));
      await granted(b.tryLock('k', 10_000));
    });

    test('cannot be opened on a database that does not exist', async () => {
      await expect(open('p', `${server.url}/99`)).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_BACKEND' });
    });

    test('takes a foreign value under the name of a lock for contention, and under that of the counter for a fault', async () => {
      const { prefix, a } = await twoNodes();
      await server.command('LPUSH', `{${prefix}}:lock:k`, 'x');
      expect(await a.tryLock('k', 10_000)).toBeNull();
      await server.command('DEL', `{${prefix}}:token`);
      await server.command('LPUSH', `{${prefix}}:token`, 'x');
      await expect(a.tryLock('l', 10_000)).rejects.toThrow(/^Redis: .*WRONGTYPE/);
    });

    test('can be closed twice, and rejects calls after that', async () => {
      const { a } = await twoNodes();
      await a.cleanup();
      await a.cleanup();
      await expect(a.tryLock('k', 10_000)).rejects.toThrow('Redis: not connected: the connection was closed');
    });

    test('hides the password if the reason contains it', async () => {
      const refused = open('p', 'redis://:ECONNREFUSED@127.0.0.1:1');
      await expect(refused).rejects.toThrow('connect *** 127.0.0.1:1');
    });

    test('hides the password if the server refuses it', async () => {
      const guarded = await RedisServer.start('--requirepass', 'right');
      try {
        const refused = open('p', `redis://:wr%2Fong@127.0.0.1:${guarded.port}`);
        await expect(refused).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_BACKEND' });
        await expect(refused).rejects.not.toThrow(/wr(%2F|\/)ong/);
        await granted((await open('p', `redis://:right@127.0.0.1:${guarded.port}`)).tryLock('k', 10_000));
      } finally {
        await guarded.stop();
      }
    });
  });

  test.each([
    [{}, 'one of the options url, cluster, sentinel and client is missing'],
    [{ url: 'http://127.0.0.1' }, 'option url'],
    [{ url: 'redis://[' }, 'option url'],
    [{ url: 'redis://h', prefix: 'a{b' }, 'option prefix'],
    [{ url: 'redis://h', driver: 'other' }, 'option driver'],
    [{ url: 'redis://h', other: 1 }, 'option other'],
  ])('refuses the options %j and names the wrong one', async (options, named) => {
    const refused = openRedisLocking(options, clock);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_BACKEND' });
    await expect(refused).rejects.toThrow(named);
  });
});
