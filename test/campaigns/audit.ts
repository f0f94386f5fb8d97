/**
 * Audits a history against the calendar, independently of the code that made it: the invariants of a scheduler that has
 * come to rest. It knows nothing of cursors and policies; it only counts.
 */
import { parseExpression } from '../../src/machines/calendar/expression.ts';
import { nextOccurrence } from '../../src/machines/calendar/recurrence.ts';
import { type Decision, mayBeMadeUpFor, type RunRecord } from '../../src/machines/run.ts';
import type { ScheduleStatus } from '../../src/supervisor/scheduler-reports.ts';

/** One schedule's occurrences in (fromMs, untilMs], in order. */
export interface ExpectedOccurrences {
  readonly key: string;
  readonly occurrences: readonly number[];
}

/** What a scheduler did. */
export interface Account {
  readonly runs: readonly RunRecord[];
  readonly decisions: readonly Decision[];
}

/** Every problem with one schedule's history; none if all is well. */
export function audit(account: Account, expected: ExpectedOccurrences): string[] {
  const { key } = expected;
  const runs = account.runs.filter((run) => run.key === key);
  const decisions = account.decisions.filter((decision) => decision.key === key);
  return [
    ...auditRuns(runs, new Set(expected.occurrences)),
    ...auditDecisions(decisions),
    ...auditOccurrences({ runs, decisions }, expected.occurrences),
    ...auditOverlaps(runs),
  ].map((problem) => `${key}: ${problem}`);
}

/** Whether the counters of a schedule at rest agree with each other and with what was recorded. */
export function auditCounters(status: ScheduleStatus, account: Account): string[] {
  const { key, dueCount, outcomes } = status;
  const counted = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const recorded =
    account.runs.filter((run) => run.key === key).length +
    account.decisions.reduce((sum, decision) => sum + (decision.key === key ? decision.count : 0), 0);
  return [
    ...(counted === dueCount ? [] : [`${key}: ${dueCount} fell due, and ${counted} outcomes were counted`]),
    ...(counted === recorded ? [] : [`${key}: ${counted} outcomes were counted, and ${recorded} recorded`]),
  ];
}

/** Nothing runs that is no occurrence, before its time, or twice. A recovery is another run of a lost one. */
function auditRuns(runs: readonly RunRecord[], occurrences: ReadonlySet<number>): string[] {
  const problems: string[] = [];
  const started = new Set<number>();
  const lost = new Set(runs.filter(mayBeMadeUpFor).map(({ runId }) => runId));
  for (const { runId, trigger, scheduledAtMs, startedAtMs, recoveryOf } of runs) {
    if (startedAtMs < scheduledAtMs) problems.push(`${runId} started before ${iso(scheduledAtMs)}`);
    if (trigger === 'manual') continue;
    if (!occurrences.has(scheduledAtMs))
      problems.push(`${runId} ran for ${iso(scheduledAtMs)}, which is no occurrence`);
    if (recoveryOf !== undefined && !lost.has(recoveryOf))
      problems.push(`${runId} recovers ${recoveryOf}, which is not lost`);
    if (started.has(scheduledAtMs) && recoveryOf === undefined) problems.push(`${iso(scheduledAtMs)} ran twice`);
    started.add(scheduledAtMs);
  }
  return problems;
}

function auditDecisions(decisions: readonly Decision[]): string[] {
  return decisions
    .filter(({ count, fromMs, untilMs }) => count < 1 || untilMs < fromMs)
    .map(({ outcome, fromMs }) => `a decision of ${outcome} at ${iso(fromMs)} is about nothing`);
}

/** Every occurrence ends once: in a run of its own or among those of one decision. */
function auditOccurrences({ runs, decisions }: Account, occurrences: readonly number[]): string[] {
  const ran = new Set(runs.filter(({ trigger }) => trigger !== 'manual').map(({ scheduledAtMs }) => scheduledAtMs));
  const isDecided = (atMs: number): boolean =>
    decisions.some(({ fromMs, untilMs }) => fromMs <= atMs && atMs <= untilMs);
  const ownRuns = runs.filter(({ trigger, recoveryOf, scheduledAtMs }, index) => {
    if (trigger === 'manual') return false;
    // One that stands for later occurrences as well runs for the newest of them, which is its own.
    return recoveryOf === undefined || runs.findIndex((run) => run.scheduledAtMs === scheduledAtMs) === index;
  });
  const ended = ownRuns.length + decisions.reduce((sum, { count }) => sum + count, 0);
  return [
    ...occurrences.filter((atMs) => !ran.has(atMs) && !isDecided(atMs)).map((atMs) => `${iso(atMs)} has no outcome`),
    ...(ended === occurrences.length ? [] : [`${occurrences.length} occurrences ended ${ended} times`]),
  ];
}

/**
 * At most one run of a schedule at a time. A run that never started took no time, and when a lost one ended nobody saw.
 */
function auditOverlaps(runs: readonly RunRecord[]): string[] {
  const seen = runs.filter(({ outcome, threadId }) => outcome !== 'lost' && threadId !== undefined);
  const inOrder = seen.toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  return inOrder.flatMap((run, index) => {
    const before = inOrder[index - 1];
    return before !== undefined && before.finishedAtMs > run.startedAtMs
      ? [`${run.runId} ran beside ${before.runId}`]
      : [];
  });
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** The occurrences of an expression in (fromMs, untilMs]. */
export function occurrencesOf(
  cron: string,
  timezone: string,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): number[] {
  const expression = parseExpression(cron);
  const occurrences: number[] = [];
  for (let atMs = nextOccurrence(expression, timezone, fromMs); atMs <= untilMs; ) {
    occurrences.push(atMs);
    atMs = nextOccurrence(expression, timezone, atMs);
  }
  return occurrences;
}
