/**
 * The store that nodes share, on a real Postgres behind a line that fails: each occurrence is claimed once, every call
 * settles, and the same store works again afterwards.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openPostgresStore } from '../../src/backends/postgres/postgres-store.ts';
import type { PlanBasis } from '../../src/machines/run.ts';
import type { Claim } from '../../src/machines/schedule-entries.ts';
import type { ScheduleState } from '../../src/machines/schedule-state.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import type { StateStore } from '../../src/supervisor/ports/store.ts';
import { claimed, recordOf, registered, settled } from '../support/ledger-entries.ts';
import { needsPostgres } from '../support/servers/needs.ts';
import { PostgresServer } from '../support/servers/postgres-server.ts';
import { describeWith } from '../support/servers/requirement.ts';
import { TcpProxy } from '../support/servers/tcp-proxy.ts';

const clock = new SystemClock();

/** One node that works off a schedule, with what it knows and what it was granted. */
class Node {
  readonly key: string;
  readonly nodeId = randomUUID();
  readonly granted: number[] = [];
  readonly orphaned: Claim[] = [];
  readonly #store: StateStore;
  #known: PlanBasis = { cursorMs: 0 };

  constructor(store: StateStore, key: string) {
    this.#store = store;
    this.key = key;
  }

  async open(): Promise<void> {
    const nothing = (): void => {};
    await this.#store.open(
      { nodeId: this.nodeId, incarnationId: this.nodeId, atMs: 0 },
      {
        warned: nothing,
        lacksState: nothing,
        conflicted: nothing,
        historyChanged: nothing,
        trusted: nothing,
        roster: nothing,
        clock: nothing,
        changed: (states) => this.#learn(states),
        orphaned: (claims) => this.orphaned.push(...claims),
      },
    );
    await this.#store.write(registered(0, { key: this.key }));
  }

  /** Claims what comes next and settles it; false when the other node has it, or nobody knows. */
  async work(): Promise<boolean> {
    const basis = this.#known;
    const atMs = basis.cursorMs + 1_000;
    const record = recordOf(randomUUID(), atMs, { key: this.key, nodeId: this.nodeId });
    const { isTaken } = await Promise.resolve(this.#store.write(claimed(record, basis))).catch(() => ({
      isTaken: false,
    }));
    if (!isTaken) return false;
    this.granted.push(atMs);
    this.#known = { cursorMs: atMs };
    await Promise.resolve(this.#store.write(settled(record))).catch(() => {});
    return true;
  }

  async close(): Promise<void> {
    await this.#store.close(1_000_000);
  }

  #learn(states: readonly ScheduleState[]): void {
    const own = states.find(({ key }) => key === this.key);
    if (own !== undefined) this.#known = { cursorMs: own.cursorMs };
  }
}

describeWith(needsPostgres())('the Postgres store', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);

  afterAll(() => server.stop());

  async function behindProxy() {
    const proxy = await TcpProxy.open(server.port);
    const connectionString = `postgres://postgres@127.0.0.1:${proxy.port}/postgres`;
    const key = `p/${randomUUID()}`;
    const stores = [
      await openPostgresStore({ connectionString }, clock),
      await openPostgresStore({ connectionString: server.connectionString }, clock),
    ];
    const [near, far] = stores.map((store) => new Node(store, key)) as [Node, Node];
    await near.open();
    await far.open();
    onTestFinished(async () => {
      proxy.heal();
      for (const store of stores) await store.close(1_000_000).catch(() => {});
      await proxy.close();
    });
    return { proxy, near, far };
  }

  /** Lets the nodes claim until each has been granted `rounds` more occurrences. */
  async function bothWork(nodes: readonly Node[], rounds: number): Promise<void> {
    const targets = nodes.map(({ granted }) => granted.length + rounds);
    const isDone = (): boolean => nodes.every(({ granted }, index) => granted.length >= (targets[index] ?? 0));
    while (!isDone()) await Promise.all(nodes.map((node) => node.work()));
  }

  async function mustHold(nodes: readonly Node[]): Promise<void> {
    const all = nodes.flatMap(({ granted }) => granted);
    expect(new Set(all).size).toBe(all.length);
    const [row] = await server.psql<{ state: string }>('SELECT state FROM escapement.schedules WHERE key = $1', [
      nodes[0]?.key,
    ]);
    const state = JSON.parse(row?.state ?? '{}') as ScheduleState;
    const unknown = nodes.flatMap(({ orphaned }) => orphaned).length;
    expect(state.dueCount).toBe(state.cursorMs / 1_000);
    expect(all.length).toBeGreaterThanOrEqual(state.dueCount - unknown);
    expect(all.length).toBeLessThanOrEqual(state.dueCount);
  }

  const faults: Record<string, (proxy: TcpProxy) => Promise<void>> = {
    'an answer that is lost after the commit': async (proxy) => proxy.dropAnswerOnce(),
    'connections that are reset': async (proxy) => proxy.reset(),
    'connections that are refused': async (proxy) => proxy.refuse(),
    'half-open connections': async (proxy) => proxy.halfOpen(),
    'a black hole': async (proxy) => proxy.blackHole(),
    'a line that takes half a second each way': async (proxy) => proxy.delay(500),
    'terminated sessions': async () => void (await server.terminateSessions()),
    'a server that crashes and starts again': async () => server.restart('immediate'),
  };

  describe.each(Object.keys(faults))('and %s', (name) => {
    test('claims each occurrence once, and works again', async () => {
      const { proxy, near, far } = await behindProxy();
      await bothWork([near, far], 3);
      await faults[name]?.(proxy);
      // Every call settles, with whatever result.
      await Promise.all([near.work(), near.work().then(() => far.work())]);
      proxy.heal();
      await bothWork([near, far], 3);
      await mustHold([near, far]);
    }, 45_000);
  });

  test('drops alone what Postgres will never take, and goes on', async () => {
    const { near, far } = await behindProxy();
    const bad = new Node(await openPostgresStore({ connectionString: server.connectionString }, clock), 'p/\u0000');
    await expect(bad.open()).rejects.toThrow(/will not take it/);
    await bad.close();
    await bothWork([near, far], 2);
    await mustHold([near, far]);
  });

  test('takes nothing from a statement of a dead connection that comes late', async () => {
    const { near, far } = await behindProxy();
    await bothWork([near, far], 1);
    const [{ burnt } = { burnt: null }] = await server.psql<{ burnt: boolean }>(
      'SELECT escapement.store_burn($1, 9007199254740000) AS burnt',
      [near.nodeId],
    );
    expect(burnt).toBe(false);
    const late = { node: near.nodeId, batch: 9_007_199_254_739_999, ttl_ms: 1_000, seen_at: 0 };
    const nothing = { keys: [], claims: [], unclaims: [], runs: [], decisions: [], life: [] };
    const request = JSON.stringify({ ...late, ...nothing, states: [{ key: near.key, state: '{}' }] });
    const [{ answer } = { answer: null }] = await server.psql<{ answer: { status: string } }>(
      'SELECT escapement.store_write($1) AS answer',
      [request],
    );
    expect(answer?.status).toBe('late');
    await mustHold([near, far]);
  });
});
