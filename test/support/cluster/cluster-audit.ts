/** Audits the life of a virtual cluster by what really began and ended, not by what its nodes believe. */
import type { VirtualStart } from '../../../src/testing/cluster/virtual-cluster.ts';
import type { Calm, Life } from './cluster-life.ts';

export interface ClusterAudit {
  readonly occurrences: number;
  readonly problems: readonly string[];
}

/** Policies by the number of the schedule; `skip` promises at most one start, whatever happens. */
const isSkipping = (key: string): boolean => Number(key.slice(3)) % 3 === 0;

export function auditCluster(life: Life): ClusterAudit {
  const { starts } = life.cluster;
  const byKey = Map.groupBy(starts, ({ key }) => key);
  const byOccurrence = Map.groupBy(starts, ({ key, scheduledAtMs }) => `${key}@${scheduledAtMs}`);
  return {
    occurrences: byOccurrence.size,
    problems: [
      ...life.miscounts,
      ...[...byOccurrence.values()].flatMap(doubles),
      ...[...byKey.values()].flatMap((runs) => overlaps(runs, life)),
      ...life.keys.flatMap((key) => life.calms.flatMap((calm) => gaps(key, calm, life))),
    ],
  };
}

/** An occurrence begins once; again only in place of a run that its node took with it. */
function doubles(runs: readonly VirtualStart[]): string[] {
  return runs.slice(1).flatMap((run, index) => {
    const before = runs[index] as VirtualStart;
    const isLost = before.record === null && before.endedAtMs !== null && before.endedAtMs <= run.atMs;
    return isLost && !isSkipping(run.key) ? [] : [`${told(run)} began again after ${told(before)}`];
  });
}

/** Live runs of one schedule do not overlap, unless the process of the first was stopped meanwhile. */
function overlaps(runs: readonly VirtualStart[], { suspensions }: Life): string[] {
  return runs.slice(1).flatMap((run, index) => {
    const before = runs[index] as VirtualStart;
    if (before.endedAtMs !== null && before.endedAtMs <= run.atMs) return [];
    const wasStopped = suspensions.some(
      ({ node, fromMs, untilMs }) => node === before.node && fromMs < run.atMs && untilMs > before.atMs,
    );
    return wasStopped ? [] : [`${told(run)} ran beside ${told(before)}`];
  });
}

/** In a calm every occurrence runs, or is an overlap. */
function gaps(key: string, { fromMs, untilMs }: Calm, { cluster }: Life): string[] {
  const began = new Set(cluster.starts.filter((run) => run.key === key).map(({ scheduledAtMs }) => scheduledAtMs));
  const overlapped = cluster.decisions.filter((each) => each.key === key && each.outcome === 'overlap');
  const problems: string[] = [];
  for (let atMs = Math.ceil(fromMs / 1_000) * 1_000; atMs <= untilMs; atMs += 1_000) {
    const isTold = overlapped.some((each) => each.fromMs <= atMs && atMs <= each.untilMs);
    if (!began.has(atMs) && !isTold) problems.push(`${key}@${new Date(atMs).toISOString()} did not run in a calm`);
  }
  return problems;
}

function told({ key, scheduledAtMs, runId, node }: VirtualStart): string {
  return `${key}@${new Date(scheduledAtMs).toISOString()} (${runId} on ${node})`;
}
