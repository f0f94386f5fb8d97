import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../../src/backends/memory/memory-store.ts';
import { Ledger } from '../../../src/machines/ledger/ledger.ts';
import type { StateStore } from '../../../src/supervisor/ports/store.ts';
import { CallBench } from '../../support/call-bench.ts';

const SHARED = { permissions: { kvNamespaces: ['common'] } };

describe('kv', () => {
  test('keeps JSON of any kind, and answers null for what it does not have', async () => {
    const bench = new CallBench();
    for (const value of [null, true, -0.5, 'ü 🔒 \u0000', [1, [2]], { a: { b: [] } }]) {
      expect(await bench.call({}, 'kv.set', null, 'k', value)).toBeNull();
      expect(await bench.call({}, 'kv.get', null, 'k')).toEqual(value);
    }
    expect(await bench.call({}, 'kv.delete', null, 'k')).toBe(true);
    expect(await bench.call({}, 'kv.delete', null, 'k')).toBe(false);
    expect(await bench.call({}, 'kv.get', null, 'k')).toBeNull();
  });

  test('lists keys in pages, and says where the next one begins', async () => {
    const bench = new CallBench();
    for (const key of ['b', 'a2', 'a1', 'a3']) await bench.call({}, 'kv.set', null, key, 1);
    expect(await bench.call({}, 'kv.list', null, 'a', null, 2)).toEqual({ keys: ['a1', 'a2'], next: 'a2' });
    expect(await bench.call({}, 'kv.list', null, 'a', 'a2', 2)).toEqual({ keys: ['a3'], next: null });
    expect(await bench.call({}, 'kv.list', null)).toEqual({ keys: ['a1', 'a2', 'a3', 'b'], next: null });
    expect(await bench.call({}, 'kv.list', null, 'z')).toEqual({ keys: [], next: null });
  });

  test('keeps plugins, tenants, sites and namespaces apart', async () => {
    const bench = new CallBench();
    const places = [
      {},
      { plugin: 'other' },
      { tenantId: 'a' },
      { tenantId: 'b' },
      { tenantId: 'a', siteId: 's' },
      { siteId: 'a' },
    ].map((place) => ({ ...place, ...SHARED }));
    for (const [index, place] of places.entries()) {
      await bench.call(place, 'kv.set', null, 'k', `own ${index}`);
      await bench.call(place, 'kv.set', 'common', 'k', `common ${index}`);
    }
    for (const [index, place] of places.entries()) {
      expect(await bench.call(place, 'kv.get', null, 'k')).toBe(`own ${index}`);
      expect(await bench.call(place, 'kv.list', null)).toEqual({ keys: ['k'], next: null });
    }
    // Only the first two are of the same tenant and site.
    expect(await bench.call(places[0] as object, 'kv.get', 'common', 'k')).toBe('common 1');
    expect(await bench.call(places[4] as object, 'kv.get', 'common', 'k')).toBe('common 4');
  });

  test('is not reached by a plugin that was not granted the namespace', async () => {
    const bench = new CallBench();
    await bench.call({ plugin: 'a', ...SHARED }, 'kv.set', 'common', 'k', 1);
    const calls = { 'kv.get': ['k'], 'kv.set': ['k', 1], 'kv.delete': ['k'], 'kv.list': [] };
    for (const [name, args] of Object.entries(calls)) {
      await expect(bench.call({ plugin: 'b' }, name, 'common', ...args)).rejects.toMatchObject({
        code: 'ERR_ESCAPEMENT_CALL_DENIED',
        message: `${name}: the plugin was not granted the namespace "common" (permissions.kvNamespaces).`,
      });
    }
  });

  test("refuses what does not fit into the quota, in all of the plugin's spaces together", async () => {
    const bench = new CallBench();
    const run = { permissions: { kvNamespaces: ['common'], storageQuotaKb: 1 } };
    await bench.call(run, 'kv.set', null, 'a', 'x'.repeat(497));
    await bench.call(run, 'kv.set', 'common', 'b', 'x'.repeat(497));
    await expect(bench.call(run, 'kv.set', null, 'c', 'x'.repeat(98))).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_CALL_LIMIT',
      message: "kv.set: its 101 bytes do not fit into what is left of the plugin's 1 KiB (permissions.storageQuotaKb).",
    });
    expect(await bench.call(run, 'kv.get', null, 'c')).toBeNull();
    await bench.call({ ...run, tenantId: 'another' }, 'kv.set', null, 'c', 'x'.repeat(98));
    await bench.call(run, 'kv.delete', 'common', 'b');
    await bench.call(run, 'kv.set', null, 'c', 'x'.repeat(98));
  });

  test('has room for a mebibyte by default, for each tenant', async () => {
    const bench = new CallBench();
    const large = 'x'.repeat(255 * 1_024);
    for (const key of ['a', 'b', 'c', 'd']) await bench.call({}, 'kv.set', null, key, large);
    await expect(bench.call({}, 'kv.set', null, 'e', large)).rejects.toMatchObject({
      message: expect.stringContaining("the plugin's 1024 KiB"),
    });
    await bench.call({ tenantId: 't' }, 'kv.set', null, 'e', large);
  });

  test('gives parallel runs of a plugin one quota', async () => {
    const bench = new CallBench();
    const permissions = { storageQuotaKb: 1 };
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        bench.call({ runId: `run-${index % 4}`, permissions }, 'kv.set', null, `k${index}`, 'x'.repeat(97)),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });
});

/** A store that answers `kv` as the test says. */
function storeWith(kv: StateStore['kv']): StateStore {
  const right = new MemoryStore({ ledger: new Ledger() });
  return Object.assign(right, { kv });
}

describe('kv on a store that fails', () => {
  test.each<[string, StateStore['kv'], string]>([
    ['rejects', () => Promise.reject(new Error('disk full.')), 'kv.set: store "memory" failed: disk full.'],
    [
      'throws',
      () => {
        throw new TypeError('no');
      },
      'kv.set: store "memory" failed: no.',
    ],
    ['keeps nothing', undefined, 'kv.set: store "memory" keeps nothing for plugins: it has no method kv.'],
  ])('says so when it %s', async (_what, kv, message) => {
    await expect(new CallBench(storeWith(kv)).call({}, 'kv.set', null, 'k', 1)).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_CALL_FAILED',
      message,
    });
  });

  test('is asked once', async () => {
    let count = 0;
    const bench = new CallBench(
      storeWith(async () => {
        count += 1;
        throw new Error('no');
      }),
    );
    await expect(bench.call({}, 'kv.get', null, 'k')).rejects.toThrow();
    await bench.clock.advance(120_000);
    expect(count).toBe(1);
  });

  test('is given up when it does not answer', async () => {
    const bench = new CallBench(storeWith(() => new Promise(() => {})));
    const asked = expect(bench.call({}, 'kv.get', null, 'k')).rejects.toThrow(
      'kv.get: store "memory" failed: it did not answer for 15 s.',
    );
    await bench.clock.advance(15_000);
    await asked;
  });

  test('says which entry is not JSON, and takes a new one', async () => {
    const bench = new CallBench();
    const space = JSON.stringify(['reports', null, null]);
    await bench.store.kv?.({ kind: 'kv.set', space, key: 'k', value: '{"a', owner: 'x', quotaBytes: 1_000 });
    await expect(bench.call({}, 'kv.get', null, 'k')).rejects.toThrow(
      'kv.get: what store "memory" has under this key is not JSON: set it again.',
    );
    await bench.call({}, 'kv.set', null, 'k', 1);
    expect(await bench.call({}, 'kv.get', null, 'k')).toBe(1);
  });
});
