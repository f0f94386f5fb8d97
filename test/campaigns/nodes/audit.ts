/**
 * Audits a campaign by the journals of what really ran: RELIABILITY's invariants I1 to I3, what must be in a calm, and
 * the take-over.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Decision, RunRecord } from '../../../src/machines/run.ts';
import type { SupervisorEvent } from '../../../src/supervisor/protocol.ts';
import { type ClusterJournalLine, POLICIES } from '../../fixtures/plugins/cluster-journal.ts';
import type { Campaign, Span } from './campaign.ts';

/**
 * TTL of a lock, and a second: the period of the schedules; and what a node waits for its turn while it does not know
 * better.
 */
const TAKE_OVER_MS = 15_000 + 1_000 + 1_000;
/** How far apart two processes may write down the same instant on a busy machine. */
const WRITING_MS = 250;
/** How long a run may take to its thread in a process that goes on after a stop, on a busy machine. */
const ARRIVING_MS = 2_000;

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
  readonly endedAtMs: number;
  /** Its process was killed before it had ended. */
  readonly isCutOff: boolean;
  /** From start to end by the wall clock of the machine. */
  readonly wallMs: readonly [fromMs: number, untilMs: number];
}

interface Account {
  readonly records: readonly RunRecord[];
  /** With the instant at which each was taken, by the wall clock of the machine. */
  readonly decisions: readonly (Decision & { readonly takenAtMs: number })[];
}

export interface AuditOptions {
  readonly schedules: number;
  /** Whether the time that a take-over needs is judged: on a machine that has nothing else to do. */
  readonly isTimed: boolean;
  /** Whether nodes count together, so that what one of them shows may be the run of another. */
  readonly isStoreShared: boolean;
}

export function auditCampaign(campaign: Campaign, { schedules, isTimed, isStoreShared }: AuditOptions): NodesAudit {
  const account = accountOf(campaign);
  const problems: string[] = [];
  const runs = runsOf(campaign, account, problems).sort((a, b) => a.startedAtMs - b.startedAtMs);
  const lost = new Set(account.records.filter(({ outcome }) => outcome === 'lost').map(({ runId }) => runId));
  const byOccurrence = Map.groupBy(runs, ({ key, scheduledAtMs }) => `${key}@${scheduledAtMs}`);
  const byKey = Map.groupBy(runs, ({ key }) => key);
  return {
    problems: [
      ...problems,
      ...(isStoreShared ? [] : miscounts(campaign)),
      ...Array.from({ length: schedules }, (_, index) => `p/s${index}`)
        .filter((key) => (byKey.get(key)?.length ?? 0) < 10)
        .map((key) => `${key} hardly ever ran`),
      ...[...byOccurrence.values()].flatMap((same) => doubles(same, lost)),
      ...[...byKey.values()].flatMap((ofKey) => [...overlaps(ofKey, campaign), ...fallingTokens(ofKey, campaign)]),
      ...[...byKey].flatMap(([key, ofKey]) => gaps(key, ofKey, { campaign, account })),
      ...campaign.takeOvers
        .flatMap((kill) => waits(runs, kill))
        .filter(({ waitedMs }) => isTimed && waitedMs > TAKE_OVER_MS)
        .map(({ key, waitedMs }) => `${key} was taken over only after ${Math.round(waitedMs)} ms`),
    ],
    starts: runs.length,
    occurrences: byOccurrence.size,
    shares: [...Map.groupBy(runs, ({ pid }) => pid).values()].map((ofPid) => ofPid.length),
    takeOverMs: campaign.takeOvers.map((kill) =>
      Math.round(Math.max(...waits(runs, kill).map(({ waitedMs }) => waitedMs))),
    ),
    reached: reachedIn(account, campaign),
  };
}

/**
 * I1: an occurrence starts once; again only in place of a run that its process took with it, or that was given up as
 * lost.
 */
function doubles(runs: readonly Run[], lost: ReadonlySet<string>): string[] {
  return runs.slice(1).flatMap((run, index) => {
    const before = runs[index] as Run;
    const isLost = before.isCutOff || lost.has(before.runId);
    return isLost && policyOf(run.key) !== 'skip' ? [] : [`${told(run)} started again after ${told(before)}`];
  });
}

/**
 * I2: live runs of a schedule do not overlap, unless the process of the first was stopped meanwhile, or that of the second
 * while it was on its way to its thread, which only its token can tell.
 */
function overlaps(runs: readonly Run[], campaign: Campaign): string[] {
  return runs.slice(1).flatMap((run, index) => {
    const before = runs[index] as Run;
    return before.endedAtMs <= run.startedAtMs || wasStopped(before, run, campaign) || isLate(run, before, campaign)
      ? []
      : [`${told(run)} ran beside ${told(before)}`];
  });
}

/** I3: tokens rise in the order of starts. */
function fallingTokens(runs: readonly Run[], campaign: Campaign): string[] {
  return runs.slice(1).flatMap((run, index) => {
    const before = runs[index] as Run;
    if (run.token === null || before.token === null) return [`${told(run)} has no fencing token`];
    const isExcused =
      wasStopped(run, before, campaign) || wasStopped(before, run, campaign) || isLate(run, before, campaign);
    const isFalling = run.token <= before.token && !isExcused;
    return isFalling ? [`${told(run)} has token ${run.token} after ${before.token} of ${told(before)}`] : [];
  });
}

/** In a calm every occurrence runs, or meets a run that really was there. */
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
      const isTold = overlapped.some(
        ({ fromMs: first, untilMs: last, takenAtMs }) =>
          first <= atMs &&
          atMs <= last &&
          runs.some(({ wallMs: [from, until] }) => from - WRITING_MS <= takenAtMs && takenAtMs <= until + WRITING_MS),
      );
      if (!ran.has(atMs) && !isTold) problems.push(`${key}@${new Date(atMs).toISOString()} did not run in a calm`);
    }
  }
  return problems;
}

/** How long each schedule waited for its next start after a kill. */
function waits(runs: readonly Run[], { fromMs }: Span): { key: string; waitedMs: number }[] {
  return [...Map.groupBy(runs, ({ key }) => key)].map(([key, ofKey]) => {
    const next = ofKey.find((run) => run.startedAtMs > fromMs);
    return { key, waitedMs: (next?.startedAtMs ?? Number.POSITIVE_INFINITY) - fromMs };
  });
}

/** What a node has counted of a schedule at rest: what fell due, and how it ended. */
function miscounts({ statuses }: Campaign): string[] {
  return statuses.flatMap(({ key, state, dueCount, outcomes }) => {
    const ended = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
    return state !== 'idle' || ended === dueCount ? [] : [`${key}: ${dueCount} fell due on a node, ${ended} ended`];
  });
}

function wasStopped(first: Run, second: Run, { stops }: Campaign): boolean {
  return stops.some(
    ({ pid, fromMs, untilMs }) => pid === first.pid && fromMs < second.startedAtMs && untilMs > first.startedAtMs,
  );
}

/** Whether a run with the lower token started as its process went on after a stop. */
function isLate(run: Run, other: Run, { stops }: Campaign): boolean {
  const isOutdated = run.token !== null && other.token !== null && run.token < other.token;
  return (
    isOutdated &&
    stops.some(
      ({ pid, fromMs, untilMs }) =>
        pid === run.pid && fromMs < run.startedAtMs && run.startedAtMs < untilMs + ARRIVING_MS,
    )
  );
}

/**
 * Every start has its end: in the journal, in the record of a run that was terminated, or by the kill of its process.
 */
function runsOf({ files, kills }: Campaign, { records }: Account, problems: string[]): Run[] {
  const lines = files.flatMap(({ journal }) => linesOf<ClusterJournalLine>(journal));
  const ends = new Map(lines.filter(({ event }) => event === 'end').map((line) => [line.runId, line.monotonicMs]));
  const terminated = new Map(records.map((record) => [record.runId, record.finishedAtMs - record.startedAtMs]));
  const killedAtMs = new Map(kills.map(({ pid, atMs }) => [pid, atMs]));
  return lines
    .filter(({ event }) => event === 'start')
    .map(({ key, runId, scheduledAtMs, token, pid, monotonicMs: startedAtMs, wallMs }) => {
      const duration = terminated.get(runId);
      const never = Number.POSITIVE_INFINITY;
      const recordedMs = duration === undefined ? never : startedAtMs + Math.max(duration, 0);
      // The record of a run that was lost has the instant at which another node found that out.
      const until = ends.get(runId) ?? Math.min(recordedMs, killedAtMs.get(pid) ?? never);
      if (until === never) problems.push(`${key} (${runId} in ${pid}) started, and never ended`);
      const isCutOff = !ends.has(runId) && duration === undefined;
      const wall: [number, number] = [wallMs, wallMs + until - startedAtMs];
      return {
        key,
        runId,
        scheduledAtMs,
        pid,
        startedAtMs,
        token: token === null ? null : BigInt(token),
        endedAtMs: until,
        isCutOff,
        wallMs: wall,
      };
    });
}

function accountOf({ files }: Campaign): Account {
  const told = files.map(({ account, offsetMs }) => ({ offsetMs, events: linesOf<SupervisorEvent>(account) }));
  return {
    records: told.flatMap(({ events }) => events.flatMap((each) => (each.type === 'run' ? [each.event] : []))),
    decisions: told.flatMap(({ events, offsetMs }) =>
      events.flatMap((each) =>
        each.type === 'decision' ? [{ ...each.event, takenAtMs: each.event.atMs - offsetMs }] : [],
      ),
    ),
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
