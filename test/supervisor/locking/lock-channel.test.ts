import { describe, expect, test } from 'vitest';
import { MemoryLocking } from '../../../src/backends/memory/memory-locking.ts';
import { LockChannel } from '../../../src/supervisor/locking/lock-channel.ts';
import type { LockAnswers, LockExchange, LockHandle, LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const TTL_MS = 15_000;
const attempt = (...keys: string[]) => ({ locks: keys.map((key) => ({ key, ttlMs: TTL_MS })) });

/** A backend that is asked for a whole exchange at a time, and answers when it is told to. */
class ScriptedBackend implements LockingPlugin {
  readonly name = 'scripted';
  readonly exchanges: LockExchange[] = [];
  readonly released: string[] = [];
  answer: (request: LockExchange) => Promise<LockAnswers>;

  constructor(answer: (request: LockExchange) => Promise<LockAnswers>) {
    this.answer = answer;
  }

  async tryLock(): Promise<LockHandle | null> {
    throw new Error('not asked for');
  }

  async renew(): Promise<boolean> {
    throw new Error('not asked for');
  }

  async release({ key }: LockHandle): Promise<void> {
    this.released.push(key);
  }

  exchange(request: LockExchange): Promise<LockAnswers> {
    this.exchanges.push(request);
    return this.answer(request);
  }
}

function channel(locking: LockingPlugin, clock: VirtualClock) {
  const errors: string[] = [];
  return {
    channel: new LockChannel(clock, locking, { failed: (key) => errors.push(key), measured: () => {} }),
    errors,
  };
}

/** The same without `exchange`: locks one by one. */
function plain(locking: MemoryLocking): LockingPlugin {
  return {
    name: 'plain',
    tryLock: (key, ttlMs) => locking.tryLock(key, ttlMs),
    renew: (handle) => locking.renew(handle),
    release: (handle) => locking.release(handle),
  };
}

describe('LockChannel', () => {
  test('asks in one round trip for all that is wanted at one moment', async () => {
    const clock = new VirtualClock();
    const { channel: asked } = channel(new MemoryLocking(clock), clock);
    const wanted = [asked.take(attempt('a', 'a@1')), asked.take(attempt('b')), asked.take(attempt('a'))];
    await clock.settle();
    const [a, b, again] = await Promise.all(wanted);
    expect([a?.length, b?.length, again]).toEqual([2, 1, null]);
    expect(asked.roundTrips).toBe(1);
  });

  test('collects what is wanted while a round trip is under way', async () => {
    const clock = new VirtualClock();
    const answers: ((answer: LockAnswers) => void)[] = [];
    const backend = new ScriptedBackend(() => new Promise((resolve) => answers.push(resolve)));
    const { channel: asked } = channel(backend, clock);
    const first = asked.take(attempt('a'));
    await clock.settle();
    const rest = [asked.take(attempt('b')), asked.take(attempt('c'))];
    await clock.settle();
    expect(backend.exchanges.length).toBe(1);
    answers[0]?.({ renewals: [], attempts: [null] });
    await first;
    await clock.settle();
    expect(backend.exchanges[1]?.attempts.length).toBe(2);
    answers[1]?.({ renewals: [], attempts: [null, null] });
    expect(await Promise.all(rest)).toEqual([null, null]);
  });

  test('lets a lock that is given back wait for company, but not for long, unless it is wanted', async () => {
    const clock = new VirtualClock();
    const backend = new ScriptedBackend(async () => ({ renewals: [], attempts: [] }));
    const { channel: asked } = channel(backend, clock);
    const handle = { key: 'a', lockId: '1', ttlMs: TTL_MS };
    asked.release(handle);
    await clock.advance(200);
    expect(backend.exchanges).toEqual([]);
    await clock.advance(100);
    expect(backend.exchanges.length).toBe(1);
    asked.release(handle, { isWanted: true });
    await clock.settle();
    expect(backend.exchanges.length).toBe(2);
  });

  test('rejects when there is no answer, and gives back what is granted after that', async () => {
    const clock = new VirtualClock();
    const answers: ((answer: LockAnswers) => void)[] = [];
    const backend = new ScriptedBackend(() => new Promise((resolve) => answers.push(resolve)));
    const { channel: asked } = channel(backend, clock);
    const taking = expect(asked.take(attempt('a'))).rejects.toThrow(/"scripted" did not answer for 4 s/);
    await clock.advance(5_000);
    await taking;
    answers[0]?.({ renewals: [], attempts: [[{ key: 'a', lockId: '1', ttlMs: TTL_MS }]] });
    await clock.settle();
    expect(backend.released).toEqual(['a']);
  });

  test('tells of locks that could not be given back, and of nothing else', async () => {
    const clock = new VirtualClock();
    const backend = new ScriptedBackend(async () => Promise.reject(new Error('away')));
    const { channel: asked, errors } = channel(backend, clock);
    const taking = expect(asked.take(attempt('b'))).rejects.toThrow('away');
    asked.release({ key: 'a', lockId: '1', ttlMs: TTL_MS });
    await clock.settle();
    await taking;
    expect(errors).toEqual(['a']);
  });

  test('gives back again, with whatever is asked and by itself, what could not be given back', async () => {
    const clock = new VirtualClock();
    const backend = new ScriptedBackend(async () => Promise.reject(new Error('away')));
    const { channel: asked, errors } = channel(backend, clock);
    const sent = (): string[][] => backend.exchanges.map(({ releases }) => releases.map(({ key }) => key));
    asked.release({ key: 'a', lockId: '1', ttlMs: TTL_MS }, { isWanted: true });
    await clock.settle();
    await expect(clock.advanceUntil(asked.take(attempt('b')))).rejects.toThrow('away');
    expect(sent()).toEqual([['a'], ['a']]);
    await clock.advance(500);
    expect(sent()).toEqual([['a'], ['a'], ['a']]);
    expect(errors).toEqual(['a', 'a', 'a']);
    backend.answer = async () => ({ renewals: [], attempts: [] });
    await clock.advance(TTL_MS);
    expect(sent().length).toBe(4);
    expect(clock.sleeperCount).toBe(0);
  });

  test('leaves a lock alone that has expired before it could be given back', async () => {
    const clock = new VirtualClock();
    const backend = new ScriptedBackend(async () => Promise.reject(new Error('away')));
    const { channel: asked } = channel(backend, clock);
    asked.release({ key: 'a', lockId: '1', ttlMs: 1_200 }, { isWanted: true });
    await clock.advance(60_000);
    // At once, and after each half second within its time.
    expect(backend.exchanges.filter(({ releases }) => releases.length > 0).length).toBe(3);
    expect(backend.exchanges.length).toBe(3);
    expect(clock.sleeperCount).toBe(0);
  });

  test('gives back again what a backend could not take back that knows single locks only', async () => {
    const clock = new VirtualClock();
    const locking = new MemoryLocking(clock);
    let isAway = true;
    const release = async (handle: LockHandle): Promise<void> => {
      if (isAway) throw new Error('away');
      await locking.release(handle);
    };
    const { channel: asked } = channel({ ...plain(locking), release }, clock);
    const [handle] = (await clock.advanceUntil(asked.take(attempt('a')))) ?? [];
    asked.release(handle as LockHandle, { isWanted: true });
    await clock.advance(300);
    isAway = false;
    expect(await clock.advanceUntil(asked.take(attempt('a')))).not.toBeNull();
  });

  test('takes all or nothing of a backend that knows single locks only', async () => {
    const clock = new VirtualClock();
    const memory = new MemoryLocking(clock);
    const { channel: asked } = channel(plain(memory), clock);
    await memory.tryLock('claim', TTL_MS);
    const taking = asked.take(attempt('run', 'claim'));
    await clock.settle();
    expect(await taking).toBeNull();
    await clock.settle();
    expect(await memory.tryLock('run', TTL_MS)).not.toBeNull();
  });

  test('lets no lock wait for another one of a backend that knows single locks only', async () => {
    const clock = new VirtualClock();
    const locking = new MemoryLocking(clock);
    const hanging = new Promise<never>(() => {});
    const released = Promise.withResolvers<void>();
    const { channel: asked } = channel(
      {
        ...plain(locking),
        tryLock: (key, ttlMs) => (key === 'hangs' ? hanging : locking.tryLock(key, ttlMs)),
        release: (handle) => (handle.key === 'slow' ? released.promise : locking.release(handle)),
      },
      clock,
    );
    const answers: string[] = [];
    const take = (key: string): void => {
      asked.take(attempt(key)).then(
        (handles) => answers.push(`${key} ${handles === null ? 'contended' : 'granted'}`),
        () => answers.push(`${key} failed`),
      );
    };

    take('hangs');
    await clock.settle();
    asked.release({ key: 'slow', lockId: '1', ttlMs: TTL_MS }, { isWanted: true });
    take('slow');
    take('quick');
    await clock.settle();
    expect(answers).toEqual(['quick granted']);

    released.resolve();
    await clock.settle();
    expect(answers).toEqual(['quick granted', 'slow granted']);
    await clock.advance(5_000);
    expect(answers).toEqual(['quick granted', 'slow granted', 'hangs failed']);
  });

  test('gives back at its end what still waits for company', async () => {
    const clock = new VirtualClock();
    const memory = new MemoryLocking(clock);
    const { channel: asked } = channel(plain(memory), clock);
    const handle = await memory.tryLock('a', TTL_MS);
    if (handle !== null) asked.release(handle);
    await asked.close();
    expect(await memory.tryLock('a', TTL_MS)).not.toBeNull();
    expect(clock.sleeperCount).toBe(0);
  });

  test('judges each answer of a reply by itself, and gives back what a wrong one has granted', async () => {
    const clock = new VirtualClock();
    const lock = (key: string, own: object = {}) => ({ key, lockId: `of ${key}`, ttlMs: TTL_MS, ...own });
    const backend = new ScriptedBackend(async () => ({
      renewals: ['yes', true] as never,
      attempts: [[lock('a'), lock('a@1', { ttlMs: 0 })], [lock('b')], null],
    }));
    const { channel: asked, errors } = channel(backend, clock);
    const answers = Promise.allSettled([
      asked.renew(lock('r')),
      asked.renew(lock('s')),
      asked.take(attempt('a', 'a@1')),
      asked.take(attempt('b')),
      asked.take(attempt('c')),
    ]);
    await clock.settle();
    expect(await answers).toMatchObject([
      { reason: { message: expect.stringMatching(/^the lock backend gave a wrong reply: a renewal .*, not "yes"$/) } },
      { value: true },
      { reason: { message: expect.stringContaining('ttlMs must be a number above 0, not 0') } },
      { value: [{ key: 'b' }] },
      { value: null },
    ]);
    expect(backend.released).toEqual(['a', 'a@1']);
    expect(errors).toEqual([]);
  });

  test('gives back the single lock that a wrong reply has granted, and never a lock of another key', async () => {
    const clock = new VirtualClock();
    const released: unknown[] = [];
    let granted: object = { key: 'a', lockId: '1', ttlMs: Number.NaN };
    const { channel: asked } = channel(
      {
        name: 'wrong',
        tryLock: async () => granted as LockHandle,
        renew: async () => true,
        release: async (handle) => void released.push(handle),
      },
      clock,
    );
    await expect(clock.advanceUntil(asked.take(attempt('a')))).rejects.toThrow('ttlMs must be a number above 0');
    granted = { key: 'held by a run', lockId: '2', ttlMs: TTL_MS };
    await expect(clock.advanceUntil(asked.take(attempt('a')))).rejects.toThrow(`the lock's key must be "a"`);
    expect(released).toEqual([{ key: 'a', lockId: '1', ttlMs: TTL_MS }]);
  });

  test('trusts no lock for longer than it asked for, and gives the backend its own fields back', async () => {
    const clock = new VirtualClock();
    const backend = new ScriptedBackend(async () => ({
      renewals: [],
      attempts: [[{ key: 'a', lockId: '1', ttlMs: 1e300, etag: 'e' } as LockHandle]],
    }));
    const { channel: asked } = channel(backend, clock);
    const taking = asked.take(attempt('a'));
    await clock.settle();
    expect(await taking).toEqual([{ key: 'a', lockId: '1', ttlMs: TTL_MS, etag: 'e' }]);
  });

  test('outlives a late reply that is wrong', async () => {
    const clock = new VirtualClock();
    const answers: ((answer: LockAnswers) => void)[] = [];
    const backend = new ScriptedBackend(() => new Promise((resolve) => answers.push(resolve)));
    const { channel: asked } = channel(backend, clock);
    const taking = expect(asked.take(attempt('a'))).rejects.toThrow('did not answer for 4 s');
    await clock.advance(5_000);
    await taking;
    const unreadable = Object.defineProperty({}, 'lockId', {
      get: () => {
        throw new Error('thrown');
      },
    });
    answers[0]?.({ renewals: [], attempts: [[unreadable, { key: 'a', lockId: '1' }, null]] } as never);
    await clock.settle();
    expect(backend.released).toEqual(['a']);
  });
});
