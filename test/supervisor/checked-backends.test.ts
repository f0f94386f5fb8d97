import { describe, expect, test } from 'vitest';
import type { KvRequest } from '../../src/machines/kv/kv-request.ts';
import { checkedLocking, checkedStore } from '../../src/supervisor/checked-backends.ts';
import type { LockingPlugin } from '../../src/supervisor/ports/locking.ts';
import type { StateStore, StoreListener } from '../../src/supervisor/ports/store.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

// What follows is wrong on purpose, as a backend that is written in JavaScript may be.
const answering = (method: string, answer: unknown) => ({ name: 'own', [method]: async () => answer }) as never;
const clock = new VirtualClock();
const handle = { key: 'p/s', lockId: 'l', ttlMs: 1_000 };

describe('a lock backend of the user', () => {
  test.each<[keyof LockingPlugin, unknown]>([
    ['tryLock', undefined],
    ['tryLock', true],
    ['tryLock', { ...handle, ttlMs: Number.NaN }],
    ['tryLock', { ...handle, fencingToken: 5 }],
    ['renew', undefined],
    ['renew', 1],
    ['exchange', { renewals: [], attempts: [] }],
    ['exchange', { renewals: [true], attempts: [[{}]] }],
    ['announce', { nodeIds: 'all', nowMs: 1 }],
    ['announce', { nodeIds: [], nowMs: '1' }],
    ['announce', { nodeIds: [], nowMs: 1, groups: { a: 1 }, isGroupKnown: true }],
    ['announce', { nodeIds: [], nowMs: 1, groups: {} }],
    ['readGroup', undefined],
    ['readGroup', [1]],
  ])('fails when it answers %s() with nonsense', async (method, answer) => {
    const locking = checkedLocking(answering(method, answer)) as unknown as Record<string, (arg: unknown) => unknown>;
    const request = { releases: [], renewals: [handle], attempts: [{ locks: [] }] };
    await expect(locking[method]?.(request)).rejects.toThrow(`"own" answered ${method}() with`);
  });

  test('is believed when its answer is right', async () => {
    expect(await checkedLocking(answering('tryLock', handle)).tryLock('p/s', 1)).toEqual(handle);
    expect(await checkedLocking(answering('tryLock', null)).tryLock('p/s', 1)).toBeNull();
    expect(await checkedLocking(answering('renew', false)).renew(handle)).toBe(false);
  });

  test.each([
    [[{ code: 'c', message: 'm' }], [{ code: 'c', message: 'm' }]],
    [[{ code: 'c' }], undefined],
    ['all is well', undefined],
    [undefined, undefined],
  ])('warns of what makes sense only: %j', (warnings, heard) => {
    expect(checkedLocking({ name: 'own', warnings } as unknown as LockingPlugin).warnings).toEqual(heard);
  });

  test('fails when it throws instead of rejecting, and lacks what it lacked before', async () => {
    const thrower = { name: 'own', renew: () => expect.fail('not today') } as unknown as LockingPlugin;
    const locking = checkedLocking(thrower);
    await expect(locking.renew(handle)).rejects.toThrow('not today');
    expect(locking).not.toHaveProperty('exchange');
    expect(locking).not.toHaveProperty('readGroup');
  });
});

describe('a store of the user', () => {
  const foreign = Object.assign([], { constructor: { [Symbol.species]: 5 } });
  test.each<[keyof StateStore, unknown]>([
    ['open', { schedules: [{ key: 'p/s', cursorMs: 'x' }], openClaims: [] }],
    ['open', { schedules: [null], openClaims: [] }],
    ['open', undefined],
    ['write', {}],
    ['openClaims', [{ runId: 'r' }]],
    ['openClaims', foreign],
    ['history', 'all'],
    ['facts', null],
    ['announceGroup', { groups: null, isGroupKnown: true }],
    ['announceGroup', { groups: {} }],
    ['readGroup', 'all'],
  ])('fails when it answers %s() with nonsense', async (method, answer) => {
    const heedsGroups = { announceGroup: async () => answer, readGroup: async () => answer };
    const own: object = answering(method, answer);
    const store = checkedStore({ ...heedsGroups, ...own } as never, clock) as unknown as Record<string, () => unknown>;
    await expect(store[method]?.()).rejects.toThrow(`"own" answered ${method}() with`);
  });

  test.each<[KvRequest['kind'], unknown]>([
    ['kv.get', undefined],
    ['kv.get', { n: 1 }],
    ['kv.set', undefined],
    ['kv.set', 'written'],
    ['kv.delete', 1],
    ['kv.list', 'a'],
    ['kv.list', [1]],
    ['kv.list', foreign],
  ])('fails when it answers %s with nonsense', async (kind, answer) => {
    const store = checkedStore(answering('kv', answer), clock);
    await expect(store.kv?.({ kind } as KvRequest)).rejects.toThrow('"own" answered kv() with');
  });

  test('that keeps what plugins keep is believed when its answer is right, and one that does not, does not', async () => {
    const right = [
      ['kv.get', null],
      ['kv.get', '1'],
      ['kv.set', false],
      ['kv.delete', true],
      ['kv.list', ['a']],
    ] as const;
    for (const [kind, answer] of right) {
      expect(await checkedStore(answering('kv', answer), clock).kv?.({ kind } as KvRequest)).toEqual(answer);
    }
    expect(checkedStore({ name: 'own' } as never, clock).kv).toBeUndefined();
  });

  test.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['no claims', () => [{ runId: 'r' }]],
    ['an exception', () => expect.fail('thrown')],
  ])('has seen no runs when it answers seenClaims() with %s', (_, seenClaims) => {
    expect(checkedStore({ name: 'own', seenClaims } as never, clock).seenClaims?.()).toEqual([]);
  });

  test('that has seen runs says so, and one that cannot see them does not', () => {
    const draft = { runId: 'r', key: 'p/s', scheduledAtMs: 1, dueAtMs: 1, trigger: 'clock' };
    const claims = [{ runId: 'r', key: 'p/s', nodeId: 'b', claimedAtMs: 1, draft }];
    expect(checkedStore({ name: 'own', seenClaims: () => claims } as never, clock).seenClaims?.()).toEqual(claims);
    expect(checkedStore({ name: 'own' } as never, clock).seenClaims).toBeUndefined();
  });

  test.each(['write', 'beat', 'openClaims', 'history', 'facts', 'kv'] as const)(
    'fails when it does not answer %s()',
    async (method) => {
      const hung = checkedStore({ name: 'own', [method]: () => new Promise(() => {}) } as never, clock);
      const call = (hung as unknown as Record<string, () => Promise<unknown>>)[method]?.() ?? Promise.resolve();
      const askedAtMs = clock.nowMs();
      const refused = expect(clock.advanceUntil(call)).rejects.toThrow('store "own" did not answer for 20 s');
      await refused;
      expect(clock.nowMs() - askedAtMs).toBe(20_000);
    },
  );

  test('is not heard when it reports nonsense, and that is a warning', async () => {
    let reported: StoreListener | undefined;
    const heard: string[] = [];
    const store = {
      name: 'own',
      open: async (_: unknown, listener: StoreListener) => {
        reported = listener;
        return { schedules: [], openClaims: [] };
      },
    } as unknown as StateStore;
    await checkedStore(store, clock).open({} as never, {
      warned: ({ code }) => void heard.push(code),
      lacksState: () => void heard.push('lacksState'),
      changed: () => void heard.push('changed'),
      conflicted: () => void heard.push('conflicted'),
      historyChanged: () => void heard.push('historyChanged'),
      trusted: () => void heard.push('trusted'),
      roster: () => void heard.push('roster'),
      clock: () => void heard.push('clock'),
      orphaned: () => void heard.push('orphaned'),
    });
    reported?.trusted(Number.NaN);
    reported?.changed([null] as never);
    reported?.orphaned('all' as never);
    reported?.trusted(5);
    expect(heard).toEqual(['store-report-dropped', 'store-report-dropped', 'store-report-dropped', 'trusted']);
  });
});
