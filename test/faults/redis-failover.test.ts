/**
 * Locks on a Redis Cluster, and on a master that sentinels watch. When the server that has the locks is killed, a replica
 * takes over, and the locks go on there with no restart of the node.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openRedisLocking } from '../../src/backends/redis/redis-locking.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import type { LockHandle, LockingPlugin } from '../../src/supervisor/ports/locking.ts';
import { needsRedis } from '../support/servers/needs.ts';
import { RedisCluster } from '../support/servers/redis-cluster.ts';
import { isFollowing } from '../support/servers/redis-replica.ts';
import { RedisSentinel } from '../support/servers/redis-sentinel.ts';
import { describeWith } from '../support/servers/requirement.ts';
import { until } from '../support/servers/until.ts';

const DRIVERS = ['redis', 'ioredis'] as const;
const LIMIT_MS = 90_000;
const TTL_MS = 60_000;
const PREFIX = 'failover';
/** What the documentation says that a user needs. */
const RIGHTS =
  'eval evalsha time get set del exists pexpire hget hset hdel hexists hkeys hgetall zadd zrem zscore zrange zremrangebyscore info'
    .split(' ')
    .map((command) => `+${command}`);
const clock = new SystemClock();
const opened: LockingPlugin[] = [];

async function open(options: Readonly<Record<string, unknown>>): Promise<LockingPlugin> {
  const locking = await openRedisLocking({ prefix: PREFIX, ...options }, clock);
  opened.push(locking);
  return locking;
}

/** Takes a lock and gives it back, as soon as this can be done. Resolves to its token, and to how many calls failed. */
async function nextToken(locking: LockingPlugin): Promise<{ readonly token: bigint; readonly failures: number }> {
  let handle: LockHandle | null = null;
  let failures = 0;
  await until(async () => {
    handle = await locking.tryLock('k', TTL_MS).catch(() => {
      failures += 1;
      return null;
    });
    return handle !== null;
  });
  const { fencingToken } = handle as unknown as LockHandle;
  await locking.release(handle as unknown as LockHandle);
  return { token: BigInt(fencingToken ?? ''), failures };
}

/** Puts the server out of action, and sees each of the nodes lose it and go on with larger tokens. */
async function surviveLoss(nodes: readonly LockingPlugin[], lose: () => unknown): Promise<void> {
  let last = 0n;
  for (const node of nodes) last = (await nextToken(node)).token;
  await lose();
  const after = await Promise.all(
    nodes.map(async (node) => {
      await expect(node.tryLock('other', TTL_MS)).rejects.toThrow(/^Redis: /);
      return nextToken(node);
    }),
  );
  for (const { token } of after) expect(token).toBeGreaterThan(last);
  expect(new Set(after.map(({ token }) => token)).size).toBe(nodes.length);
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((locking) => locking.cleanup?.()));
});

describeWith(needsRedis())('locks on a Redis Cluster', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await RedisCluster.start(`{${PREFIX}}:token`);
  }, LIMIT_MS);

  afterAll(() => cluster?.stop());

  describe.each(DRIVERS)('with the driver %s', (driver) => {
    test(
      'are where their slot is, whichever node is named',
      async () => {
        const nodes = await Promise.all(cluster.urls.map((url) => open({ cluster: [url], driver })));
        const [first, ...others] = nodes as [LockingPlugin, ...LockingPlugin[]];
        const handle = await first.tryLock('k', TTL_MS);
        expect(handle).not.toBeNull();
        for (const other of others) expect(await other.tryLock('k', TTL_MS)).toBeNull();
        await first.release(handle as LockHandle);
      },
      LIMIT_MS,
    );

    test(
      'are reached although some of the nodes that are named are gone',
      async () => {
        const gone = 'redis://127.0.0.1:1';
        const locking = await open({ cluster: [gone, cluster.urls[1], gone], driver });
        await nextToken(locking);
        await expect(open({ cluster: [gone, gone], driver })).rejects.toThrow('connect ECONNREFUSED 127.0.0.1:1.');
      },
      LIMIT_MS,
    );

    test(
      'go on when a replica takes over in agreement',
      async () => {
        const locking = await open({ cluster: cluster.urls, driver });
        const before = await nextToken(locking);
        const held = (await locking.tryLock(`held by ${driver}`, TTL_MS)) as LockHandle;
        await cluster.handOver();
        const after = await nextToken(locking);
        expect(after.token).toBeGreaterThan(before.token);
        expect(await locking.renew(held)).toBe(true);
        await locking.release(held);
      },
      LIMIT_MS,
    );

    test(
      'go on when their slot is being moved, once it is decided',
      async () => {
        const locking = await open({ cluster: cluster.urls, driver });
        await nextToken(locking);
        const owner = await cluster.owner();
        const slot = String(await owner.command('CLUSTER', 'KEYSLOT', PREFIX));
        const other = String(await cluster.stranger.command('CLUSTER', 'MYID'));
        await owner.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', other);
        await expect(locking.tryLock('new', TTL_MS)).rejects.toThrow(/^Redis: (?:ASK|TRYAGAIN) /);
        await owner.command('CLUSTER', 'SETSLOT', slot, 'STABLE');
        await nextToken(locking);
      },
      LIMIT_MS,
    );
  });

  test(
    'need few rights',
    async () => {
      const keys = `~{${PREFIX}}:*`;
      await Promise.all(
        cluster.nodes.map((node) => node.command('ACL', 'SETUSER', 'few', 'on', '>pw', keys, ...RIGHTS)),
      );
      for (const driver of DRIVERS) {
        const urls = cluster.urls.map((url) => url.replace('//', '//few:pw@'));
        await nextToken(await open({ cluster: urls, driver }));
      }
    },
    LIMIT_MS,
  );

  test('name the option that they need', async () => {
    await expect(open({ url: cluster.stranger.url })).rejects.toThrow('a node of a Redis Cluster: use option cluster.');
  });

  test(
    'go on when their owner stands still, and when it comes back',
    async () => {
      const owner = await cluster.owner();
      const nodes = await Promise.all(DRIVERS.map((driver) => open({ cluster: cluster.urls, driver })));
      await surviveLoss(nodes, () => owner.pause());
      owner.resume();
      await until(() => isFollowing(owner));
      for (const node of nodes) await nextToken(node);
    },
    LIMIT_MS,
  );

  test(
    'go on when their owner is killed, although only it was named',
    async () => {
      const owner = await cluster.owner();
      const nodes = await Promise.all(DRIVERS.map((driver) => open({ cluster: [owner.url], driver })));
      await surviveLoss(nodes, () => owner.halt());
    },
    LIMIT_MS,
  );
});

describeWith(needsRedis())('locks on a master that sentinels watch', () => {
  const password = 'secret-of-servers';
  let watched: RedisSentinel;

  beforeAll(async () => {
    watched = await RedisSentinel.start(password);
  }, LIMIT_MS);

  afterAll(() => watched?.stop());

  const at = (driver: string, name = 'mymaster', secret = password) =>
    open({ sentinel: { name, urls: watched.urls, password: secret }, driver });

  test.each(DRIVERS)('cannot be opened by a wrong name or password, with the driver %s', async (driver) => {
    await expect(at(driver, 'other')).rejects.toThrow('the sentinel knows no master of the name "other"');
    const refused = at(driver, 'mymaster', 'wrong-password');
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_BACKEND' });
    await expect(refused).rejects.not.toThrow('wrong-password');
  });

  test(
    'go on when the master stands still, and when it comes back',
    async () => {
      const nodes = await Promise.all(DRIVERS.map((driver) => at(driver)));
      const master = await watched.master();
      await surviveLoss(nodes, () => master.pause());
      master.resume();
      await until(() => isFollowing(master));
      for (const node of nodes) await nextToken(node);
    },
    LIMIT_MS,
  );

  test(
    'go on when the master is killed',
    async () => {
      const nodes = await Promise.all(DRIVERS.map((driver) => at(driver)));
      const master = await watched.master();
      await surviveLoss(nodes, () => master.halt());
    },
    LIMIT_MS,
  );
});
