/** What a node leaves unasked, because others have told it or because time does it. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { MemoryLocking, MemoryLocks } from '../../../src/backends/memory/memory-locking.ts';
import { checkedLocking } from '../../../src/supervisor/checked-backends.ts';
import { HeardClaims } from '../../../src/supervisor/locking/heard-claims.ts';
import type { OtherNodes } from '../../../src/supervisor/locking/lock-channel.ts';
import { Locker } from '../../../src/supervisor/locking/locker.ts';
import { pause } from '../../../src/supervisor/ports/clock.ts';
import type { LockExchange, LockListener } from '../../../src/supervisor/ports/locking.ts';
import { NodeClock } from '../../../src/testing/node-clock.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const REQUEST = { key: 'p/s', scheduledAtMs: 0, trigger: 'clock', hint: 'require-global', ttlMs: 950 } as const;
const onBroken = (): void => {};
const TOLD: OtherNodes = { isTold: () => true, askAgain: () => true, sign: () => null, signed: () => {} };

function cluster() {
  const clock = new VirtualClock();
  const locks = new MemoryLocks();
  const node = async (others: OtherNodes = TOLD) => {
    const locking = new MemoryLocking(clock, locks);
    const exchanges: LockExchange[] = [];
    const exchange = locking.exchange.bind(locking);
    let silentUntilMs = 0;
    locking.exchange = async (request) => {
      exchanges.push(request);
      if (clock.monotonicMs() < silentUntilMs) await pause(clock, silentUntilMs - clock.monotonicMs());
      return exchange(request);
    };
    const silence = (ms: number): void => {
      silentUntilMs = clock.monotonicMs() + ms;
    };
    const locker = new Locker({ clock, locking, claimsInStore: false, onBroken, others });
    locker.listen();
    // The backend says in a turn of its own that it is heard, and has to be known as quick.
    await clock.advance(1);
    const warmUp = { ...REQUEST, key: randomUUID(), hint: 'require-global' } as const;
    await clock.advanceUntil(locker.acquire(warmUp));
    locker.release(warmUp.key, 0);
    await clock.advance(1);
    exchanges.length = 0;
    return {
      locker,
      locks,
      exchanges,
      silence,
      acquire: (request = {}) => clock.advanceUntil(locker.acquire({ ...REQUEST, ...request })),
    };
  };
  return { clock, node };
}

/** A node whose backend was quick until now, and then answers attempts late; and the ttls of its run locks. */
async function slowly(delayMs: number) {
  const clock = new VirtualClock();
  const locking = new MemoryLocking(clock);
  const exchange = locking.exchange.bind(locking);
  const asked: number[] = [];
  let isSlow = false;
  locking.exchange = async (request) => {
    const answer = await exchange(request);
    const [attempt] = request.attempts;
    if (isSlow && attempt !== undefined) {
      asked.push(attempt.locks[0]?.ttlMs ?? 0);
      await pause(clock, delayMs);
    }
    return answer;
  };
  const locker = new Locker({ clock, locking, claimsInStore: false, onBroken });
  locker.listen();
  await clock.advance(1);
  await clock.advanceUntil(locker.acquire({ ...REQUEST, key: 'warm/up' }));
  locker.release('warm/up', 0);
  await clock.advance(1);
  isSlow = true;
  return { clock, locker, asked };
}

describe('a node that has heard of a claim', () => {
  test('does not ask for it', async () => {
    const { clock, node } = cluster();
    const [winner, other] = [await node(), await node()];
    expect(await winner.acquire()).not.toBeNull();
    await clock.advance(1);
    expect(await other.acquire()).toBeNull();
    expect(other.exchanges).toEqual([]);
  });

  test('asks for every other one, and for the same in another pass or after it was lost', async () => {
    const { clock, node } = cluster();
    const [winner, other] = [await node(), await node()];
    await winner.acquire();
    winner.locker.release('p/s', 0);
    await clock.advance(1);
    const grants = [{ scheduledAtMs: 1 }, { pass: 2 }, { recoveryOf: 'run' }];
    for (const request of grants) {
      expect(await other.acquire(request)).not.toBeNull();
      other.locker.release('p/s', 0);
      await clock.advance(1);
    }
  });

  test('does not take its own claim for that of another node', async () => {
    const { clock, node } = cluster();
    const { acquire, locker, exchanges } = await node();
    await acquire();
    locker.release('p/s', 0);
    await clock.advance(1);
    // The claim is held, so the answer is the same, but it was asked for.
    expect(await acquire()).toBeNull();
    expect(exchanges.filter(({ attempts }) => attempts.length > 0)).toHaveLength(2);
  });

  test('hears nothing of a node that has nobody to tell', async () => {
    const { clock, node } = cluster();
    const [winner, other] = [await node({ ...TOLD, isTold: () => false }), await node()];
    await winner.acquire();
    await clock.advance(1);
    expect(await other.acquire()).toBeNull();
    expect(other.exchanges).toHaveLength(1);
  });

  test.each([
    ['nothing', undefined],
    ['no list', { claimed: 'p/s@0' }],
    ['a list with something else', { claimed: ['p/s@0', 7] }],
    ['far too much', { claimed: Array.from({ length: 10_001 }, () => 'p/s@0') }],
  ])('believes no news that are wrong: %s', async (_name, news) => {
    const clock = new VirtualClock();
    let listener: LockListener | undefined;
    const locking = Object.assign(new MemoryLocking(clock), {
      listen: (given: LockListener) => {
        listener = given;
      },
    });
    const locker = new Locker({ clock, locking, claimsInStore: false, onBroken });
    locker.listen();
    listener?.heard(news as never);
    expect(await clock.advanceUntil(locker.acquire(REQUEST))).not.toBeNull();
  });

  test.each([
    () => {
      throw new Error('deaf');
    },
    async () => {
      throw new Error('deaf');
    },
  ])('goes on when its backend cannot listen (%#)', async (listen) => {
    const clock = new VirtualClock();
    const failures: unknown[] = [];
    const locking = checkedLocking(Object.assign(new MemoryLocking(clock), { listen }));
    const locker = new Locker({ clock, locking, claimsInStore: false, onBroken: ({ error }) => failures.push(error) });
    locker.listen();
    await clock.settle();
    expect(failures).toEqual([new Error('deaf')]);
    expect(await clock.advanceUntil(locker.acquire(REQUEST))).not.toBeNull();
  });

  test('asks for what a node whose clock is ahead claimed too early, gave back, and never ran', async () => {
    const { clock, node } = cluster();
    const other = await node();
    const locks = other.locks;
    const machine = new NodeClock(clock, 60_000);
    const memory = new MemoryLocking(clock, locks);
    const locking = Object.assign(memory, {
      exchange: async (request: LockExchange) => ({
        ...(await MemoryLocking.prototype.exchange.call(memory, request)),
        nowMs: clock.nowMs(),
      }),
    });
    const measured = ({ nowMs }: { readonly nowMs: number }): void => {
      machine.skewMs = nowMs - clock.nowMs();
    };
    const early = new Locker({ clock: machine, locking, claimsInStore: false, onBroken, measured, others: TOLD });
    const scheduledAtMs = machine.nowMs();
    expect(await clock.advanceUntil(early.acquire({ ...REQUEST, scheduledAtMs }))).toBe('early');
    await clock.advance(scheduledAtMs - clock.nowMs());
    expect(await other.acquire({ scheduledAtMs })).not.toBeNull();
  });

  test('relies on it for five seconds, and asks then: it may have been given back', async () => {
    const { clock, node } = cluster();
    const [winner, other] = [await node(), await node()];
    for (const [scheduledAtMs, waitMs, questions] of [
      [0, 4_900, 0],
      [7_000, 5_100, 1],
    ] as const) {
      await winner.acquire({ scheduledAtMs });
      winner.locker.release('p/s', 0);
      await clock.advance(waitMs);
      expect(await other.acquire({ scheduledAtMs })).toBeNull();
      expect(other.exchanges).toHaveLength(questions);
    }
  });

  test('forgets the oldest of twenty thousand claims, and takes each of them once', () => {
    const heard = new HeardClaims(new VirtualClock());
    heard.add(Array.from({ length: 20_001 }, (_, index) => String(index)));
    expect([heard.take('0'), heard.take('1'), heard.take('1'), heard.take('20000')]).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });
});

describe('a run lock that can expire', () => {
  test('is not given back if it expires before anybody wants it', async () => {
    const { clock, node } = cluster();
    const { acquire, locker, exchanges } = await node();
    await acquire();
    locker.release('p/s', 960);
    await clock.advance(5_000);
    expect(exchanges).toHaveLength(1);
  });

  test('is given back while there is a node that asks for a lock only once', async () => {
    const { clock, node } = cluster();
    const { acquire, locker, exchanges } = await node({ ...TOLD, askAgain: () => false });
    await acquire();
    locker.release('p/s', 960);
    await clock.advance(250);
    expect(exchanges.map(({ releases }) => releases.length)).toEqual([0, 1]);
  });

  test('goes along with what is asked meanwhile', async () => {
    const { clock, node } = cluster();
    const { acquire, locker, exchanges } = await node();
    await acquire();
    locker.release('p/s', 960);
    await clock.advance(100);
    await acquire({ key: 'p/t' });
    expect(exchanges.map(({ releases }) => releases.length)).toEqual([0, 1]);
  });

  test('is given back if it would be in the way', async () => {
    const { clock, node } = cluster();
    const { acquire, locker, exchanges } = await node();
    await acquire();
    locker.release('p/s', 900);
    await clock.advance(250);
    expect(exchanges.map(({ releases }) => releases.length)).toEqual([0, 1]);
  });

  test('lasts longer once the run does, and is given back then', async () => {
    const { clock, node } = cluster();
    const { acquire, locker, exchanges } = await node();
    await acquire();
    await clock.advance(950);
    expect(locker.isTrusted('p/s')).toBe(true);
    expect(exchanges.flatMap(({ renewals }) => renewals).map(({ ttlMs }) => ttlMs)).toEqual([15_000]);
    locker.release('p/s', 1_000);
    await clock.advance(250);
    expect(exchanges.at(-1)?.releases).toHaveLength(1);
  });

  test.each(['manual', 'catch-up'] as const)(
    'is given back at once when another node waits for it (%s)',
    async (trigger) => {
      const { clock, node } = cluster();
      const [holder, other] = [await node(), await node()];
      await holder.acquire({ ttlMs: 2_000 });
      holder.locker.release('p/s', 60_000);
      expect(await other.acquire({ scheduledAtMs: 5 })).toBeNull();
      const askedAtMs = clock.monotonicMs();
      expect(await other.acquire({ scheduledAtMs: 7, trigger })).not.toBeNull();
      expect(clock.monotonicMs() - askedAtMs).toBe(100);
    },
  );

  test('is waited for until it expires by a run by hand, when its node does not hear that', async () => {
    const { clock, node } = cluster();
    const [holder, other] = [await node(), await node({ ...TOLD, isTold: () => false })];
    await holder.acquire({ ttlMs: 2_000 });
    holder.locker.release('p/s', 60_000);
    const askedAtMs = clock.monotonicMs();
    expect(await other.acquire({ scheduledAtMs: 7, trigger: 'manual' })).not.toBeNull();
    expect(clock.monotonicMs() - askedAtMs).toBe(2_200);
  });

  test('is not given back to others while its run goes on', async () => {
    const { node } = cluster();
    const [holder, other] = [await node(), await node()];
    await holder.acquire({ ttlMs: 2_000 });
    expect(await other.acquire({ scheduledAtMs: 7, trigger: 'manual' })).toBeNull();
    expect(holder.locker.isTrusted('p/s')).toBe(true);
  });

  test('is given back, and lasts as long as ever, while a node hears nothing', async () => {
    const clock = new VirtualClock();
    const locking = new MemoryLocking(clock);
    const asked: LockExchange[] = [];
    const exchange = locking.exchange.bind(locking);
    let listener: LockListener | undefined;
    Object.assign(locking, {
      listen: (given: LockListener) => {
        listener = given;
      },
      exchange: (request: LockExchange) => {
        asked.push(request);
        return exchange(request);
      },
    });
    const locker = new Locker({ clock, locking, claimsInStore: false, onBroken });
    locker.listen();
    listener?.hearing(true);
    listener?.hearing(false);
    await clock.advanceUntil(locker.acquire(REQUEST));
    locker.release('p/s', 60_000);
    await clock.advance(250);
    expect(asked[0]?.attempts[0]?.locks[0]?.ttlMs).toBe(15_000);
    expect(asked[1]?.releases).toHaveLength(1);
  });

  test('is renewed before it is relied on when its answer was late', async () => {
    for (const delayMs of [10, 100, 300, 900]) {
      const { clock, locker } = await slowly(delayMs);
      expect(await clock.advanceUntil(locker.acquire(REQUEST))).not.toBeNull();
      expect([delayMs, locker.isTrusted('p/s')]).toEqual([delayMs, true]);
      await clock.advance(20_000);
      expect([delayMs, locker.isTrusted('p/s')]).toEqual([delayMs, true]);
    }
  });

  test('survives a backend that is silent for two seconds after its run got long', async () => {
    const { clock, node } = cluster();
    const { acquire, locker, silence } = await node();
    await acquire({ ttlMs: 2_000 });
    await clock.advance(500);
    silence(2_000);
    await clock.advance(10_000);
    expect(locker.isTrusted('p/s')).toBe(true);
  });

  test('is not waited for when its run must not begin any more', async () => {
    const { clock, node } = cluster();
    const [holder, other] = [await node(), await node({ ...TOLD, isTold: () => false })];
    await holder.acquire({ ttlMs: 2_000 });
    const askedAtMs = clock.monotonicMs();
    const isWanted = (): boolean => clock.monotonicMs() === askedAtMs;
    expect(await other.acquire({ scheduledAtMs: 7, trigger: 'manual', isWanted })).toBeNull();
    expect(clock.monotonicMs() - askedAtMs).toBe(100);
  });

  test('is taken for long from a backend whose last answer was slow', async () => {
    const { clock, locker, asked } = await slowly(100);
    await clock.advanceUntil(locker.acquire(REQUEST));
    locker.release('p/s', 0);
    await clock.advanceUntil(locker.acquire({ ...REQUEST, scheduledAtMs: 1_000 }));
    expect(asked).toEqual([950, 15_000]);
  });

  test('is taken for long from a backend that gives no news, which may not expire it in time', async () => {
    const clock = new VirtualClock();
    const asked: number[] = [];
    const locking = {
      name: 'plain',
      tryLock: async (key: string, ttlMs: number) => {
        asked.push(ttlMs);
        return { key, lockId: '1', ttlMs };
      },
      renew: async () => true,
      release: async () => {},
    };
    const locker = new Locker({ clock, locking, claimsInStore: false, onBroken });
    await clock.advanceUntil(locker.acquire(REQUEST));
    expect(asked[0]).toBe(15_000);
  });
});

describe('a sign of life', () => {
  test('goes along with an exchange, and its answer is handed on with the time', async () => {
    const clock = new VirtualClock();
    const memory = new MemoryLocking(clock);
    const locking = Object.assign(memory, {
      exchange: async (request: LockExchange) => ({
        ...(await MemoryLocking.prototype.exchange.call(memory, request)),
        nowMs: 5_000,
      }),
    });
    const sign = { nodeId: 'a', ttlMs: 1_000 };
    const answers: unknown[] = [];
    const others: OtherNodes = { ...TOLD, sign: () => sign, signed: (reply, nowMs) => answers.push(reply, nowMs) };
    const locker = new Locker({ clock, locking, claimsInStore: false, onBroken, others });
    await clock.advanceUntil(locker.acquire(REQUEST));
    expect(answers).toMatchObject([{ roster: { nodeIds: ['a'] } }, 5_000]);
  });
});
