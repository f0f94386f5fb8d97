/**
 * Nodes that are drained in the middle of a cluster's life, in virtual time: the others run every occurrence, each once,
 * and nobody waits for the drained node's turn.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LockingPlugin, ScheduledPlugin } from '../../src/index.ts';
import { createVirtualCluster, type VirtualCluster, type VirtualClusterOptions } from '../../src/testing/index.ts';

/** Until all nodes know who takes turns. */
const SETTLED = '7s';
/** What a node needs to be granted a lock or a claim: no turn is as short. */
const ALONE_MS = 60;
/** No node comes later to an occurrence than that. */
const LAST_TURN_MS = 1_100;

const SECONDS: ScheduledPlugin = {
  name: 'p',
  schedules: () =>
    ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({ id, cron: '* * * * * *', locking: 'require-global' as const })),
  run: () => {},
};

async function started(options: Omit<VirtualClusterOptions, 'plugins'> & Partial<VirtualClusterOptions>) {
  const cluster = createVirtualCluster({ plugins: [SECONDS], ...options });
  await cluster.start();
  onTestFinished(() => cluster.stop());
  return cluster;
}

const occurrenceOf = ({ key, scheduledAtMs }: VirtualCluster['starts'][number]) => `${key}@${scheduledAtMs}`;

/** What is wrong with the starts of each second within a time: an occurrence that was lost or began twice. */
function problems({ starts }: VirtualCluster, keys: readonly string[], fromMs: number, untilMs: number): string[] {
  const counts = new Map<string, number>();
  for (const start of starts) counts.set(occurrenceOf(start), (counts.get(occurrenceOf(start)) ?? 0) + 1);
  const found: string[] = [];
  for (let atMs = fromMs; atMs < untilMs; atMs += 1_000) {
    for (const key of keys) {
      const count = counts.get(`${key}@${atMs}`) ?? 0;
      if (count !== 1) found.push(`${key}@${atMs} began ${count} times`);
    }
  }
  return found;
}

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => `p/${id}`);

describe.each(['locking', 'store'] as const)('a node that is drained (%s)', (backend) => {
  test.each([2, 3])('gives all its turns to the others, of %i nodes', async (nodes) => {
    const cluster = await started({ nodes, backend });
    await cluster.advance(SETTLED);
    const [first] = cluster.nodes;
    const firstMs = Math.ceil(cluster.now / 1_000) * 1_000;
    await cluster.advance('20s');
    const drainedAtMs = cluster.now;
    const before = cluster.starts.filter(({ node }) => node === first?.name).length;
    expect(before).toBeGreaterThan(0);
    expect(await first?.drain()).toMatchObject({ unfinished: [] });
    await cluster.advance(SETTLED);
    const knownAtMs = cluster.now;
    await cluster.advance('30s');
    const endMs = Math.floor((cluster.now - LAST_TURN_MS) / 1_000) * 1_000;
    expect(problems(cluster, KEYS, firstMs, endMs)).toEqual([]);
    const after = cluster.starts.filter(({ scheduledAtMs }) => scheduledAtMs > drainedAtMs);
    expect(after.filter(({ node }) => node === first?.name)).toEqual([]);
    const lateBy = (since: number) =>
      Math.max(...cluster.starts.filter((s) => s.scheduledAtMs > since).map((s) => s.atMs - s.scheduledAtMs));
    expect(lateBy(drainedAtMs)).toBeLessThan(LAST_TURN_MS);
    expect(lateBy(knownAtMs)).toBeLessThan(ALONE_MS);
  });

  test('is shown as draining by itself and by the others, with what it may execute', async () => {
    const cluster = await started({ nodes: 2, backend, threads: 3 });
    await cluster.advance(SETTLED);
    const [first, second] = cluster.nodes;
    expect(first?.stats()).toMatchObject({ isDraining: false });
    const ids = ['n0.1', 'n1.1'];
    const expected = (own: number, states: readonly string[]) =>
      [own, 1 - own].map((n) => {
        const [state, isThisNode] = [states[n], n === own];
        return { nodeId: ids[n], isThisNode, state, capacity: state === 'draining' ? 0 : 3 };
      });
    expect(first?.stats().cluster.nodes).toMatchObject(expected(0, ['alive', 'alive']));
    await first?.drain();
    expect(first?.stats()).toMatchObject({ isDraining: true, queue: { nextDueAtMs: null } });
    expect(first?.stats().cluster.nodes).toMatchObject(expected(0, ['draining', 'alive']));
    await cluster.advance(SETTLED);
    expect(second?.stats().cluster.nodes).toMatchObject(expected(1, ['draining', 'alive']));
  });

  test('lets its runs finish, and counts what falls due beside them as overlaps', async () => {
    const plugin: ScheduledPlugin = {
      name: 'p',
      schedules: () => [{ id: 'a', cron: '* * * * * *', locking: 'require-global', budget: { wallMs: 60_000 } }],
      run: () => {},
    };
    const cluster = await started({ nodes: 2, backend, plugins: [plugin], runMs: 4_500 });
    await cluster.advance(SETTLED);
    const live = cluster.starts.find(({ endedAtMs }) => endedAtMs === null);
    const busy = cluster.nodes.find(({ name }) => name === live?.node);
    expect(live).toBeDefined();
    const drainedAtMs = cluster.now;
    const report = await busy?.drain();
    expect(report).toEqual({ finished: [{ runId: live?.runId, key: 'p/a' }], unfinished: [] });
    expect(live).toMatchObject({ record: { outcome: 'succeeded' } });
    const overlaps = cluster.decisions.filter(
      ({ outcome, fromMs, nodeId }) =>
        outcome === 'overlap' && fromMs > drainedAtMs && nodeId.startsWith(`${busy?.name}.`),
    );
    expect(overlaps.length).toBeGreaterThan(0);
    await cluster.advance('10s');
    const later = cluster.starts.filter(({ atMs }) => atMs >= (live?.endedAtMs ?? 0));
    expect(later.length).toBeGreaterThan(0);
    expect(later.every(({ node }) => node !== busy?.name)).toBe(true);
  });
});

test('a drained node runs neither its own schedules nor what is triggered by hand', async () => {
  const plugin: ScheduledPlugin = {
    name: 'p',
    schedules: () => [{ id: 'own', cron: '* * * * * *', locking: 'node-local' }],
    run: () => {},
  };
  const cluster = await started({ nodes: 2, backend: 'locking', plugins: [plugin] });
  await cluster.advance('3s');
  const [first, second] = cluster.nodes;
  await first?.drain();
  const drainedAtMs = cluster.now;
  await cluster.advance('10s');
  const after = cluster.starts.filter(({ scheduledAtMs }) => scheduledAtMs > drainedAtMs);
  expect(new Set(after.map(({ node }) => node))).toEqual(new Set([second?.name]));
  expect(() => first?.trigger('p/own')).toThrow(
    '"trigger a schedule" is not possible while the scheduler is draining: call it on a node that goes on.',
  );
  expect(second?.trigger('p/own')).toEqual(expect.any(String));
});

test('a drain with a time limit names the runs that go on', async () => {
  const plugin: ScheduledPlugin = {
    name: 'p',
    schedules: () => [{ id: 'long', cron: '0 0 1 1 *', budget: { wallMs: 3_600_000 } }],
    run: () => {},
  };
  const cluster = await started({ nodes: 2, backend: 'store', plugins: [plugin], runMs: 1_800_000 });
  const [first, second] = cluster.nodes;
  const runId = first?.trigger('p/long');
  await cluster.advance('1s');
  const [own, seen] = [first?.stats().cluster.nodes[0], second?.stats().cluster.nodes[1]];
  for (const node of [own, seen]) expect(node).toMatchObject({ nodeId: 'n0.1', runs: [{ runId, key: 'p/long' }] });
  const report = { finished: [], unfinished: [{ runId, key: 'p/long' }] };
  expect(await first?.drain({ timeout: '2s' })).toEqual(report);
  expect(await first?.drain()).toEqual(report);
  expect(cluster.starts).toMatchObject([{ endedAtMs: null }]);
});

test('a stop that comes first ends a drain that waits', async () => {
  const plugin: ScheduledPlugin = {
    name: 'p',
    schedules: () => [{ id: 'long', cron: '0 0 1 1 *', budget: { wallMs: 3_600_000 } }],
    run: () => {},
  };
  const cluster = await started({ nodes: 1, backend: 'none', plugins: [plugin], runMs: 1_800_000 });
  const [only] = cluster.nodes;
  const runId = only?.trigger('p/long');
  await cluster.advance('1s');
  const drained = only?.drain();
  const stopped = await only?.stop({ drain: '1s' });
  expect(stopped?.aborted).toEqual([{ runId, key: 'p/long' }]);
  expect(await drained).toEqual({ finished: [{ runId, key: 'p/long' }], unfinished: [] });
});

test('a node whose backend knows no groups gives its turns away by leaving the nodes', async () => {
  const withoutGroups = (locking: LockingPlugin): LockingPlugin => ({
    name: locking.name,
    tryLock: (key, ttlMs) => locking.tryLock(key, ttlMs),
    renew: (handle) => locking.renew(handle),
    release: (handle) => locking.release(handle),
    announce: ({ nodeId, ttlMs }) => (locking as Required<LockingPlugin>).announce({ nodeId, ttlMs }),
  });
  const cluster = await started({ nodes: 2, wrapLocking: withoutGroups });
  await cluster.advance(SETTLED);
  const [first, second] = cluster.nodes;
  await first?.drain();
  await cluster.advance(SETTLED);
  const knownAtMs = cluster.now;
  await cluster.advance('20s');
  const after = cluster.starts.filter(({ scheduledAtMs }) => scheduledAtMs > knownAtMs);
  expect(after.length).toBeGreaterThan(100);
  expect(after.every(({ node, atMs, scheduledAtMs }) => node === second?.name && atMs - scheduledAtMs < ALONE_MS)).toBe(
    true,
  );
  expect(second?.stats().cluster.nodes).toHaveLength(1);
});
