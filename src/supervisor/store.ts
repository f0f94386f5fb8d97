import type { HistoryQuery, HistoryRecord } from '../machines/history.ts';
import type { OccurrenceFacts } from '../machines/occurrence-facts.ts';
import type { Decision } from '../machines/run.ts';
import type { Claim, LifeChange, Registration, ScheduleState, SettledRun } from '../machines/schedule-state.ts';
import type { Session } from '../machines/session.ts';

/** What a store knew when it was opened. */
export interface StoredState {
  readonly schedules: readonly ScheduleState[];
  /** Runs that were written as started and never as finished. */
  readonly openClaims: readonly Claim[];
}

/** What a store tells by itself. Called on the supervisor thread, never within a call of the store. */
export interface StoreListener {
  /** Something that an operator should see. */
  warned(warning: { readonly code: string; readonly message: string }): void;
  /** What it knew is gone or incomplete, and it works (again): schedules are to be registered anew. */
  lacksState(): void;
}

/**
 * What survives of schedules and runs. Called from the supervisor thread; calls overlap and may be batched by the
 * implementation, but take effect in the order in which they were made. How entries change a schedule's state is
 * `fold` in `machines/schedule-state.ts`. A rejection means "cannot know": the supervisor says so loudly and goes on. Every call
 * settles in bounded time, also when a disk does not answer. After `close` nothing is called.
 */
export interface StateStore {
  readonly name: string;
  /** Called once, first. Rejects when the store cannot be used at all. */
  open(session: Session, listener: StoreListener): Promise<StoredState>;
  /** Makes a schedule known, or tells how it is declared now. */
  register(registration: Registration): Promise<void>;
  /** Writes a run as started and moves the cursor. False: the occurrence was had already. Durable when it resolves. */
  claim(claim: Claim): Promise<boolean>;
  /** Writes a run as finished. */
  settle(settled: SettledRun): Promise<void>;
  /** Writes that occurrences did not run, and moves the cursor past them. */
  decide(decision: Decision): Promise<void>;
  /** Moves the cursor without an outcome: what lies before it never falls due (a pause that ended). */
  moveCursor(key: string, cursorMs: number): Promise<void>;
  /** Writes a change in a schedule's life. */
  change(change: LifeChange): Promise<void>;
  /** Says that the supervisor is at work, every few seconds. */
  beat(atMs: number): Promise<void>;
  /** Runs that were written as started and never as finished, now. */
  openClaims(): Promise<readonly Claim[]>;
  /** Newest first. */
  history(query: HistoryQuery): Promise<readonly HistoryRecord[]>;
  /** All that is known about one occurrence. */
  facts(key: string, atMs: number): Promise<OccurrenceFacts>;
  close(atMs: number): Promise<void>;
}
