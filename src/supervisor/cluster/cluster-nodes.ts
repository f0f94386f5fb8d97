import type { StateStore } from '../ports/store.ts';
import type { ClusterNode, ClusterRun } from '../scheduler-reports.ts';
import type { KnownNode } from './cluster.ts';

/** What this node knows of itself. */
export interface OwnNode {
  readonly nodeId: string;
  readonly clockSkewMs: number | null;
  readonly runs: readonly ClusterRun[];
}

/**
 * Who runs what, as far as this node knows without asking anybody. What other nodes run only a shared store says.
 * @param known The nodes that are alive, this one among them.
 */
export function clusterNodes(known: readonly KnownNode[], own: OwnNode, store: StateStore): ClusterNode[] {
  const claims = store.seenClaims && Map.groupBy(store.seenClaims(), ({ nodeId }) => nodeId);
  const runsOf = (nodeId: string): ClusterRun[] | null => {
    if (claims === undefined) return null;
    const drafts = (claims.get(nodeId) ?? []).map(({ draft }) => draft);
    return drafts.map(({ runId, key, scheduledAtMs }) => ({ runId, key, scheduledAtMs }));
  };
  const alive = known.map(({ nodeId, isDraining, capacity }): ClusterNode => {
    const state = isDraining ? 'draining' : 'alive';
    if (nodeId === own.nodeId) return { ...own, isThisNode: true, state, capacity };
    return { nodeId, isThisNode: false, state, capacity, clockSkewMs: null, runs: runsOf(nodeId) };
  });
  const ids = new Set([own.nodeId, ...known.map(({ nodeId }) => nodeId)]);
  const goneIds = [...(claims?.keys() ?? [])].filter((nodeId) => !ids.has(nodeId));
  const gone = goneIds.map((nodeId): ClusterNode => {
    return { nodeId, isThisNode: false, state: 'gone', capacity: 0, clockSkewMs: null, runs: runsOf(nodeId) };
  });
  return [...alive, ...gone];
}
