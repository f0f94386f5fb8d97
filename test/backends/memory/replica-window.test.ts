import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../../src/backends/memory/memory-store.ts';
import type { KvSet } from '../../../src/machines/kv/kv-request.ts';
import { Ledger } from '../../../src/machines/ledger/ledger.ts';

const MEBIBYTE = 'x'.repeat(1_024 * 1_024);

function setOf(key: string): KvSet {
  return { kind: 'kv.set', space: 's', key, value: MEBIBYTE, owner: 's', quotaBytes: Number.POSITIVE_INFINITY };
}

/** A store whose host hears nothing until the test says so, and how many changes the store has made. */
function storeOfBlockedHost() {
  const sent: unknown[] = [];
  const asked: PromiseWithResolvers<void>[] = [];
  const store = new MemoryStore({
    ledger: new Ledger(),
    onEntry: (entry) => sent.push(entry),
    whenHeard: () => {
      const question = Promise.withResolvers<void>();
      asked.push(question);
      return question.promise;
    },
  });
  return { store, sent, asked };
}

describe('what plugins keep in memory', () => {
  test('is sent to the host in bounded amounts: while the host hears nothing, more of it waits', async () => {
    const { store, sent, asked } = storeOfBlockedHost();
    for (let count = 0; count < 32; count += 1) await store.kv(setOf(`k${count}`));
    const waiting = [store.kv(setOf('late')), store.kv(setOf('later'))];
    const isReadable = await store.kv({ kind: 'kv.get', space: 's', key: 'k0' });
    expect(isReadable).toBe(MEBIBYTE);
    expect(sent).toHaveLength(32);
    expect(asked).toHaveLength(1);
    asked[0]?.resolve();
    expect(await Promise.all(waiting)).toEqual([true, true]);
    expect(sent).toHaveLength(34);
  });

  test('goes on when the host refuses to say what it has heard', async () => {
    const { store, sent, asked } = storeOfBlockedHost();
    for (let count = 0; count < 32; count += 1) await store.kv(setOf(`k${count}`));
    const waiting = store.kv(setOf('late'));
    asked[0]?.reject(new Error('no such function'));
    expect(await waiting).toBe(true);
    expect(sent).toHaveLength(33);
  });

  test('is not sent when nothing has changed', async () => {
    const { store, sent } = storeOfBlockedHost();
    expect(await store.kv({ ...setOf('k'), quotaBytes: 10 })).toBe(false);
    expect(await store.kv({ kind: 'kv.delete', space: 's', key: 'k' })).toBe(false);
    expect(sent).toEqual([]);
  });
});
