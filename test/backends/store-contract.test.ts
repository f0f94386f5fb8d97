/** The contract of stores, on the memory store and the SQLite store. */
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MemoryStore } from '../../src/backends/memory/memory-store.ts';
import { SqliteStore } from '../../src/backends/sqlite/sqlite-store.ts';
import { Ledger } from '../../src/machines/ledger/ledger.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import type { StateStore } from '../../src/supervisor/ports/store.ts';
import {
  claimed,
  DECLARED,
  decided,
  KEY,
  moved,
  overlapAt,
  recordOf,
  registered,
  settled,
} from '../support/ledger-entries.ts';
import { temporaryFolder } from '../support/scheduler-harness.ts';

/** Where stores keep what outlives them. */
interface Place {
  open(): StateStore;
}

const PLACES: Record<string, () => Place> = {
  memory: () => {
    const ledger = new Ledger();
    return { open: () => new MemoryStore({ ledger }) };
  },
  sqlite: () => {
    const path = join(temporaryFolder(), 'store.db');
    const retention = { maxRuns: 1_000, maxAgeMs: Number.POSITIVE_INFINITY };
    return { open: () => new SqliteStore({ path, durability: 'relaxed', retention }, new SystemClock()) };
  },
};

const nothing = (): void => {};
const listener = {
  warned: nothing,
  lacksState: nothing,
  changed: nothing,
  conflicted: nothing,
  historyChanged: nothing,
  trusted: nothing,
  roster: nothing,
  clock: nothing,
  orphaned: nothing,
};

async function opened(place: Place, own: { atMs?: number; incarnationId?: string } = {}) {
  const store = place.open();
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (!isClosed) await store.close(1_000_000);
    isClosed = true;
  };
  onTestFinished(close);
  const { atMs = 0, incarnationId = 'first' } = own;
  const state = await store.open({ nodeId: 'node', incarnationId, atMs }, listener);
  return { store, state, close };
}

/** What the next store on the same place knows of the one schedule. */
async function reopened(place: Place, incarnationId = 'second') {
  const { state, close, store } = await opened(place, { incarnationId, atMs: 2_000_000 });
  return { schedule: state.schedules.find(({ key }) => key === KEY), openClaims: state.openClaims, close, store };
}

describe.each(Object.keys(PLACES))('a %s store', (name) => {
  const place = (): Place => (PLACES[name] as () => Place)();

  test('knows nothing at first, and a schedule as it was registered ever after', async () => {
    const here = place();
    const { store, state, close } = await opened(here);
    expect(state).toEqual({ schedules: [], openClaims: [] });
    await store.write(registered(100));
    await close();
    const { schedule } = await reopened(here);
    expect(schedule).toEqual({
      key: KEY,
      createdAtMs: 100,
      declared: DECLARED,
      cursorMs: 100,
      runCount: 0,
      dueCount: 0,
      outcomes: {},
      failuresInRow: 0,
    });
  });

  test('keeps what a known schedule has reached when it is registered again, and never lowers its cursor', async () => {
    const here = place();
    const { store, close } = await opened(here);
    await store.write(registered(100));
    await store.write(moved(500));
    await store.write(registered(300));
    await store.write(moved(400));
    await close();
    expect((await reopened(here)).schedule).toMatchObject({ createdAtMs: 100, cursorMs: 500 });
  });

  test('has a run open from its claim to its end', async () => {
    const here = place();
    const { store, close } = await opened(here);
    await store.write(registered(100));
    await store.write(claimed(recordOf('ended', 1_000)));
    await store.write(settled(recordOf('ended', 1_000)));
    await store.write(claimed(recordOf('open', 2_000)));
    expect((await store.openClaims()).map(({ runId }) => runId)).toEqual(['open']);
    await close();
    const { openClaims, schedule } = await reopened(here);
    expect(openClaims.map(({ runId }) => runId)).toEqual(['open']);
    expect(schedule).toMatchObject({ cursorMs: 2_000, dueCount: 2, outcomes: { succeeded: 1 } });
  });

  test('gives an occurrence away once, and a lost one once more when it is owed', async () => {
    const { store } = await opened(place());
    await store.write(registered(100));
    expect(await store.write(claimed(recordOf('a', 1_000)))).toEqual({ isTaken: true });
    expect(await store.write(claimed(recordOf('b', 1_000)))).toEqual({ isTaken: false });
    expect(await store.write(claimed(recordOf('earlier', 900)))).toEqual({ isTaken: false });
    expect(await store.write(claimed(recordOf('by-hand', 900, { trigger: 'manual' })))).toEqual({ isTaken: true });
    await store.write(settled(recordOf('a', 1_000, { outcome: 'lost' }), { isOwed: true }));
    expect(await store.write(claimed(recordOf('c', 1_000, { recoveryOf: 'a' })))).toEqual({ isTaken: true });
    expect(await store.write(claimed(recordOf('d', 1_000, { recoveryOf: 'a' })))).toEqual({ isTaken: false });
  });

  test('refuses the second of two claims that are written at the same time', async () => {
    const { store } = await opened(place());
    void store.write(registered(100));
    const both = [store.write(claimed(recordOf('a', 1_000))), store.write(claimed(recordOf('b', 1_000)))];
    expect(await Promise.all(both)).toEqual([{ isTaken: true }, { isTaken: false }]);
  });

  test('counts runs from the start of the scheduler, and everything else for ever', async () => {
    const here = place();
    const { store, close } = await opened(here);
    await store.write(registered(100));
    for (const [index, outcome] of (['succeeded', 'failed', 'failed'] as const).entries()) {
      const record = recordOf(`run-${index}`, 1_000 * (index + 1), { outcome });
      await store.write(claimed(record));
      await store.write(settled(record));
    }
    await close();
    const same = await reopened(here, 'first');
    expect(same.schedule).toMatchObject({ runCount: 3, dueCount: 3, failuresInRow: 2 });
    await same.close();
    const other = await reopened(here, 'second');
    const last = { runId: 'run-2', outcome: 'failed' };
    expect(other.schedule).toMatchObject({
      runCount: 0,
      dueCount: 3,
      outcomes: { succeeded: 1, failed: 2 },
      lastRun: last,
    });
    expect(other.schedule?.lastFailure).toMatchObject(last);
  });

  test('remembers a pause with its note, and forgets a schedule but not its history', async () => {
    const here = place();
    const { store, close } = await opened(here);
    await store.write(registered(100));
    const pause = { atMs: 200, note: 'maintenance', probeAtMs: 900 };
    await store.write({ kind: 'paused', key: KEY, pause });
    const record = recordOf('a', 1_000);
    await store.write(claimed(record));
    await store.write(settled(record));
    await close();
    const paused = await reopened(here);
    expect(paused.schedule?.pause).toEqual(pause);
    await paused.store.write({ kind: 'forgotten', key: KEY, atMs: 5_000 });
    await paused.close();
    const gone = await reopened(here);
    expect(gone.schedule).toBeUndefined();
    expect(await gone.store.history({ key: KEY })).toEqual([record]);
  });

  test('finds history by schedule, outcome, time and run, newest first, with what runs logged', async () => {
    const { store } = await opened(place());
    const log = [{ atMs: 1_001, level: 'info' as const, message: 'hello', fields: { n: 1 } }];
    const records = [
      recordOf('a', 1_000),
      recordOf('b', 2_000, { outcome: 'failed', error: { name: 'Error', message: 'no', stack: 'Error: no' } }),
      recordOf('c', 3_000, { key: 'other/one' }),
    ];
    for (const [index, record] of records.entries())
      await store.write(settled(record, { log: index === 0 ? log : [] }));
    const ids = async (query: Parameters<StateStore['history']>[0]) =>
      (await store.history(query)).map(({ runId }) => runId);
    expect(await ids({})).toEqual(['c', 'b', 'a']);
    expect(await ids({ key: KEY })).toEqual(['b', 'a']);
    expect(await ids({ outcome: 'failed' })).toEqual(['b']);
    expect(await ids({ since: 2_005, until: 3_005 })).toEqual(['b']);
    expect(await ids({ limit: 1 })).toEqual(['c']);
    expect(await store.history({ runId: 'b' })).toEqual([records[1]]);
    expect(await store.history({ runId: 'a', withLog: true })).toEqual([{ ...records[0], log }]);
  });

  test('merges an hour of overlaps into a handful of decisions, and knows every one of them', async () => {
    const { store } = await opened(place());
    await store.write(registered(0));
    for (let atMs = 1_000; atMs <= 3_600_000; atMs += 1_000) void store.write(decided(overlapAt(atMs)));
    const seen = new Set<number>();
    for (let atMs = 1_000; atMs <= 3_600_000; atMs += 60_000) {
      const { decision } = await store.facts(KEY, atMs);
      expect(decision).toMatchObject({ outcome: 'overlap' });
      seen.add(decision?.fromMs ?? 0);
    }
    expect(seen.size).toBeLessThan(5);
  });

  test('knows when a supervisor was running', async () => {
    const here = place();
    const { store, close } = await opened(here, { atMs: 10 });
    await store.beat(700);
    await close();
    const { store: next } = await opened(here, { incarnationId: 'second', atMs: 2_000_000 });
    expect((await next.facts(KEY, 0)).sessions).toEqual([
      { nodeId: 'node', incarnationId: 'first', startedAtMs: 10, seenAtMs: 1_000_000, stoppedAtMs: 1_000_000 },
      { nodeId: 'node', incarnationId: 'second', startedAtMs: 2_000_000, seenAtMs: 2_000_000 },
    ]);
  });

  test('counts every write as a sign of life', async () => {
    const { store } = await opened(place());
    await store.write(registered(100));
    const record = recordOf('a', 1_000);
    await store.write(claimed(record));
    await store.write(settled(record));
    await store.write(decided(overlapAt(7_000)));
    const { sessions } = await store.facts(KEY, 1_000);
    expect(sessions.map(({ seenAtMs }) => seenAtMs)).toEqual([overlapAt(7_000).atMs]);
  });

  test('knows how a schedule was declared at any time, and what happened in its life', async () => {
    const { store } = await opened(place());
    const changed = { ...DECLARED, cron: '2s' };
    await store.write(registered(100));
    await store.write(registered(200, { declared: changed }));
    await store.write(registered(300, { declared: { ...changed, isEnabled: false } }));
    await store.write({ kind: 'faulted', key: KEY, atMs: 400, note: 'stuck' });
    const { life } = await store.facts(KEY, 0);
    expect(life.map(({ kind, atMs }) => [kind, atMs])).toEqual([
      ['faulted', 400],
      ['disabled', 300],
      ['changed', 200],
      ['registered', 100],
    ]);
    expect(life[2]?.declared).toEqual(changed);
  });
});
