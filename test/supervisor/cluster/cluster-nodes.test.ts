import { expect, test } from 'vitest';
import type { Claim } from '../../../src/machines/schedule-entries.ts';
import { clusterNodes } from '../../../src/supervisor/cluster/cluster-nodes.ts';
import type { StateStore } from '../../../src/supervisor/ports/store.ts';

const OWN = { nodeId: 'a', clockSkewMs: 12, runs: [{ runId: 'own', key: 'p/x', scheduledAtMs: 5 }] };
const KNOWN = [
  { nodeId: 'a', isDraining: false, capacity: 4 },
  { nodeId: 'b', isDraining: true, capacity: 0 },
];

function claim(nodeId: string, runId: string): Claim {
  const draft = { runId, key: 'p/y', scheduledAtMs: 7 } as Claim['draft'];
  return { key: 'p/y', runId, nodeId, claimedAtMs: 8, draft };
}

test('a node that shares no store knows only what it runs itself', () => {
  expect(clusterNodes(KNOWN, OWN, {} as StateStore)).toEqual([
    { ...OWN, isThisNode: true, state: 'alive', capacity: 4 },
    { nodeId: 'b', isThisNode: false, state: 'draining', capacity: 0, clockSkewMs: null, runs: null },
  ]);
});

test('a shared store knows the runs of the others, and of nodes that are gone', () => {
  // What it has seen of this node itself may be older than what the node knows.
  const seenClaims = () => [claim('a', 'old'), claim('b', 'r1'), claim('c', 'r2'), claim('c', 'r3')];
  const nodes = clusterNodes(KNOWN, OWN, { seenClaims } as unknown as StateStore);
  expect(
    nodes.map(({ nodeId, state, capacity, runs }) => [nodeId, state, capacity, runs?.map((r) => r.runId)]),
  ).toEqual([
    ['a', 'alive', 4, ['own']],
    ['b', 'draining', 0, ['r1']],
    ['c', 'gone', 0, ['r2', 'r3']],
  ]);
});
