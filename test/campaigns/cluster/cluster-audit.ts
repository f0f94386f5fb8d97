/** Audits the life of a virtual cluster by what really began and ended, not by what its nodes believe. */
import { EMPTY_LEDGER, type LedgerSnapshot } from '../../../src/machines/ledger/ledger-snapshot.ts';
import type { RunRecord } from '../../../src/machines/run.ts';
import type { ScheduleState } from '../../../src/machines/schedule-state.ts';
import type { VirtualStart } from '../../../src/testing/cluster/virtual-cluster.ts';
import type { Calm, Life } from './cluster-life.ts';

export interface ClusterAudit {
  readonly occurrences: number;
  readonly problems: readonly string[];
}

/** A node whose first reading was slow may be off by seconds for a while: it slews. */
const UNTIMELY_MS = 5_000;

/** Policies by the number of the schedule; `skip` promises at most one start, whatever happens. */
const isSkipping = (key: string): boolean => Number(key.slice(3)) % 3 === 0;

export function auditCluster(life: Life): ClusterAudit {
  const { starts } = life.cluster;
  const byKey = Map.groupBy(starts, ({ key }) => key);
  const byOccurrence = Map.groupBy(starts, ({ key, scheduledAtMs }) => `${key}@${scheduledAtMs}`);
  const records = life.cluster.ledger?.snapshot().records ?? [];
  const lost = new Set(records.filter(({ outcome }) => outcome === 'lost').map(({ runId }) => runId));
  return {
    occurrences: byOccurrence.size,
    problems: [
      ...life.miscounts,
      ...unaccounted(life),
      ...[...byOccurrence.values()].flatMap((runs) => doubles(runs, lost)),
      ...[...byKey.values()].flatMap((runs) => overlaps(runs, life)),
      ...life.keys.flatMap((key) => life.calms.flatMap((calm) => gaps(key, calm, life))),
      ...life.calms.flatMap((calm) => untimely(calm, starts)),
    ],
  };
}

/** An occurrence begins once; again only in place of a run that its node took with it, or that was given up as lost. */
function doubles(runs: readonly VirtualStart[], lost: ReadonlySet<string>): string[] {
  return runs.slice(1).flatMap((run, index) => {
    const before = runs[index] as VirtualStart;
    const isGone = before.record === null && before.endedAtMs !== null && before.endedAtMs <= run.atMs;
    const isLost = isGone || lost.has(before.runId);
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

/** In a calm every start is at its time by the clock of the backends, whatever the clocks of the machines say. */
function untimely({ fromMs, untilMs }: Calm, starts: readonly VirtualStart[]): string[] {
  return starts
    .filter(({ atMs }) => fromMs <= atMs && atMs <= untilMs)
    .filter(({ atMs, scheduledAtMs }) => Math.abs(atMs - scheduledAtMs) > UNTIMELY_MS)
    .map((run) => `${told(run)} began at ${new Date(run.atMs).toISOString()}`);
}

/** In a store that nodes share every occurrence ends once, up to where the schedule has come. */
function unaccounted(life: Life): string[] {
  const snapshot = life.cluster.ledger?.snapshot() ?? EMPTY_LEDGER;
  return snapshot.schedules.flatMap((state) => [
    ...miscounted(state, snapshot),
    ...endings(state, snapshot, Math.ceil(life.auditedFromMs / 1_000) * 1_000),
  ]);
}

function miscounted({ key, dueCount, outcomes }: ScheduleState, { openClaims }: LedgerSnapshot): string[] {
  const ended = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const open = openClaims.filter((claim) => claim.key === key).length;
  return ended + open === dueCount ? [] : [`${key}: ${dueCount} fell due, ${ended} ended, ${open} are under way`];
}

function endings({ key, cursorMs }: ScheduleState, snapshot: LedgerSnapshot, fromMs: number): string[] {
  const isOurs = (item: { readonly key: string }): boolean => item.key === key;
  const spans = snapshot.decisions.filter(isOurs);
  const ran = [
    ...snapshot.records.filter((run) => isOurs(run) && !isRecovery(run)),
    ...snapshot.openClaims.filter(isOurs).map(({ draft }) => draft),
  ].map(({ scheduledAtMs }) => scheduledAtMs);
  const problems = ran.length === new Set(ran).size ? [] : [`${key}: an occurrence ended twice`];
  const isTold = new Set(ran);
  for (let atMs = fromMs; atMs <= cursorMs; atMs += 1_000) {
    const isDecided = spans.some((span) => span.fromMs <= atMs && atMs <= span.untilMs);
    if (!isTold.has(atMs) && !isDecided) problems.push(`${key}@${new Date(atMs).toISOString()} has no outcome`);
  }
  return problems;
}

/** One that stands for a later occurrence as well runs for the newest of them, which is its own. */
function isRecovery({ recoveryOf, trigger }: RunRecord): boolean {
  return recoveryOf !== undefined && trigger === 'catch-up';
}

function told({ key, scheduledAtMs, runId, node }: VirtualStart): string {
  return `${key}@${new Date(scheduledAtMs).toISOString()} (${runId} on ${node})`;
}
