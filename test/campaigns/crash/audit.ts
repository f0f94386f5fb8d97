/**
 * Holds the store, the journal of what really ran, and the calendar against each other: RELIABILITY's invariants I1 to
 * I8.
 */
import { existsSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { openStoreFile } from '../../../src/backends/sqlite/store-thread/store-file.ts';
import type { Decision, Outcome, RunRecord } from '../../../src/machines/run.ts';
import type { ScheduleState } from '../../../src/machines/schedule-state.ts';
import type { JournalLine, JournalSchedule } from '../../fixtures/plugins/journal.ts';
import { neverStarted } from './never-started.ts';

/** What an audit found, and that the campaign got anywhere. */
export interface Audit {
  readonly problems: readonly string[];
  readonly occurrences: number;
  readonly reached: Partial<Record<Outcome | 'recovery' | 'catch-up', number>>;
}

/** What is known of one schedule. */
export interface ScheduleStory {
  readonly schedule: JournalSchedule;
  readonly state: ScheduleState;
  readonly records: readonly RunRecord[];
  readonly decisions: readonly Decision[];
  readonly lines: readonly JournalLine[];
}

/** The cursors in a store's file, by schedule key. */
export function cursorsIn(storePath: string): Map<string, number> {
  if (!existsSync(storePath)) return new Map();
  try {
    const file = openStoreFile(storePath);
    const cursors = file.queries.schedules().map(({ key, cursorMs }) => [key, cursorMs] as const);
    file.close();
    return new Map(cursors);
  } catch {
    // Killed before there was a store in it.
    return new Map();
  }
}

/** Audits what a campaign left behind, after its last process has ended in good order. */
export function audit(from: { storePath: string; journal: string; schedules: readonly JournalSchedule[] }): Audit {
  const connection = new DatabaseSync(from.storePath, { readOnly: true });
  const read = <T>(sql: string): T[] =>
    connection
      .prepare(sql)
      .all()
      .map((row) => JSON.parse(String(row['json'])) as T);
  const problems: string[] = [];
  const { integrity_check: integrity } = connection.prepare('PRAGMA integrity_check').get() as Record<string, unknown>;
  if (integrity !== 'ok') problems.push(`the database is damaged: ${integrity}`);
  const states = read<ScheduleState>('SELECT state AS json FROM schedules');
  const records = read<RunRecord>('SELECT record AS json FROM runs ORDER BY id');
  const decisions = read<Decision>('SELECT decision AS json FROM decisions ORDER BY id');
  const claims = read<unknown>('SELECT claim AS json FROM claims');
  connection.close();
  if (claims.length > 0) problems.push(`${claims.length} runs were never finished`);
  const lines = journalLines(from.journal);
  let occurrences = 0;
  for (const schedule of from.schedules) {
    const key = `journal/${schedule.id}`;
    const state = states.find((each) => each.key === key);
    if (state === undefined) {
      problems.push(`${key} is not in the store`);
      continue;
    }
    const isOurs = (item: { readonly key: string }): boolean => item.key === key;
    const story: ScheduleStory = {
      schedule,
      state,
      records: records.filter(isOurs),
      decisions: decisions.filter(isOurs),
      lines: lines.filter(({ id }) => id === schedule.id),
    };
    occurrences += occurrencesOf(story).length;
    problems.push(...auditSchedule(story).map((problem) => `${key} (${schedule.policy}): ${problem}`));
  }
  return { problems, occurrences, reached: reachedIn(records, decisions) };
}

function auditSchedule(story: ScheduleStory): string[] {
  return [...auditOccurrences(story), ...auditCounters(story), ...auditPolicy(story), ...auditStarts(story)];
}

/** I5, I8: every occurrence from the first to the cursor ended in exactly one way; a lost one may be made good. */
function auditOccurrences(story: ScheduleStory): string[] {
  const { records, decisions } = story;
  const problems: string[] = [];
  const occurrences = occurrencesOf(story);
  const first = records.filter(({ recoveryOf }) => recoveryOf === undefined);
  const ran = new Set(first.map(({ scheduledAtMs }) => scheduledAtMs));
  if (ran.size !== first.length) problems.push(`${first.length - ran.size} occurrences have two runs`);
  const decided = decisions.reduce((sum, { count }) => sum + count, 0);
  // A recovery that stood for a later occurrence as well has that occurrence as its own.
  const stoodFor = records.filter(
    ({ recoveryOf, scheduledAtMs }) => recoveryOf !== undefined && !ran.has(scheduledAtMs),
  );
  const told = first.length + stoodFor.length + decided;
  if (told !== occurrences.length)
    problems.push(`${occurrences.length} occurrences fell due, ${told} are accounted for`);
  const isTold = (atMs: number): boolean =>
    records.some(({ scheduledAtMs }) => scheduledAtMs === atMs) ||
    decisions.some(({ fromMs, untilMs }) => fromMs <= atMs && untilMs >= atMs);
  const silent = occurrences.filter((atMs) => !isTold(atMs));
  if (silent.length > 0) problems.push(`nothing is known of ${silent.length} occurrences, the first ${silent[0]}`);
  return problems;
}

function auditCounters({ state, records }: ScheduleStory): string[] {
  const sum = Object.values(state.outcomes).reduce((total, count) => total + count, 0);
  const problems = sum === state.dueCount ? [] : [`${state.dueCount} fell due, ${sum} outcomes are counted`];
  const last = records.at(-1);
  if (last !== undefined && state.lastRun?.runId !== last.runId) problems.push('its last run is another one');
  return problems;
}

/** What each policy promises of a process that dies. */
function auditPolicy(story: ScheduleStory): string[] {
  const { schedule, records, decisions, lines } = story;
  const problems: string[] = [];
  const starts = Map.groupBy(
    lines.filter(({ event }) => event === 'start'),
    ({ scheduledAtMs }) => scheduledAtMs,
  );
  const most = Math.max(0, ...[...starts.values()].map(({ length }) => length));
  if (schedule.policy === 'skip' && most > 1) problems.push(`an occurrence was started ${most} times`);
  if (schedule.policy === 'run-once' && most > 2) problems.push(`an occurrence was started ${most} times`);
  if (schedule.policy === 'run-all') {
    const good = new Set(
      records.filter(({ outcome }) => outcome === 'succeeded').map(({ scheduledAtMs }) => scheduledAtMs),
    );
    const lost = records.filter(({ outcome, scheduledAtMs }) => outcome === 'lost' && !good.has(scheduledAtMs));
    if (lost.length > 0) problems.push(`${lost.length} lost runs were never made good`);
    const dropped = decisions.filter(({ outcome }) => outcome === 'missed-skipped');
    if (dropped.length > 0) problems.push(`missed occurrences were dropped: ${JSON.stringify(dropped[0])}`);
    problems.push(...neverStarted(occurrencesOf(story), story));
  }
  return problems;
}

/** I1, I2, I6: what really started was recorded, not early, not twice, and one at a time. */
function auditStarts({ records, lines }: ScheduleStory): string[] {
  const problems: string[] = [];
  const known = new Map(records.map((record) => [record.runId, record]));
  const started = new Set<string>();
  let live: JournalLine | null = null;
  for (const line of lines) {
    const record = known.get(line.runId);
    if (line.event === 'end') {
      live = null;
      continue;
    }
    if (record === undefined) problems.push(`run ${line.runId} started, and is not in the store`);
    if (started.has(line.runId)) problems.push(`run ${line.runId} started twice`);
    if (live !== null && live.pid === line.pid) problems.push(`run ${line.runId} started beside ${live.runId}`);
    if (line.atMs < Math.floor(line.scheduledAtMs)) problems.push(`run ${line.runId} started early`);
    started.add(line.runId);
    live = line;
  }
  return problems;
}

function occurrencesOf({ schedule, state }: ScheduleStory): number[] {
  const { periodMs } = schedule;
  const occurrences: number[] = [];
  const firstMs = (Math.floor(state.createdAtMs / periodMs) + 1) * periodMs;
  for (let atMs = firstMs; atMs <= state.cursorMs; atMs += periodMs) occurrences.push(atMs);
  return occurrences;
}

function journalLines(path: string): JournalLine[] {
  // A process that is killed in the middle of a write leaves half a line.
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as JournalLine] : []));
}

function reachedIn(records: readonly RunRecord[], decisions: readonly Decision[]): Audit['reached'] {
  const reached: Audit['reached'] = {};
  const count = (what: keyof Audit['reached'], by = 1): void => {
    reached[what] = (reached[what] ?? 0) + by;
  };
  for (const { outcome, trigger, recoveryOf } of records) {
    count(outcome);
    if (trigger === 'catch-up') count('catch-up');
    if (recoveryOf !== undefined) count('recovery');
  }
  for (const decision of decisions) count(decision.outcome, decision.count);
  return reached;
}
