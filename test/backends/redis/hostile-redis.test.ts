import { afterEach, describe, expect, test } from 'vitest';
import { openRedisLocking } from '../../../src/backends/redis/redis-locking.ts';
import { BackendError } from '../../../src/errors.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import type { LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { HostileRedis, resp } from '../../support/servers/hostile-redis.ts';

const clock = new SystemClock();
const now = () => String(Date.now());

/** What the script would answer: it grants every lock. */
function right([, , keyCount = '0', ...rest]: readonly string[]): string {
  const argument = rest[Number(keyCount) + 1];
  if (argument === undefined || !argument.startsWith('{')) return resp([0, now(), [argument], [], 0]);
  const { renewals, attempts } = JSON.parse(argument) as { renewals: unknown[]; attempts: unknown[][] };
  return resp([0, now(), renewals.map(() => 1), attempts.map((locks) => locks.map(() => '7'))]);
}

const WRONG: Readonly<Record<string, () => string>> = {
  nil: () => '$-1\r\n',
  'a nil array': () => '*-1\r\n',
  OK: () => '+OK\r\n',
  'a number': () => ':1\r\n',
  'an empty array': () => '*0\r\n',
  'only that it was not late': () => resp([0]),
  'something else than whether it was late': () => resp(['0', now(), [], [['7']]]),
  'no time': () => resp([0, null, [], [['7']]]),
  'a time that is no number': () => resp([0, 'noon', [], [['7']]]),
  'no lists': () => resp([0, now()]),
  'nil for its lists': () => resp([0, now(), null, null]),
  'numbers for its lists': () => resp([0, now(), 1, 1]),
  'a short list': () => resp([0, now(), [], []]),
  'a long list': () => resp([0, now(), [], [['7'], ['8']]]),
  'no token': () => resp([0, now(), [], [[]]]),
  'a token that is nil': () => resp([0, now(), [], [[null]]]),
  'a token that is no number': () => resp([0, now(), [], [['seven']]]),
  'a token as a number': () => resp([0, now(), [], [[7]]]),
  'an OK for an attempt': () => resp([0, now(), [], ['OK']]),
  'a 1 for an attempt': () => resp([0, now(), [], [1]]),
  'an error in its list': () => `*4\r\n:0\r\n${resp(now())}*0\r\n*1\r\n-ERR no\r\n`,
  'an error': () => '-ERR what is that\r\n',
  'bytes of another protocol': () => 'HTTP/1.1 400 Bad Request\r\n\r\n',
  'an array that goes on': () => resp([0, now(), [], [['7']]]) + resp([0, now(), [], [['8']]]),
};

describe.each(['redis', 'ioredis'])('a Redis that is not one, with the driver %s', (driver) => {
  let server: HostileRedis;
  let locking: LockingPlugin | null = null;

  afterEach(async () => {
    await locking?.cleanup?.();
    locking = null;
    await server.stop();
  });

  const open = (): Promise<LockingPlugin> => openRedisLocking({ url: server.url, driver }, clock);

  const granted = async (backend: LockingPlugin): Promise<boolean> =>
    (await backend.tryLock('k', 60_000).catch(() => null)) !== null;

  test.each(Object.entries(WRONG))(
    'fails when it answers %s, and grants when it answers well again',
    async (what, wrong) => {
      server = await HostileRedis.start(right);
      locking = await open();
      server.reply = wrong;
      const answer = await locking.tryLock('k', 60_000).catch((error: unknown) => error);
      // The first of two answers is right, and the second one belongs to nobody.
      if (what !== 'an array that goes on')
        expect(answer).toMatchObject({
          name: expect.stringMatching(/Fault$/),
          message: expect.stringMatching(/^Redis: /),
        });
      server.reply = right;
      while (!(await granted(locking))) await new Promise<void>((resolve) => void clock.sleep(20, resolve));
    },
  );

  test.each(Object.entries(WRONG).slice(0, 12))('is refused at the start when it answers %s', async (_what, wrong) => {
    server = await HostileRedis.start(wrong);
    await expect(open()).rejects.toBeInstanceOf(BackendError);
  });

  test('is asked to give back what a wrong reply may have granted', async () => {
    server = await HostileRedis.start(right);
    locking = await open();
    server.reply = () => resp([0, now(), [], [['seven']]]);
    await expect(locking.tryLock('k', 60_000)).rejects.toThrow('it gave a wrong reply: it must give tokens');
    server.reply = right;
    await locking.tryLock('other', 60_000);
    const request = JSON.parse(server.asked.at(-1)?.at(-2) ?? '') as { releases: unknown[] };
    expect(request.releases).toHaveLength(1);
  });

  test('is no source of other nodes', async () => {
    server = await HostileRedis.start(right);
    locking = await open();
    expect(await locking.announce?.({ nodeId: 'a', ttlMs: 1_000 })).toMatchObject({ nodeIds: ['a'] });
    for (const nodeIds of [null, 'a', ['b'], ['a', null], ['a', 1]]) {
      server.reply = () => resp([0, now(), nodeIds]);
      await expect(locking.announce?.({ nodeId: 'a', ttlMs: 1_000 })).rejects.toThrow('it must list the ids of nodes');
    }
    for (const groups of [null, 1, ['a'], ['a', 1]]) {
      server.reply = () => resp([0, now(), ['a'], groups, 0]);
      await expect(locking.announce?.({ nodeId: 'a', ttlMs: 1_000 })).rejects.toThrow('it must give the groups');
    }
    server.reply = () => resp([0, now(), ['a'], [], null]);
    await expect(locking.announce?.({ nodeId: 'a', ttlMs: 1_000 })).rejects.toThrow('whether it knows the group');
  });

  test('gives no schedules that make no sense', async () => {
    server = await HostileRedis.start(right);
    locking = await open();
    server.reply = () => resp([0, now(), '["p/s"]']);
    expect(await locking.readGroup?.('g')).toEqual(['p/s']);
    server.reply = () => resp([0, now(), null]);
    expect(await locking.readGroup?.('g')).toBeNull();
    for (const document of [1, 'p/s', '"p/s"', '[1]', '{}']) {
      server.reply = () => resp([0, now(), document]);
      await expect(locking.readGroup?.('g')).rejects.toThrow('it must give the keys of a group');
    }
  });
});
