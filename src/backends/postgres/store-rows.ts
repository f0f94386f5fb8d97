/**
 * Translates between the shared store's batches and sights and what the functions of the schema take and return.
 *
 * Documents travel and are kept as text: no type of Postgres can hold a NUL character, but JSON text has it escaped.
 */
import type { Claim, SettledRun } from '../../machines/schedule-entries.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import { readRow } from '../../machines/stored-rows/read-rows.ts';
import type { FoldedBatch, LookRequest, ScheduleView, Sight, WriteVerdict } from '../shared-store/shared-backend.ts';
import type { FoundRow } from './refusals.ts';

export interface ViewRow {
  readonly key: string;
  readonly revision: number;
  readonly state: string | null;
  readonly claims: readonly string[];
}

export interface SightRow {
  readonly history: string;
  readonly views: readonly ViewRow[];
  readonly nodes: readonly string[] | null;
  readonly orphans: readonly string[];
  readonly now_ms: number;
  readonly is_replaced: boolean;
  /** The channel of the news; only in the answer to `store_attend`, as what follows. */
  readonly channel?: string | null;
  readonly doubt_in_ms?: number | null;
  readonly groups?: Readonly<Record<string, string>>;
  readonly is_known?: boolean;
}

export interface GroupRow {
  readonly groups: Readonly<Record<string, string>>;
  readonly is_known: boolean;
}

export interface WriteRow {
  readonly status: 'written' | 'conflict' | 'late' | 'early' | 'other-history';
  readonly now_ms: number;
  readonly revisions?: readonly { readonly key: string; readonly revision: number }[];
  readonly views?: readonly ViewRow[];
  /** If the request had a look. */
  readonly sight?: SightRow;
}

export function requestOf({
  number,
  changes,
  checks,
  runs,
  decisions,
  life,
  operations,
  notBeforeMs,
  seenAtMs,
  look,
}: FoldedBatch): Record<string, unknown> {
  return {
    batch: number,
    ...(notBeforeMs !== undefined && { not_before_ms: notBeforeMs }),
    seen_at: seenAtMs ?? 0,
    ...(look && { look: lookOf(look) }),
    keys: [...changes, ...checks].map(({ key, revision }) => ({ key, revision })),
    states: changes.map(({ key, state }) => ({ key, state: state === undefined ? null : JSON.stringify(state) })),
    claims: changes
      .flatMap(({ claimed }) => claimed)
      .map((claim) => ({ run_id: claim.runId, key: claim.key, claim: JSON.stringify(claim) })),
    unclaims: changes.flatMap(({ unclaimed }) => unclaimed),
    runs: runs.map(runRow),
    decisions: decisions.map(({ spanId: span, decision }) => {
      const { key, fromMs: from_at, untilMs: until_at, atMs: taken_at } = decision;
      return { span, key, from_at, until_at, taken_at, decision: JSON.stringify(decision) };
    }),
    ...(operations && {
      audit: operations.map((each) => ({ at: each.atMs, key: each.key ?? null, operation: JSON.stringify(each) })),
    }),
    life: life.map((event) => ({ key: event.key, at: event.atMs, kind: event.kind, event: JSON.stringify(event) })),
  };
}

export function lookOf({ sinceRevision, seenAtMs, group }: LookRequest): Record<string, unknown> {
  return {
    since: sinceRevision,
    ...(seenAtMs !== undefined && { seen_at: seenAtMs }),
    ...(group && { group: group.id, group_ttl_ms: group.ttlMs }),
  };
}

function runRow({ record, log }: SettledRun): Record<string, unknown> {
  return {
    run_id: record.runId,
    key: record.key,
    outcome: record.outcome,
    scheduled_at: record.scheduledAtMs,
    finished_at: record.finishedAtMs,
    recovery_of: record.recoveryOf ?? null,
    record: JSON.stringify(record),
    log: log.length === 0 ? null : JSON.stringify(log),
  };
}

/** Hears of a row that cannot be used. */
export type RefuseRow = (row: FoundRow) => void;

export function verdictOf(row: WriteRow, refuse: RefuseRow): WriteVerdict {
  const { status, now_ms: nowMs, revisions = [], views = [], sight } = row;
  const base = { nowMs, ...(sight && { sight: sightOf(sight, refuse) }) };
  switch (status) {
    case 'written':
      return { ...base, kind: 'written', revisions: new Map(revisions.map(({ key, revision }) => [key, revision])) };
    case 'conflict':
      return { ...base, kind: 'conflict', views: views.map((view) => viewOf(view, refuse)) };
    case 'late':
    case 'early':
    case 'other-history':
      return { ...base, kind: status };
  }
}

export function sightOf(row: SightRow, refuse: RefuseRow): Sight {
  const { history, views, nodes, orphans, now_ms, is_replaced, doubt_in_ms, groups, is_known } = row;
  return {
    historyId: history,
    views: views.map((view) => viewOf(view, refuse)),
    nodeIds: nodes ?? [],
    orphans: claimsOf(orphans, {}, refuse),
    nowMs: now_ms,
    isReplaced: is_replaced,
    ...(groups && { roster: { groups, isGroupKnown: is_known === true } }),
    ...(typeof doubt_in_ms === 'number' && { doubtInMs: doubt_in_ms }),
  };
}

/** A state that cannot be used counts as none, so that its schedule is registered anew. */
export function viewOf({ key, revision, state, claims }: ViewRow, refuse: RefuseRow): ScheduleView {
  const view = { key, revision, claims: claimsOf(claims, { key }, refuse) };
  if (state === null) return view;
  const read = readRow<ScheduleState>('schedules', state, { key });
  if ('value' in read) return { ...view, state: read.value };
  refuse({ kind: 'schedules', key, place: key, document: state, problem: read.problem });
  return view;
}

function claimsOf(documents: readonly string[], { key }: { key?: string }, refuse: RefuseRow): Claim[] {
  return documents.flatMap((document) => {
    const read = readRow<Claim>('claims', document, { key });
    if ('value' in read) return read.value;
    refuse({ kind: 'claims', key: key ?? '', place: '', document, problem: read.problem });
    return [];
  });
}
