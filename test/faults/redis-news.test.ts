/** What nodes hear of each other on a Redis Cluster, and on a master that sentinels watch, when a replica takes over. */
import { afterAll, beforeAll, describe, onTestFinished, test } from 'vitest';
import { openRedisLocking } from '../../src/backends/redis/redis-locking.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import { claim, type Ear, listening, type Node, type Place, tell } from '../support/servers/listening-nodes.ts';
import { needsRedis } from '../support/servers/needs.ts';
import { RedisCluster } from '../support/servers/redis-cluster.ts';
import { RedisSentinel } from '../support/servers/redis-sentinel.ts';
import { describeWith } from '../support/servers/requirement.ts';
import { until } from '../support/servers/until.ts';

const DRIVERS = ['redis', 'ioredis'] as const;
const LIMIT_MS = 90_000;
const PREFIX = 'news';
const clock = new SystemClock();

const placeOf = (options: Readonly<Record<string, unknown>>) =>
  ({ open: async () => (await openRedisLocking({ prefix: PREFIX, ...options }, clock)) as Node }) as Place;

let claims = 0;

/** One node claims occurrence after occurrence until the other has heard of one that was claimed from now on. */
async function isHeard(teller: Node, ear: Ear): Promise<void> {
  const from = claims;
  await until(async () => {
    claims += 1;
    await tell(teller, { locks: [claim(`${claims}`)] }).catch(() => {});
    return ear.claimed.some((key) => Number.parseInt(key, 10) > from);
  });
}

describeWith(needsRedis())('nodes on a Redis Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start(`{${PREFIX}}:token`);
  }, LIMIT_MS);
  afterAll(() => cluster?.stop());

  test.each(DRIVERS)(
    'hear each other, also after a replica has taken over, with the driver %s',
    async (driver) => {
      const [first, second] = cluster.urls as [string, string];
      const a = await listening(placeOf({ cluster: [first], driver }));
      const b = await listening(placeOf({ cluster: [second], driver }));
      await isHeard(a.node, b.ear);
      await cluster.handOver();
      await isHeard(a.node, b.ear);
      await isHeard(b.node, a.ear);
    },
    LIMIT_MS,
  );
});

describeWith(needsRedis())('nodes on a master that sentinels watch', () => {
  describe.each(DRIVERS)('with the driver %s', (driver) => {
    test(
      'hear each other, and again after the master is gone',
      async () => {
        const sentinel = await RedisSentinel.start('secret');
        onTestFinished(() => sentinel.stop());
        const options = { sentinel: { name: sentinel.name, urls: sentinel.urls, password: 'secret' }, driver };
        const a = await listening(placeOf(options));
        const b = await listening(placeOf(options));
        await isHeard(a.node, b.ear);
        await (await sentinel.master()).halt();
        await b.ear.until(() => !b.ear.isHearing);
        await b.ear.until(() => b.ear.isHearing);
        await isHeard(a.node, b.ear);
        await isHeard(b.node, a.ear);
      },
      LIMIT_MS,
    );
  });
});
