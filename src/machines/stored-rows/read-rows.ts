import type { HistoryRecord } from '../history.ts';
import type { LogLine, RunRecord } from '../run.ts';
import type { SessionSpan } from '../session.ts';
import { identityProblem, LOG_CHECK, ROW_CHECKS } from './row-checks.ts';
import type { Check } from './shape.ts';

/**
 * The longest row, in characters: many times what is ever written. A schedule's state is copied with every change, so
 * that an endless one would slow down all others.
 */
const MAX_ROW_LENGTH = 4 * 1_024 * 1_024;
/** The same for the log of a run. */
const MAX_LOG_LENGTH = 16 * 1_024 * 1_024;

/** The kinds of rows, by the names of their tables. */
export type RowKind = keyof typeof ROW_CHECKS;

/** A row that cannot be used, and why. */
export interface RefusedRow {
  readonly kind: RowKind;
  /** The schedule that it is about, as far as that is known. */
  readonly key: string;
  /** What is wrong with it, as a sentence goes on after its name. */
  readonly problem: string;
}

/** Where a row was found: what its other columns say. */
export interface RowPlace {
  readonly key?: unknown;
  readonly runId?: unknown;
}

export type ReadRow<T> = { readonly value: T } | { readonly problem: string };

/** Reads a row that is kept as JSON. */
export function readRow<T>(kind: RowKind, document: unknown, place: RowPlace = {}): ReadRow<T> {
  const row = parsed(document, ROW_CHECKS[kind]);
  if ('problem' in row) return row;
  const problem = identityProblem(row.value, place);
  return problem === null ? (row as ReadRow<T>) : { problem };
}

/** Reads the record of a run with its log; null stands for a log without lines. */
export function readRunWithLog(document: unknown, log: unknown, place: RowPlace): ReadRow<HistoryRecord> {
  const run = readRow<RunRecord>('runs', document, place);
  if ('problem' in run) return run;
  const lines = log === null ? { value: [] } : parsed(log, LOG_CHECK, MAX_LOG_LENGTH);
  if ('problem' in lines) return { problem: `has a log that ${lines.problem}` };
  return { value: { ...run.value, log: lines.value as LogLine[] } };
}

/** The columns of a session, which is not kept as JSON. */
export interface SessionColumns {
  readonly incarnation?: unknown;
  readonly node?: unknown;
  readonly started_at?: unknown;
  readonly seen_at?: unknown;
  readonly stopped_at?: unknown;
}

export function readSession(row: SessionColumns): ReadRow<SessionSpan> {
  const span = {
    incarnationId: row.incarnation,
    nodeId: row.node,
    startedAtMs: row.started_at,
    seenAtMs: row.seen_at,
    ...(row.stopped_at !== null && { stoppedAtMs: row.stopped_at }),
  };
  const problem = rowProblem('sessions', span);
  return problem === null ? { value: span as SessionSpan } : { problem };
}

/** What is wrong with a row that is a value already. */
function rowProblem(kind: RowKind, row: unknown): string | null {
  return ROW_CHECKS[kind](row) ?? identityProblem(row, {});
}

/** The rows of a list that can be used. The others go to `refuse`. */
export function usableRows<T>(kind: RowKind, rows: readonly T[], refuse: (row: RefusedRow) => void): T[] {
  return rows.filter((row) => {
    const problem = rowProblem(kind, row);
    if (problem !== null) refuse({ kind, key: keyOf(row), problem });
    return problem === null;
  });
}

function keyOf(row: unknown): string {
  const key = typeof row === 'object' && row !== null ? Reflect.get(row, 'key') : undefined;
  return typeof key === 'string' ? key : '';
}

function parsed(document: unknown, check: Check, maxLength = MAX_ROW_LENGTH): ReadRow<unknown> {
  if (typeof document !== 'string') return { problem: 'is not a text' };
  if (document.length > maxLength) return { problem: `has ${document.length} characters, more than ${maxLength}` };
  let value: unknown;
  try {
    value = JSON.parse(document);
  } catch {
    return { problem: document === '' ? 'is empty' : 'is not JSON' };
  }
  const problem = check(value);
  return problem === null ? { value } : { problem };
}
