import type { Claim, HistoryQuery, ScheduleState } from '../machines/ledger.ts';
import type { Decision, RunRecord } from '../machines/run.ts';

/** What a store knew when it was opened. */
export interface StoredState {
  readonly schedules: readonly ScheduleState[];
  /** Runs that were written as started and never as finished. */
  readonly openClaims: readonly Claim[];
}

/**
 * What survives of schedules and runs. Called from the supervisor thread; calls overlap and may be batched by the
 * implementation, but take effect in the order in which they were made. A rejection means "cannot know": the
 * supervisor says so loudly and goes on. After `close` nothing is called.
 */
export interface StateStore {
  readonly name: string;
  open(): Promise<StoredState>;
  /** Makes a schedule known, with the cursor of one that has missed nothing. A known schedule is left as it is. */
  register(key: string, cursorMs: number): Promise<void>;
  /** Writes a run as started and moves the cursor. False: another node has claimed the occurrence. */
  claim(claim: Claim): Promise<boolean>;
  /** Writes a run as finished. */
  settle(record: RunRecord): Promise<void>;
  /** Writes that occurrences did not run, and moves the cursor past them. */
  decide(decision: Decision): Promise<void>;
  /** Moves the cursor without an outcome: what lies before it never falls due (a pause that ended). */
  moveCursor(key: string, cursorMs: number): Promise<void>;
  setResting(key: string, resting: 'paused' | 'resumed' | 'forgotten'): Promise<void>;
  /** Newest first. */
  history(query: HistoryQuery): Promise<readonly RunRecord[]>;
  close(): Promise<void>;
}
