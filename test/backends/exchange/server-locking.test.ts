import { describe, expect, test } from 'vitest';
import type { ServerReply } from '../../../src/backends/exchange/lock-server.ts';
import { EXCHANGE_LIMIT_MS, ServerLocking } from '../../../src/backends/exchange/server-locking.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { FakeServer, LOST, opened, REFUSED } from './fake-server.ts';

describe('ServerLocking', () => {
  test('hands out what the server grants', async () => {
    const { locking } = await opened();
    expect(await locking.tryLock('k', 5_000)).toEqual({
      key: 'k',
      ttlMs: 5_000,
      lockId: expect.any(String),
      fencingToken: '7',
    });
  });

  test("sets a deadline by the server's clock", async () => {
    const { clock, server, locking } = await opened();
    const atMs = clock.monotonicMs() + server.aheadMs + EXCHANGE_LIMIT_MS;
    await locking.tryLock('k', 5_000);
    expect(server.deadlines).toEqual([{ atMs, limitMs: EXCHANGE_LIMIT_MS }]);
  });

  test('asks the server nothing when an exchange wants nothing', async () => {
    const { server, locking } = await opened();
    expect(await locking.exchange({ releases: [], renewals: [], attempts: [] })).toEqual({
      renewals: [],
      attempts: [],
    });
    expect(server.requests).toEqual([]);
  });

  test("asks again with the server's new time when the server finds the deadline passed", async () => {
    const { server, locking } = await opened();
    server.aheadMs += 60_000;
    expect(await locking.tryLock('k', 5_000)).not.toBeNull();
    expect(await locking.announce({ nodeId: 'a', ttlMs: 1_000 })).toMatchObject({ nodeIds: ['a'] });
    expect(server.deadlines).toHaveLength(3);
  });

  test('rejects when the server finds the deadline passed twice, and has nothing to give back', async () => {
    const { server, locking } = await opened();
    server.stepMs = 60_000;
    await expect(locking.tryLock('k', 5_000)).rejects.toMatchObject({
      message: 'Fake: it received the request too late, and did nothing',
      isUnknown: false,
    });
    server.stepMs = 0;
    await locking.tryLock('other', 5_000);
    expect(server.requests.at(-1)?.releases).toEqual([]);
  });

  test('gives back a lock whose answer was lost, with the next exchange', async () => {
    const { server, locking } = await opened();
    server.failOnce(LOST);
    await expect(locking.tryLock('k', 60_000)).rejects.toBe(LOST);
    const [asked] = server.requests[0]?.attempts ?? [];
    await locking.tryLock('other', 60_000);
    expect(server.requests[1]?.releases).toMatchObject([{ key: 'k', lockId: asked?.[0]?.lockId }]);
  });

  test('gives it back once more after its deadline, in case the grant came after the first release', async () => {
    const { clock, server, locking } = await opened();
    server.failOnce(LOST);
    await expect(locking.tryLock('k', 60_000)).rejects.toBe(LOST);
    await locking.tryLock('other', 60_000);
    await clock.advance(EXCHANGE_LIMIT_MS + 1_000);
    expect(server.requests).toHaveLength(3);
    expect(server.requests[2]).toMatchObject({ releases: [{ key: 'k' }], attempts: [] });
    await clock.advance(60_000);
    expect(server.requests).toHaveLength(3);
  });

  test('tries to give it back until the server answers or the lock has expired', async () => {
    const { clock, server, locking } = await opened();
    server.failOnce(LOST);
    await expect(locking.tryLock('k', 2_500)).rejects.toBe(LOST);
    server.failOnce(LOST);
    await clock.advance(EXCHANGE_LIMIT_MS + 1_000);
    server.failOnce(LOST);
    await clock.advance(1_000);
    expect(server.requests.map(({ releases }) => releases.length)).toEqual([0, 1, 1]);
    await clock.advance(60_000);
    expect(server.requests).toHaveLength(3);
  });

  test('gives back nothing when the server has refused', async () => {
    const { clock, server, locking } = await opened();
    server.failOnce(REFUSED);
    await expect(locking.tryLock('k', 60_000)).rejects.toBe(REFUSED);
    await clock.advance(60_000);
    expect(server.requests).toHaveLength(1);
  });

  test('stops giving back when it is cleaned up, and closes the server', async () => {
    const { clock, server, locking } = await opened();
    server.failOnce(LOST);
    await expect(locking.tryLock('k', 60_000)).rejects.toBe(LOST);
    await locking.cleanup();
    await clock.advance(60_000);
    expect(server.requests).toHaveLength(1);
    expect(server.isClosed).toBe(true);
  });

  test.each<[string, Partial<ServerReply>, RegExp]>([
    ['no word on whether it was late', { isLate: undefined }, /whether it was late, not undefined/],
    ['no time', { nowMs: null }, /its clock must be epoch milliseconds, not null/],
    ['a time that is no number', { nowMs: Number.NaN }, /not NaN/],
    ['no answer', { answer: null }, /it must renew, or not, 1 locks, not undefined/],
    ['too few answers', { answer: { renewals: [], tokens: [] } }, /it must renew, or not, 1 locks/],
    ['a renewal that is neither', { answer: { renewals: ['OK'], tokens: [['1']] } }, /it must renew/],
    ['too many tokens', { answer: { renewals: [true], tokens: [['1', '2']] } }, /tokens, or not, for 1 attempts/],
    ['a token that is no number', { answer: { renewals: [true], tokens: [['x']] } }, /tokens, or not/],
    ['a token that is a number', { answer: { renewals: [true], tokens: [[1]] } }, /tokens, or not/],
  ])('takes a reply with %s for a lost one', async (_what, wrong, said) => {
    const { server, locking } = await opened();
    const held = await locking.tryLock('held', 60_000);
    const request = {
      releases: [],
      renewals: held === null ? [] : [held],
      attempts: [{ locks: [{ key: 'k', ttlMs: 60_000 }] }],
    };
    server.wrong = wrong;
    await expect(locking.exchange(request)).rejects.toThrow(said);
    server.wrong = {};
    expect(await locking.exchange(request)).toMatchObject({ renewals: [true], attempts: [[{ key: 'k' }]] });
    expect(server.requests.at(-1)?.releases).toMatchObject([{ key: 'k' }]);
  });

  test.each([null, Number.NaN, '5', -1])('is not opened on a server whose clock says %s', async (wallMs) => {
    const clock = new VirtualClock();
    const server = Object.assign(new FakeServer(clock), { wallMs: async () => wallMs });
    await expect(ServerLocking.open(server, clock)).rejects.toThrow('its clock must be epoch milliseconds');
  });

  test('keeps a bounded number of locks in doubt', async () => {
    const { server, locking } = await opened();
    server.wrong = { nowMs: null };
    const attempts = Array.from({ length: 1_500 }, (_, place) => ({ locks: [{ key: `${place}`, ttlMs: 60_000 }] }));
    await expect(locking.exchange({ releases: [], renewals: [], attempts })).rejects.toThrow('its clock');
    server.wrong = {};
    await locking.tryLock('k', 1_000);
    expect(server.requests.at(-1)?.releases).toHaveLength(1_000);
    await locking.cleanup();
  });
});
