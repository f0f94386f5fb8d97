/**
 * Nodes that share locks on Redis, one of them through a line that fails in every way a line or a server can: no key ever
 * has two holders, every call settles within the limit, and both work on when it is over, without being built anew.
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
     * Breaks something while both nodes play, mends it when a node was told of it, and sees both play on. Where a node need
     * not be told, because nothing was under way or all goes on, both play on before it is mended as well.
     */
    const contend = async (hurt: () => unknown, heal: () => unknown, teller: 'a' | 'b' | 'nobody' = 'a') => {
      await prepare();
      const contest = new Contest(a, b);
      await contest.granted();
      const told = teller === 'nobody' ? Promise.resolve() : contest.faulted(teller);
      await hurt();
      await told;
      if (teller === 'nobody') await contest.granted();
      await heal();
      await contest.granted();
      await contest.end();
      expect(contest.violations).toEqual([]);
    };

    const nothing = () => {};
    const heal = () => proxy.heal();

    test('a connection is reset', () => contend(() => proxy.reset(), nothing, 'nobody'), 60_000);
    test('connections are refused for a while', () => contend(() => proxy.refuse(), heal), 60_000);
    test('a line swallows everything', () => contend(() => proxy.blackHole(), heal), 60_000);
    test('connections are half open', () => contend(() => proxy.halfOpen(), heal, 'nobody'), 60_000);
    test('an answer is lost after it was carried out', () => contend(() => proxy.dropAnswerOnce(), nothing), 60_000);
    test('a line is slow to answer', () => contend(() => proxy.delay(30), heal, 'nobody'), 60_000);
    test('a line lets a few bytes pass at a time', () => contend(() => proxy.trickle(60), heal), 60_000);
    test('scripts are flushed', () => contend(() => server.command('SCRIPT', 'FLUSH'), nothing, 'nobody'), 60_000);

    const stop = () => server.pause();
    const goOn = () => server.resume();
    test('the server stands still', () => contend(stop, goOn, 'b'), 60_000);
    const pauseClients = () => server.command('CLIENT', 'PAUSE', '5000');
    test('clients are paused for longer than the limit', () => contend(pauseClients, nothing, 'b'), 60_000);

    test('the server restarts with nothing kept, after what it forgot has expired', () => {
      const restart = async () => {
        await server.halt();
        await new Promise<void>((resolve) => void clock.sleep(TTL_MS, resolve));
        await server.restart();
      };
      return contend(restart, nothing);
    }, 60_000);

    test('the server is full: that is a fault and no contention', async () => {
      await prepare();
      const held = await b.tryLock('held', LONG_MS);
      await server.command('CONFIG', 'SET', 'maxmemory', '1');
      try {
        await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/^Redis: OOM/);
        // What needs no memory, or little, goes on.
        expect((await a.announce({ nodeId: 'a', ttlMs: LONG_MS })).nodeIds).toEqual(['a']);
        expect(held && (await b.renew(held))).toBe(true);
        if (held !== null) await b.release(held);
      } finally {
        await server.command('CONFIG', 'SET', 'maxmemory', '0');
      }
      expect(await b.tryLock('k', LONG_MS)).not.toBeNull();
    });

    const taken = async (locking: LockingPlugin): Promise<void> => {
      while ((await locking.tryLock('k', LONG_MS)) === null) await pause();
    };

    const reconnected = async (locking: Required<LockingPlugin>): Promise<void> => {
      while (await locking.tryLock('any', 1).then(nothing, () => true)) await pause();
    };

    test('a lock whose grant was lost is given back with the next exchange', async () => {
      await prepare();
      proxy.dropAnswerOnce();
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/^Redis: /);
      expect(await b.tryLock('k', LONG_MS)).toBeNull();
      await reconnected(a);
      expect(await b.tryLock('k', LONG_MS)).not.toBeNull();
    });

    test('a lock whose grant was lost is given back although its node asks for nothing more', async () => {
      await prepare();
      proxy.dropAnswerOnce();
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/^Redis: /);
      expect(await b.tryLock('k', LONG_MS)).toBeNull();
      await taken(b);
    }, 30_000);

    test('a question that a stopped server takes up too late takes no lock', async () => {
      await prepare();
      server.pause();
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow('Redis: no answer within 3000 ms');
      await a.cleanup();
      server.resume();
      await reconnected(b);
      expect(await b.tryLock('k', LONG_MS)).not.toBeNull();
    }, 30_000);

    test('while the server is away calls reject at once, and are not carried out later', async () => {
      await prepare();
      proxy.refuse();
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/^Redis: /);
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/^Redis: not connected/);
      proxy.heal();
      await reconnected(a);
      expect(await b.tryLock('k', LONG_MS)).not.toBeNull();
    });

    test('an adapter that waits on a silent server closes nonetheless', async () => {
      await prepare();
      proxy.blackHole();
      const told = expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/closed/);
      await a.cleanup();
      await told;
    });

    test('an adapter closes while it reconnects', async () => {
      await prepare();
      proxy.blackHole();
      proxy.halfOpen();
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/^Redis: /);
      await a.cleanup();
      await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/closed/);
    });

    test('is not built where the server is silent, or not there', async () => {
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
