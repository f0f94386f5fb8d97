/** News of exchanges in virtual time: what shows that a session is dead, and what a node does then. */
import { describe, expect, test } from 'vitest';
import type { LockExchange } from '../../../src/supervisor/ports/locking.ts';
import { Ear } from '../../support/servers/listening-nodes.ts';
import { LOST, opened } from './fake-server.ts';

const claim = (key: string): LockExchange => ({
  releases: [],
  renewals: [],
  attempts: [{ locks: [{ key, ttlMs: 60_000, occurrence: { of: 'k', atMs: 5 } }] }],
  isTold: true,
});

async function listening() {
  const { clock, server, locking } = await opened();
  const ear = Ear.of(locking);
  await clock.advance(0);
  return { clock, server, locking, ear };
}

describe('A node that listens', () => {
  test('hears others once its trial has come back, and never itself', async () => {
    const { server, locking, ear } = await listening();
    expect([ear.changes, server.trials]).toEqual([[true], 1]);
    await locking.exchange(claim('own'));
    server.say(JSON.stringify({ by: 'another', no: 1, claimed: ['theirs'], wanted: [] }));
    expect(ear.news).toEqual([{ claimed: ['theirs'], wanted: [] }]);
  });

  test('does not take its claim for that of another when the answer was lost', async () => {
    const { server, locking, ear } = await listening();
    server.failOnce(LOST);
    await expect(locking.exchange(claim('own'))).rejects.toBe(LOST);
    expect(ear.news).toEqual([]);
  });

  test('does not count as hearing while no trial comes back, and tries again after pauses that grow', async () => {
    const { clock, server, locking } = await opened();
    server.carries = false;
    const ear = Ear.of(locking);
    await clock.advance(10_000);
    const early = server.sessions;
    await clock.advance(300_000);
    expect(early).toBeGreaterThanOrEqual(4);
    expect(server.sessions - early).toBeLessThan(25);
    expect(ear.changes).toEqual([]);
    server.carries = true;
    await clock.advance(33_000);
    expect(ear.changes).toEqual([true]);
  });

  test('takes its session for dead when its own news do not come back, and makes another', async () => {
    const { clock, server, locking, ear } = await listening();
    server.carries = false;
    await locking.exchange(claim('k'));
    await clock.advance(2_999);
    expect(ear.changes).toEqual([true]);
    await clock.advance(1);
    expect(ear.changes).toEqual([true, false]);
    server.carries = true;
    // The trial of the session that was made at once is lost, too.
    await clock.advance(3_100);
    expect(ear.changes).toEqual([true, false, true]);
    await locking.exchange(claim('k'));
    await clock.advance(29_000);
    expect([ear.changes.length, server.sessions]).toEqual([3, 3]);
  });

  test('expects nothing back of what was not said', async () => {
    const { clock, server, locking, ear } = await listening();
    server.carries = false;
    server.speaks = false;
    await locking.exchange(claim('k'));
    server.speaks = true;
    await locking.exchange({ ...claim('k'), isTold: false });
    await locking.tryLock('k', 1_000);
    server.failOnce(LOST);
    await expect(locking.exchange(claim('k'))).rejects.toBe(LOST);
    await clock.advance(20_000);
    expect(ear.changes).toEqual([true]);
  });

  test('tries its session when nothing was heard for long', async () => {
    const { clock, server, ear } = await listening();
    for (let count = 0; count < 5; count += 1) {
      await clock.advance(15_000);
      server.say('something');
    }
    expect(server.trials).toBe(1);
    await clock.advance(60_000);
    expect(server.trials).toBeGreaterThan(1);
    expect(ear.changes).toEqual([true]);
    server.carries = false;
    await clock.advance(63_000);
    expect(ear.changes).toEqual([true, false]);
  });

  test('makes its session again when that is lost', async () => {
    const { clock, server, ear } = await listening();
    server.ears?.lost();
    expect(ear.changes).toEqual([true, false]);
    await clock.advance(0);
    expect(ear.changes).toEqual([true, false, true]);
  });

  test('reports nothing, and leaves no timer, once it is cleaned up', async () => {
    const { clock, server, locking, ear } = await listening();
    server.carries = false;
    await locking.exchange(claim('k'));
    await locking.cleanup();
    await clock.advance(120_000);
    expect([ear.changes, server.ears, server.sessions, server.trials]).toEqual([[true], null, 1, 1]);
  });
});

describe('An exchange', () => {
  test('with nothing in it that could be news is sent without', async () => {
    const { server, locking } = await opened();
    const attempts = [{ locks: [{ key: 'k', ttlMs: 1_000 }] }];
    await locking.exchange({ ...claim('k'), attempts });
    await locking.exchange({ ...claim('k'), attempts: [...attempts, { ...attempts[0], locks: [], isWaiting: true }] });
    expect(server.requests.map(({ news }) => news?.waiting)).toEqual([undefined, [1]]);
  });

  test('that is only a sign of life reaches the server', async () => {
    const { server, locking } = await opened();
    const sign = { nodeId: 'a', ttlMs: 1_000 };
    const { roster } = await locking.exchange({ releases: [], renewals: [], attempts: [], sign });
    expect(roster).toEqual({ nodeIds: ['a'], groups: {}, isGroupKnown: false });
    expect(server.requests).toMatchObject([{ sign }]);
  });

  test.each<[string, object, RegExp]>([
    ['no word on whether it has said anything', { isTold: 'yes' }, /it must say whether it has published anything/],
    ['no roster', { roster: undefined }, /it must list the ids of nodes, with "a"/],
    ['a roster without the node', { roster: { nodeIds: ['b'], groups: {}, isGroupKnown: true } }, /with "a"/],
    ['groups that are none', { roster: { nodeIds: ['a'], groups: 7, isGroupKnown: true } }, /the groups of nodes/],
    ['no word on the group', { roster: { nodeIds: ['a'], groups: {} } }, /whether it knows the group/],
  ])('that is answered with %s has failed, and its locks are given back', async (_what, wrong, said) => {
    const { server, locking } = await opened();
    const right = {
      renewals: [],
      tokens: [['7']],
      isTold: true,
      roster: { nodeIds: ['a'], groups: {}, isGroupKnown: true },
    };
    server.wrong = { answer: { ...right, ...wrong } };
    const request = { ...claim('k'), sign: { nodeId: 'a', ttlMs: 1_000 } };
    await expect(locking.exchange(request)).rejects.toThrow(said);
    server.wrong = {};
    await locking.tryLock('other', 1_000);
    expect(server.requests.at(-1)?.releases).toMatchObject([{ key: 'k' }]);
    await locking.cleanup();
  });
});
