import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { SqliteStore } from '../../../../src/backends/sqlite/sqlite-store.ts';
import type { KvRequest } from '../../../../src/machines/kv/kv-request.ts';
import { SystemClock } from '../../../../src/supervisor/clocks/system-clock.ts';
import type { StoreListener } from '../../../../src/supervisor/ports/store.ts';
import { registered } from '../../../support/ledger-entries.ts';
import { temporaryFolder } from '../../../support/scheduler-harness.ts';

const SESSION = { nodeId: 'node', incarnationId: 'first', atMs: 1_767_225_600_000 };
const SET: KvRequest = { kind: 'kv.set', space: 's', key: 'k', value: '1', owner: 'o', quotaBytes: 1_000 };
const GET: KvRequest = { kind: 'kv.get', space: 's', key: 'k' };

async function opened(path: string) {
  const retention = { maxRuns: 1_000, maxAgeMs: Number.POSITIVE_INFINITY };
  const store = new SqliteStore({ path, durability: 'relaxed', retention }, new SystemClock());
  const listener = { warned: () => {}, lacksState: () => {} } as unknown as StoreListener;
  const { schedules } = await store.open(SESSION, listener);
  return { store, schedules };
}

describe('the table of what plugins keep', () => {
  test('is added to a file of an earlier version, which keeps what it has', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const first = await opened(path);
    await first.store.write(registered(SESSION.atMs));
    await first.store.close(SESSION.atMs);
    const file = new DatabaseSync(path);
    file.exec('DROP TABLE kv; DROP TABLE audit; PRAGMA user_version = 2');
    file.close();

    const later = await opened(path);
    expect(later.schedules).toHaveLength(1);
    expect(await later.store.kv(SET)).toBe(true);
    expect(await later.store.kv(GET)).toBe('1');
    await later.store.close(SESSION.atMs);
  });

  test('gives its room back when rows are deleted by hand', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const first = await opened(path);
    const large = { ...SET, key: 'large', value: JSON.stringify('x'.repeat(900)) } as KvRequest;
    expect(await first.store.kv(large)).toBe(true);
    expect(await first.store.kv(SET)).toBe(true);
    expect(await first.store.kv({ ...large, key: 'more' } as KvRequest)).toBe(false);
    await first.store.close(SESSION.atMs);
    const file = new DatabaseSync(path);
    file.exec("DELETE FROM kv WHERE owner = 'o'");
    file.close();

    const later = await opened(path);
    expect(await later.store.kv(GET)).toBeNull();
    expect(await later.store.kv({ ...large, key: 'more' } as KvRequest)).toBe(true);
    await later.store.close(SESSION.atMs);
  });

  test('keeps many large changes at the same moment, in their order', async () => {
    const { store } = await opened(join(temporaryFolder(), 'store.db'));
    const values = Array.from({ length: 40 }, (_, index) => JSON.stringify(`${index}${'x'.repeat(200_000)}`));
    const quotaBytes = Number.POSITIVE_INFINITY;
    const written = values.map((value) => store.kv({ ...SET, value, quotaBytes } as KvRequest));
    expect(new Set(await Promise.all(written))).toEqual(new Set([true]));
    expect((await store.kv(GET)) === values.at(-1)).toBe(true);
    await store.close(SESSION.atMs);
  });
});
