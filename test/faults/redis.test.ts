/**
 * Two nodes share locks on Redis, one of them over a line that fails in every way a line or a server can. No key ever
 * has two holders, every call settles within the limit, and both nodes recover by themselves when the fault is over.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openRedisLocking } from '../../src/backends/redis/redis-locking.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import type { LockingPlugin } from '../../src/supervisor/ports/locking.ts';
import { Contest } from '../support/servers/contest.ts';
import { needsRedis } from '../support/servers/needs.ts';
import { RedisServer } from '../support/servers/redis-server.ts';
import { describeWith } from '../support/servers/requirement.ts';
import { TcpProxy } from '../support/servers/tcp-proxy.ts';

const TTL_MS = 400;
const LONG_MS = 60_000;
/** Longer than a round trip takes, even on a busy machine. */
const ROUND_TRIP_MS = 500;
const clock = new SystemClock();
const pause = () => new Promise<void>((resolve) => void clock.sleep(5, resolve));

describeWith(needsRedis())('locks on a Redis that fails', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(() => server?.stop());

  describe.each(['redis', 'ioredis'])('with the driver %s', (driver) => {
    let proxy: TcpProxy;
    let a: Required<LockingPlugin>;
    let b: Required<LockingPlugin>;
    let count = 0;

    const open = async (port: number): Promise<Required<LockingPlugin>> => {
      const options = { url: `redis://127.0.0.1:${port}`, prefix: `${driver}-${count}`, driver };
      return (await openRedisLocking(options, clock)) as Required<LockingPlugin>;
    };

    const prepare = async (): Promise<void> => {
      count += 1;
      proxy = await TcpProxy.open(server.port);
      a = await open(proxy.port);
      b = await open(server.port);
    };

    afterEach(async () => {
      server.resume();
      await Promise.all([a?.cleanup(), b?.cleanup()]);
      await proxy?.close();
    });

    /**
     * Breaks something while both nodes play, mends it once a call of the victim has failed, and sees both play on. If
     * there is no victim, because no call was under way or all calls succeed, both must also play on before it is
     * mended.
     */
    const contend = async (hurt: () => unknown, heal: () => unknown, victim: 'a' | 'b' | 'nobody' = 'a') => {
      await prepare();
      const contest = new Contest(a, b);
      await contest.granted();
      const faulted = victim === 'nobody' ? Promise.resolve() : contest.faulted(victim);
      await hurt();
      await faulted;
      if (victim === 'nobody') await contest.granted();
      await heal();
      await contest.granted();
      await contest.end();
      expect(contest.violations).toEqual([]);
    };

    const nothing = () => {};
    const heal = () => proxy.heal();

    test('survive a connection that is reset', () => contend(() => proxy.reset(), nothing, 'nobody'), 60_000);
    test('survive connections that are refused for a while', () => contend(() => proxy.refuse(), heal), 60_000);
    test('survive a line that swallows everything', () => contend(() => proxy.blackHole(), heal), 60_000);
    test('survive half-open connections', () => contend(() => proxy.halfOpen(), heal, 'nobody'), 60_000);
    test(
      'survive an answer that is lost after the exchange was carried out',
      () => contend(() => proxy.dropAnswerOnce(), nothing),
      60_000,
    );
    test('survive a line that is slow to answer', () => contend(() => proxy.delay(30), heal, 'nobody'), 60_000);
    test('survive a line that lets a few bytes pass at a time', () => contend(() => proxy.trickle(60), heal), 60_000);
    test(
      'survive a server that forgets its scripts',
      () => contend(() => server.command('SCRIPT', 'FLUSH'), nothing, 'nobody'),
      60_000,
    );

    const stop = () => server.pause();
    const goOn = () => server.resume();
    test('survive a server that stands still', () => contend(stop, goOn, 'b'), 60_000);
    const pauseClients = () => server.command('CLIENT', 'PAUSE', '5000');
    test(
      'survive a server that pauses its clients for longer than the limit',
      () => contend(pauseClients, nothing, 'b'),
      60_000,
    );

    test('survive a server that restarts with nothing kept, once the locks it forgot have expired', () => {
      const restart = async () => {
        await server.halt();
        await new Promise<void>((resolve) => void clock.sleep(TTL_MS, resolve));
        await server.restart();
      };
      return contend(restart, nothing);
    }, 60_000);

    test('reject while the server is full: that is a fault, not contention', async () => {
      await prepare();
      const held = await b.tryLock('held', LONG_MS);
      await server.command('CONFIG', 'SET', 'maxmemory', '1');
      try {
        await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/^Redis: OOM/);
        // Commands that need no memory, or little, still succeed.
        expect((await a.announce({ nodeId: 'a', ttlMs: LONG_MS })).nodeIds).toEqual(['a']);
        expect(held && (await b.renew(held))).toBe(true);
        if (held !== null) await b.release(held);
      } finally {
        await server.command('CONFIG', 'SET', 'maxmemory', '0');
      }
      expect(await b.tryLock('k', LONG_MS)).not.toBeNull();
    });

    test('cannot be opened on a server that answers and takes no writes', async () => {
      await prepare();
      await server.command('CONFIG', 'SET', 'maxmemory', '1');
      await expect(open(server.port)).rejects.toThrow(/"redis" cannot be used: OOM/);
      await server.command('CONFIG', 'SET', 'maxmemory', '0');
      const replica = await RedisServer.start('--replicaof', '127.0.0.1', String(server.port));
      try {
        await expect(open(replica.port)).rejects.toThrow(/"redis" cannot be used: READONLY/);
      } finally {
        await replica.stop();
      }
    });

    const taken = async (locking: LockingPlugin): Promise<void> => {
      while ((await locking.tryLock('k', LONG_MS)) === null) await pause();
    };

    const reconnected = async (locking: Required<LockingPlugin>): Promise<void> => {
      while (await locking.tryLock('any', 1).then(nothing, () => true)) await pause();
    };

    test('give back a lock whose grant was lost, with the next exchange', async () => {
      await prepare();
      proxy.dropAnswerOnce();
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/^Redis: /);
      expect(await b.tryLock('k', LONG_MS)).toBeNull();
      await reconnected(a);
      expect(await b.tryLock('k', LONG_MS)).not.toBeNull();
    });

    test('give back a lock whose grant was lost, even if its node asks for nothing more', async () => {
      await prepare();
      proxy.dropAnswerOnce();
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/^Redis: /);
      expect(await b.tryLock('k', LONG_MS)).toBeNull();
      await taken(b);
    }, 30_000);

    test('take no lock for a request that a stopped server receives too late', async () => {
      await prepare();
      server.pause();
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow('Redis: no answer within 3000 ms');
      await a.cleanup();
      // What the node knows of the server's clock is off by up to a round trip.
      await new Promise<void>((resolve) => void clock.sleep(ROUND_TRIP_MS, resolve));
      server.resume();
      await reconnected(b);
      expect(await b.tryLock('k', LONG_MS)).not.toBeNull();
    }, 30_000);

    test('reject at once while the server is away, and carry nothing out later', async () => {
      await prepare();
      proxy.refuse();
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/^Redis: /);
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/^Redis: not connected/);
      proxy.heal();
      await reconnected(a);
      expect(await b.tryLock('k', LONG_MS)).not.toBeNull();
    });

    test('can be closed while they wait for a silent server', async () => {
      await prepare();
      proxy.blackHole();
      const rejected = expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/closed/);
      await a.cleanup();
      await rejected;
    });

    test('can be closed while they reconnect', async () => {
      await prepare();
      proxy.blackHole();
      proxy.halfOpen();
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/^Redis: /);
      await a.cleanup();
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/closed/);
    });

    test('cannot be opened if the server is silent, or not there', async () => {
      await prepare();
      proxy.blackHole();
      const refused = open(proxy.port);
      await expect(refused).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_BACKEND' });
      await expect(refused).rejects.toThrow('no answer within 5000 ms');
      proxy.heal();
      proxy.refuse();
      await expect(open(proxy.port)).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_BACKEND' });
    }, 30_000);
  });
});
