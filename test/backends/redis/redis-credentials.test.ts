/** Credentials that a function returns at each connection, and the name under which a server lists us. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openRedisLocking } from '../../../src/backends/redis/redis-locking.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import type { LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { fixture, temporaryFolder } from '../../support/scheduler-harness.ts';
import { needsRedis } from '../../support/servers/needs.ts';
import { RedisCluster } from '../../support/servers/redis-cluster.ts';
import { RedisSentinel } from '../../support/servers/redis-sentinel.ts';
import { RedisServer } from '../../support/servers/redis-server.ts';
import { describeWith } from '../../support/servers/requirement.ts';
import { until } from '../../support/servers/until.ts';

const MODULE = fixture('backends/credentials.ts');
const DRIVERS = ['redis', 'ioredis'] as const;
const TTL_MS = 60_000;
const clock = new SystemClock();
const opened: LockingPlugin[] = [];

async function open(options: Readonly<Record<string, unknown>>, nodeId?: string): Promise<LockingPlugin> {
  const locking = await openRedisLocking(options, clock, nodeId);
  opened.push(locking);
  return locking;
}

/** The option, and how the test sets what the function returns. */
function login(): { readonly credentials: object; readonly set: (login: object) => void } {
  const path = join(temporaryFolder(), 'login.json');
  return {
    credentials: { module: MODULE, options: { path } },
    set: (given) => writeFileSync(path, JSON.stringify(given)),
  };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((locking) => locking.cleanup?.()));
});

describeWith(needsRedis())('credentials of a module', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(() => server?.stop());

  test.each(DRIVERS)('are asked for at every new connection, with the driver %s', async (driver) => {
    const { credentials, set } = login();
    const user = (name: string) =>
      server.command('ACL', 'SETUSER', name, 'reset', 'on', `>${name}-token`, '~*', '+@all');
    for (const name of ['morning', 'evening']) await user(name);
    set({ user: 'morning', password: 'morning-token' });
    const url = server.url.replace('redis://', 'redis://nobody:of-the-url@');
    const locking = await open({ url, driver, credentials, prefix: `asked-${driver}` });
    expect(await locking.tryLock('k', TTL_MS)).not.toBeNull();
    set({ user: 'evening', password: 'evening-token' });
    // This ends the sessions of the user.
    await server.command('ACL', 'DELUSER', 'morning');
    await until(async () => (await locking.tryLock('other', TTL_MS).catch(() => null)) !== null);
    expect(String(await server.command('CLIENT', 'LIST'))).toContain('user=evening');
  });

  test.each(DRIVERS)('that cannot be had say why, and show no password, with the driver %s', async (driver) => {
    const attempt = (named: string) =>
      open({ url: server.url, driver, credentials: { module: MODULE, export: named } });
    await expect(attempt('throwing')).rejects.toThrow('"redis" cannot be used: option credentials: no token today.');
    await expect(attempt('hanging')).rejects.toThrow('the function of option credentials did not answer for 2.5 s.');
    const { credentials, set } = login();
    set({ user: 'nobody', password: 'wrong-token' });
    const refused = await open({ url: server.url, driver, credentials }).catch(String);
    expect(refused).toContain('WRONGPASS');
    expect(refused).not.toContain('wrong-token');
  });

  test.each(DRIVERS)(
    'are no matter for the name under which the server lists the node, with the driver %s',
    async (driver) => {
      await open({ url: server.url, driver }, 'node 1');
      await until(async () => String(await server.command('CLIENT', 'LIST')).includes('name=escapement:node?1 '));
    },
  );
});

describeWith(needsRedis())('credentials for several servers', () => {
  test('are those of a master, with sentinels', async () => {
    const sentinel = await RedisSentinel.start('master-token');
    try {
      const { credentials, set } = login();
      set({ password: 'master-token' });
      const place = { name: sentinel.name, urls: sentinel.urls, password: 'of-the-options' };
      const locking = await open({ sentinel: place, credentials });
      expect(await locking.tryLock('k', TTL_MS)).not.toBeNull();
      await locking.cleanup?.();
    } finally {
      await sentinel.stop();
    }
  }, 60_000);

  test('are those of every node of a cluster', async () => {
    const cluster = await RedisCluster.start('{escapement}:token');
    try {
      for (const node of cluster.nodes) {
        await node.command('ACL', 'SETUSER', 'us', 'reset', 'on', '>our-token', '~*', '+@all');
      }
      const { credentials, set } = login();
      set({ user: 'us', password: 'our-token' });
      const locking = await open({ cluster: [cluster.stranger.url], credentials });
      expect(await locking.tryLock('k', TTL_MS)).not.toBeNull();
      await cluster.handOver();
      await until(async () => (await locking.tryLock('other', TTL_MS).catch(() => null)) !== null);
      await locking.cleanup?.();
    } finally {
      await cluster.stop();
    }
  }, 60_000);
});
