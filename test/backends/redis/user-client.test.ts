/** Clients of a program's own in place of a URL, on real servers. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openRedisLocking } from '../../../src/backends/redis/redis-locking.ts';
import { redisLocking } from '../../../src/index.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import type { LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { type ClientKind, moduleOf } from '../../fixtures/backends/redis-clients.ts';
import { fixture, newScheduler, temporaryFolder } from '../../support/scheduler-harness.ts';
import { needsRedis } from '../../support/servers/needs.ts';
import { RedisCluster } from '../../support/servers/redis-cluster.ts';
import { RedisSentinel } from '../../support/servers/redis-sentinel.ts';
import { RedisServer } from '../../support/servers/redis-server.ts';
import { describeWith } from '../../support/servers/requirement.ts';
import { until } from '../../support/servers/until.ts';

const MODULE = fixture('backends/redis-clients.ts');
const FORMS = ['exported', 'returned'] as const;
const TTL_MS = 60_000;
const PASSWORD = 's3cret-of-the-master';
const clock = new SystemClock();
const opened: LockingPlugin[] = [];

interface AnyClient {
  readonly status?: string;
  readonly isOpen?: boolean;
  disconnect?(): void;
  destroy?(): unknown;
}

async function open(options: Readonly<Record<string, unknown>>): Promise<LockingPlugin> {
  const locking = await openRedisLocking(options, clock);
  opened.push(locking);
  return locking;
}

/** The option, and the client that it leads to. */
async function given(form: (typeof FORMS)[number], kind: ClientKind, urls: readonly string[], password?: string) {
  const place = { kind, urls, ...(password !== undefined && { password }) };
  if (form === 'returned') {
    const { returned } = (await import(MODULE)) as { returned: AnyClient[] };
    return { client: { module: MODULE, options: place }, current: () => returned[0] as AnyClient };
  }
  const module = moduleOf(place, temporaryFolder());
  const { exported } = (await import(module)) as { exported: AnyClient };
  onTestFinished(() => close(exported));
  return { client: { module, export: 'exported' }, current: () => exported };
}

async function close(client: AnyClient): Promise<void> {
  if (client.status === undefined) await client.destroy?.();
  else client.disconnect?.();
}

function isConnected({ status, isOpen }: AnyClient): boolean {
  return status === undefined ? isOpen === true : !['disconnecting', 'close', 'end'].includes(status);
}

/** What a module exports stays connected; what its function returned is closed soon. */
async function isLeft(form: (typeof FORMS)[number], client: AnyClient): Promise<void> {
  if (form === 'exported') expect(isConnected(client)).toBe(true);
  else await until(() => !isConnected(client));
}

async function takes(locking: LockingPlugin, key: string): Promise<boolean> {
  return (await locking.tryLock(key, TTL_MS).catch(() => null)) !== null;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((locking) => locking.cleanup?.()));
});

describeWith(needsRedis())('a client of one server', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(() => server?.stop());

  const kinds: readonly ClientKind[] = ['ioredis', 'ioredis that connects late', 'redis', 'redis pool'];
  const cases = kinds.flatMap((kind) => FORMS.map((form) => [kind, form] as const));

  test.each(cases)('%s, %s by a module, has the locks that others see, and its owner closes it', async (kind, form) => {
    const { client, current } = await given(form, kind, [server.url]);
    const prefix = `${kind.replaceAll(' ', '-')}-${form}`;
    const [locking, other] = [await open({ client, prefix }), await open({ url: server.url, prefix })];
    const handle = await locking.tryLock('k', TTL_MS);
    expect(handle?.fencingToken).toMatch(/^\d+$/);
    expect(await other.tryLock('k', TTL_MS)).toBeNull();
    await locking.release(handle as NonNullable<typeof handle>);
    expect(await takes(other, 'k')).toBe(true);
    await locking.cleanup?.();
    await isLeft(form, current());
  });

  const alone = cases.filter(([kind]) => kind === 'ioredis' || kind === 'redis');

  test.each(alone)('%s, %s by a module, fails at once without its server, and goes on with it', async (kind, form) => {
    const own = await RedisServer.start();
    onTestFinished(() => own.stop());
    const { client } = await given(form, kind, [own.url]);
    const locking = await open({ client });
    await own.halt();
    await until(
      async () => (await locking.tryLock('k', TTL_MS).catch(String))?.toString().includes('not connected') === true,
    );
    await own.restart();
    await until(() => takes(locking, 'k'));
  });

  test.each(alone)('%s, %s by a module, is given up for a while when it does not answer', async (kind, form) => {
    const own = await RedisServer.start();
    onTestFinished(() => own.stop());
    const { client } = await given(form, kind, [own.url]);
    const locking = await open({ client });
    own.pause();
    await expect(locking.tryLock('k', TTL_MS)).rejects.toThrow(/^Redis: no answer within 3000 ms/);
    await expect(locking.tryLock('k', TTL_MS)).rejects.toThrow(/^Redis: not connected: no answer within 3000 ms/);
    own.resume();
    await until(() => takes(locking, 'other'));
  });

  test('that its owner has closed stays closed', async () => {
    const { client, current } = await given('exported', 'redis', [server.url]);
    const locking = await open({ client, prefix: 'closed' });
    await close(current());
    await until(async () => String(await locking.tryLock('k', TTL_MS).catch(String)).includes('the client was closed'));
    expect(isConnected(current())).toBe(false);
  });

  test('works in a scheduler, which stops although the client is open', async () => {
    const module = new URL(moduleOf({ kind: 'ioredis', urls: [server.url] }, temporaryFolder()));
    const locking = redisLocking({ client: { module, export: 'exported' }, prefix: 'scheduler' });
    const plugins = [
      { module: fixture('plugins/beats.ts'), options: { ids: ['a'], cron: '100ms', locking: 'require-global' } },
    ];
    const scheduler = await newScheduler({ plugins, locking, cluster: true });
    const ran = once(scheduler, 'run');
    await scheduler.start();
    expect(await ran).toEqual([expect.objectContaining({ outcome: 'succeeded', fencingToken: expect.any(String) })]);
    await scheduler.stop();
  });

  test.each([
    [{ export: 'five' }, 'the export five of its module is neither a client of ioredis or redis nor a function'],
    [{ export: 'six' }, 'the export six of its module is neither'],
    [{ export: 'throwing' }, 'option client: no client today.'],
    [{ module: fixture('backends/absent.ts') }, 'option client: '],
  ])('is refused by name where there is none, case %#', async (wrong, message) => {
    await expect(open({ client: { module: MODULE, ...wrong } })).rejects.toThrow(message);
  });
});

describeWith(needsRedis())('a client of a Redis Cluster', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await RedisCluster.start('{escapement}:token');
  }, 60_000);

  afterAll(() => cluster?.stop());

  const kinds: readonly ClientKind[] = ['ioredis Cluster', 'redis cluster'];

  test.each(kinds.flatMap((kind) => FORMS.map((form) => [kind, form] as const)))(
    '%s, %s by a module, finds the owner of our keys, and follows it',
    async (kind, form) => {
      const { client, current } = await given(form, kind, cluster.urls);
      const locking = await open({ client });
      const other = await open({ cluster: cluster.urls });
      expect(await takes(locking, `${kind} ${form}`)).toBe(true);
      expect(await takes(other, `${kind} ${form}`)).toBe(false);
      await cluster.handOver();
      await until(() => takes(locking, `${kind} ${form} later`));
      await locking.cleanup?.();
      await isLeft(form, current());
    },
    60_000,
  );

  test('must be one for clusters', async () => {
    const { client } = await given('returned', 'ioredis', [cluster.stranger.url]);
    await expect(open({ client })).rejects.toThrow('MOVED');
  });
});

describeWith(needsRedis())('a client of sentinels', () => {
  let sentinel: RedisSentinel;

  beforeAll(async () => {
    sentinel = await RedisSentinel.start(PASSWORD);
  }, 60_000);

  afterAll(() => sentinel?.stop());

  test.each(['ioredis Sentinel', 'redis sentinel'] as const)('%s reaches the master', async (kind) => {
    const { client } = await given('returned', kind, sentinel.urls, PASSWORD);
    const locking = await open({ client });
    expect(await takes(locking, kind)).toBe(true);
    const wrong = await given('returned', kind, sentinel.urls, 'wrong-password');
    const refused = await open({ client: wrong.client }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'ERR_ESCAPEMENT_BACKEND' });
    expect(String(refused)).not.toContain('wrong-password');
  });
});
