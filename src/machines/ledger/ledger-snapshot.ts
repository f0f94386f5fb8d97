import type { KvEntry } from '../kv/kv-request.ts';
import type { AuditEntry } from '../operating/audit.ts';
import type { Decision, LogLine, RunRecord } from '../run.ts';
import type { Claim } from '../schedule-entries.ts';
import type { LifeEvent } from '../schedule-life.ts';
import type { ScheduleState } from '../schedule-state.ts';
import type { SessionSpan } from '../session.ts';
import type { IntroducedSchedules } from './introductions.ts';

/** A ledger as plain data. */
export interface LedgerSnapshot {
  readonly schedules: readonly ScheduleState[];
  readonly openClaims: readonly Claim[];
  readonly records: readonly RunRecord[];
  readonly logs: readonly (readonly [runId: string, log: readonly LogLine[]])[];
  readonly decisions: readonly Decision[];
  readonly life: readonly LifeEvent[];
  readonly sessions: readonly SessionSpan[];
  /** What plugins keep. Absent: nothing. */
  readonly kv?: readonly KvEntry[];
  /** What operators did. Absent: nothing. */
  readonly audit?: readonly AuditEntry[];
  /** Schedules that are not among `schedules`, because nothing has happened to them yet. */
  readonly introduced?: IntroducedSchedules;
}

export const EMPTY_LEDGER: LedgerSnapshot = {
  schedules: [],
  openClaims: [],
  records: [],
  logs: [],
  decisions: [],
  life: [],
  sessions: [],
};
