import type { LogLine, Outcome, RunRecord } from './run.ts';

/** Which records to return. Unset fields do not filter. */
export interface HistoryQuery {
  /** Only this schedule. */
  readonly key?: string;
  /** Only what ended so. */
  readonly outcome?: Outcome;
  /** Only this run. */
  readonly runId?: string;
  /** Inclusive, epoch milliseconds, compared with `finishedAtMs`. */
  readonly since?: number;
  /** Exclusive, epoch milliseconds. */
  readonly until?: number;
  /** How many records at most, the newest ones. Default 100. */
  readonly limit?: number;
  /** Whether records come with the log lines of their runs. Default false. */
  readonly withLog?: boolean;
}

/** A search among the records of a store that is open for reading. */
export interface RunSearch extends HistoryQuery {
  /** Only runs whose id begins with this. */
  readonly runIdPrefix?: string;
}

/** The record of a run, with its log if the query asked for it. */
export interface HistoryRecord extends RunRecord {
  /** The run's last lines, oldest first. `droppedLogLines` counts the lines that were dropped. */
  readonly log?: readonly LogLine[];
}

export function matches(
  record: Pick<RunRecord, 'key' | 'outcome' | 'runId' | 'finishedAtMs'>,
  query: HistoryQuery,
): boolean {
  return (
    (query.key === undefined || record.key === query.key) &&
    (query.outcome === undefined || record.outcome === query.outcome) &&
    (query.runId === undefined || record.runId === query.runId) &&
    (query.since === undefined || record.finishedAtMs >= query.since) &&
    (query.until === undefined || record.finishedAtMs < query.until)
  );
}
