/** The kit for stores: ours pass it, wrong ones do not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryStore } from '../../../src/backends/memory/memory-store.ts';
import { openPostgresStore } from '../../../src/backends/postgres/postgres-store.ts';
import { SharedStore } from '../../../src/backends/shared-store/shared-store.ts';
import { SqliteStore } from '../../../src/backends/sqlite/sqlite-store.ts';
import { Ledger } from '../../../src/machines/ledger/ledger.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import type { StateStore } from '../../../src/supervisor/ports/store.ts';
import { DistantBackend } from '../../../src/testing/cluster/distant-backend.ts';
import { SharedMemory } from '../../../src/testing/cluster/shared-memory.ts';
import { type StoreFactory, storeConformance } from '../../../src/testing/index.ts';
import { needsPooler, needsPostgres } from '../../support/servers/needs.ts';
import { Pooler } from '../../support/servers/pooler.ts';
import { PostgresServer } from '../../support/servers/postgres-server.ts';
import { describeWith } from '../../support/servers/requirement.ts';

/** The kit writes of 1970, which must not be pruned meanwhile. */
const FOR_EVER = { maxAgeMs: Number.POSITIVE_INFINITY };
const clock = new SystemClock();
/** Every call arrives. */
const link = {
  call: async <T>(work: () => T | Promise<T>): Promise<T> => work(),
  hear: (deliver: () => void) => clock.defer(deliver),
};

function sharing(memory = new SharedMemory(clock)): () => SharedStore {
  return () => new SharedStore(new DistantBackend(clock, memory, link), clock, { nodeTtlMs: 2_000 });
}

function inMemory(): () => MemoryStore {
  const ledger = new Ledger();
  return () => new MemoryStore({ ledger });
}

/** The right store, with some of its methods replaced. */
function wrong(open: () => StateStore, change: (right: StateStore) => Partial<StateStore>): StoreFactory {
  return () => {
    const right = open();
    const changed = change(right);
    return new Proxy(right, {
      get: (target, name) => {
        const value: unknown = Reflect.get(name in changed ? changed : target, name);
        return typeof value === 'function' ? value.bind(name in changed ? changed : target) : value;
      },
    });
  };
}

describe('the memory store', () => {
  for (const { name, run } of storeConformance(inMemory())) test(name, run);
});

describe('the SQLite store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const options = { path: join(folder, 'store.db'), durability: 'relaxed' as const };
  const retention = { maxRuns: 100_000, maxAgeMs: Number.POSITIVE_INFINITY };
  for (const { name, run } of storeConformance(() => new SqliteStore({ ...options, retention }, clock)))
    test(name, run);
});

describe('a store that nodes share', () => {
  for (const { name, run } of storeConformance(sharing())) test(name, run);
});

describeWith(needsPostgres())('the Postgres store', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);
  afterAll(() => server.stop());
  const open = (connectionString: string): Promise<StateStore> =>
    openPostgresStore({ connectionString, nodeTtlMs: 2_000, retention: FOR_EVER }, clock);

  for (const { name, run } of storeConformance(() => open(server.connectionString))) test(name, run);

  describeWith(needsPooler())('behind a pooler in transaction mode', () => {
    let pooler: Pooler;
    beforeAll(async () => {
      pooler = await Pooler.start(server);
    });
    afterAll(() => pooler.stop());
    for (const { name, run } of storeConformance(() => open(pooler.connectionString))) test(name, run);
  });
});

const WRONG: Record<string, readonly [StoreFactory, RegExp]> = {
  'lets a cursor fall': [
    wrong(inMemory(), (right) => ({
      open: async (session, listener) => {
        const state = await right.open(session, listener);
        return { ...state, schedules: state.schedules.map((each) => ({ ...each, cursorMs: 400 })) };
      },
    })),
    /a cursor has fallen/,
  ],
  'forgets everything at its end': [() => new MemoryStore({ ledger: new Ledger() }), /is not as it was registered/],
  'loses what runs logged': [
    wrong(inMemory(), (right) => ({
      write: (entry) =>
        right.write(entry.kind === 'settled' ? { ...entry, settled: { ...entry.settled, log: [] } } : entry),
    })),
    /the log of a run is not as it was settled/,
  ],
  'keeps runs under way for ever': [
    wrong(sharing(), (right) => ({ openClaims: async () => (await right.openClaims()).slice(0, 0) })),
    /runs under way are not the ones/,
  ],
  'shows history oldest first': [
    wrong(inMemory(), (right) => ({ history: async (query) => (await right.history(query)).toReversed() })),
    /not newest first/,
  ],
  'does not compare claims with how things stand': [
    wrong(sharing(), (right) => ({
      write: async (entry) => {
        const answer = await right.write(entry);
        return entry.kind === 'claimed' ? { fencingToken: '1', ...answer, isTaken: true } : answer;
      },
    })),
    /nodes got one occurrence/,
  ],
  'takes decisions that come too late': [
    wrong(sharing(), (right) => ({
      write: (entry) => {
        if (entry.kind !== 'decided') return right.write(entry);
        const { basis: _, ...late } = entry;
        return right.write(late);
      },
    })),
    /a decision is taken that was planned where/,
  ],
  'sorts keys as JavaScript does': [
    wrong(inMemory(), (right) => ({
      kv: async (request) => {
        const answer = await (right as Required<StateStore>).kv(request);
        return Array.isArray(answer) ? answer.toSorted() : answer;
      },
    })),
    /not in the order of code points/,
  ],
  'knows no quota': [
    wrong(sharing(), (right) => ({
      kv: (request) =>
        (right as Required<StateStore>).kv(
          request.kind === 'kv.set' ? { ...request, quotaBytes: Number.POSITIVE_INFINITY } : request,
        ),
    })),
    /an entry that does not fit is taken/,
  ],
  'mixes up the spaces of plugins': [
    wrong(inMemory(), (right) => ({
      kv: (request) => (right as Required<StateStore>).kv({ ...request, space: 'common' }),
    })),
    /a space sees an entry of another one/,
  ],
  'goes by another clock than it says': [
    wrong(sharing(), () => ({ readClock: async () => 1 })),
    /a claim of the future is granted/,
  ],
  'does not count fencing tokens up': [
    wrong(sharing(), (right) => ({
      write: async (entry) => ({ ...(await right.write(entry)), fencingToken: '7' }),
    })),
    /fencing tokens do not grow/,
  ],
};

describe('a store that', () => {
  test.each(Object.entries(WRONG))('%s fails, with the reason', async (_what, [factory, said]) => {
    const reasons: string[] = [];
    for (const { run } of storeConformance(factory)) await run().catch((error: Error) => reasons.push(error.message));
    expect(reasons.join('\n')).toMatch(said);
  });
});
