/** Audits a campaign by the journals of what really ran: RELIABILITY's invariants I1 to I3, what must be in a calm, and the take-over. */
import { existsSync, readFileSync } from 'node:fs';
import type { Decision, RunRecord } from '../../../src/machines/run.ts';
import type { SupervisorEvent } from '../../../src/supervisor/protocol.ts';
import { type ClusterJournalLine, POLICIES } from '../../fixtures/plugins/cluster-journal.ts';
import type { Campaign } from './campaign.ts';

/** TTL of a lock and a second, the period of the schedules, and what a node waits for its turn. */
const TAKE_OVER_MS = 15_000 + 1_000 + 1_000 + 1_100;

export interface NodesAudit {
  readonly problems: readonly string[];
  readonly starts: number;
  readonly occurrences: number;
  /** Starts by process. */
  readonly shares: readonly number[];
  /** From each kill to the next start of the schedule that waited longest for it. */
  readonly takeOverMs: readonly number[];
  readonly reached: Readonly<Record<string, number>>;
}

interface Run {
  readonly key: string;
  readonly runId: string;
  readonly scheduledAtMs: number;
  readonly token: bigint | null;
  readonly pid: number;
  readonly startedAtMs: number;
  /** Infinity when its process did not live to tell. */
  readonly endedAtMs: number;
}

interface Account {
  readonly records: readonly RunRecord[];
  readonly decisions: readonly Decision[];
}

export function auditCampaign(campaign: Campaign): NodesAudit {
  const lines = campaign.journals.flatMap((path) => linesOf<ClusterJournalLine>(path));
  const runs = runsOf(lines).sort((a, b) => a.startedAtMs - b.startedAtMs);
  const account = accountOf(campaign);
  const lost = new Set(account.records.filter(({ outcome }) => outcome === 'lost').map(({ runId }) => runId));
  const byOccurrence = Map.groupBy(runs, ({ key, scheduledAtMs }) => `${key}@${scheduledAtMs}`);
  const byKey = Map.groupBy(runs, ({ key }) => key);
  return {
    problems: [
      ...[...byOccurrence.values()].flatMap((same) => doubles(same, lost)),
      ...[...byKey.values()].flatMap((ofKey) => [...overlaps(ofKey, campaign), ...fallingTokens(ofKey, campaign)]),
      ...[...byKey].flatMap(([key, ofKey]) => gaps(key, ofKey, { campaign, account })),
      ...takeOvers(runs, campaign)
        .filter(({ waitedMs }) => waitedMs > TAKE_OVER_MS)
        .map(({ key, waitedMs }) => `${key} was taken over only after ${Math.round(waitedMs)} ms`),
    ],
    starts: runs.length,
    occurrences: byOccurrence.size,
    shares: [...Map.groupBy(runs, ({ pid }) => pid).values()].map((ofPid) => ofPid.length),
    takeOverMs: campaign.kills.map((_, index) =>
      Math.round(
        Math.max(
          ...takeOvers(runs, { ...campaign, kills: campaign.kills.slice(index, index + 1) }).map(
            ({ waitedMs }) => waitedMs,
          ),
        ),
      ),
    ),
    reached: reachedIn(account, campaign),
  };
}

/** I1: an occurrence starts once; again only in place of a run that its process took with it, or that was given up as lost. */
function doubles(runs: readonly Run[], lost: ReadonlySet<string>): string[] {
  return runs.slice(1).flatMap((run, index) => {
    const before = runs[index] as Run;
    const isLost = before.endedAtMs === Number.POSITIVE_INFINITY || lost.has(before.runId);
    return isLost && policyOf(run.key) !== 'skip' ? [] : [`${told(run)} started again after ${told(before)}`];
  });
}

/** I2: live runs of a schedule do not overlap, unless the process of the first was stopped or killed meanwhile. */
function overlaps(runs: readonly Run[], campaign: Campaign): string[] {
  return runs.slice(1).flatMap((run, index) => {
    const before = runs[index] as Run;
    const isOver = before.endedAtMs <= run.startedAtMs || before.endedAtMs === Number.POSITIVE_INFINITY;
    return isOver || wasStopped(before, run, campaign) ? [] : [`${told(run)} ran beside ${told(before)}`];
  });
}

/** I3: tokens rise in the order of starts. */
function fallingTokens(runs: readonly Run[], campaign: Campaign): string[] {
  return runs.slice(1).flatMap((run, index) => {
    const before = runs[index] as Run;
    if (run.token === null || before.token === null) return [`${told(run)} has no fencing token`];
    const isFalling =
      run.token <= before.token && !wasStopped(run, before, campaign) && !wasStopped(before, run, campaign);
    return isFalling ? [`${told(run)} has token ${run.token} after ${before.token} of ${told(before)}`] : [];
  });
}

/** In a calm every occurrence runs, or is an overlap. */
function gaps(
  key: string,
  runs: readonly Run[],
  { campaign, account }: { campaign: Campaign; account: Account },
): string[] {
  const ran = new Set(runs.map(({ scheduledAtMs }) => scheduledAtMs));
  const overlapped = account.decisions.filter((each) => each.key === key && each.outcome === 'overlap');
  const problems: string[] = [];
  for (const { fromMs, untilMs } of campaign.calms) {
    for (let atMs = Math.ceil(fromMs / 1_000) * 1_000; atMs <= untilMs; atMs += 1_000) {
      const isTold = overlapped.some((each) => each.fromMs <= atMs && atMs <= each.untilMs);
      if (!ran.has(atMs) && !isTold) problems.push(`${key}@${new Date(atMs).toISOString()} did not run in a calm`);
    }
  }
  return problems;
}

/** How long each schedule waited for its next start after a kill. */
function takeOvers(runs: readonly Run[], { kills }: Campaign): { key: string; waitedMs: number }[] {
  const keys = new Set(runs.map(({ key }) => key));
  return kills.flatMap(({ fromMs }) =>
    [...keys].map((key) => {
      const next = runs.find((run) => run.key === key && run.startedAtMs > fromMs);
      return { key, waitedMs: (next?.startedAtMs ?? Number.POSITIVE_INFINITY) - fromMs };
    }),
  );
}

function wasStopped(first: Run, second: Run, { stops }: Campaign): boolean {
  return stops.some(
    ({ pid, fromMs, untilMs }) => pid === first.pid && fromMs < second.startedAtMs && untilMs > first.startedAtMs,
  );
}

function runsOf(lines: readonly ClusterJournalLine[]): Run[] {
  const ends = new Map(lines.filter(({ event }) => event === 'end').map((line) => [line.runId, line.monotonicMs]));
  return lines
    .filter(({ event }) => event === 'start')
    .map(({ key, runId, scheduledAtMs, token, pid, monotonicMs: startedAtMs }) => ({
      key,
      runId,
      scheduledAtMs,
      pid,
      startedAtMs,
      token: token === null ? null : BigInt(token),
      endedAtMs: ends.get(runId) ?? Number.POSITIVE_INFINITY,
    }));
}

function accountOf({ accounts }: Campaign): Account {
  const events = accounts.flatMap((path) => linesOf<SupervisorEvent>(path));
  return {
    records: events.flatMap((event) => (event.type === 'run' ? [event.event] : [])),
    decisions: events.flatMap((event) => (event.type === 'decision' ? [event.event] : [])),
  };
}

function reachedIn({ records, decisions }: Account, { kills, stops, restarts }: Campaign): Record<string, number> {
  const reached: Record<string, number> = { kills: kills.length, stops: stops.length, restarts };
  for (const { outcome } of records) reached[outcome] = (reached[outcome] ?? 0) + 1;
  for (const { outcome, count } of decisions) reached[outcome] = (reached[outcome] ?? 0) + count;
  return reached;
}

function policyOf(key: string): (typeof POLICIES)[number] {
  return POLICIES[Number(key.slice(3)) % POLICIES.length] ?? 'skip';
}

function told({ key, scheduledAtMs, runId, pid }: Run): string {
  return `${key}@${new Date(scheduledAtMs).toISOString()} (${runId} in ${pid})`;
}

function linesOf<T>(path: string): T[] {
  if (!existsSync(path)) return [];
  // A process that is killed in the middle of a write leaves half a line.
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as T] : []));
}
