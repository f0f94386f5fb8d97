/**
 * What the supervisor thread's SQLite store and the store thread say to each other. One batch of entries is on its way at a
 * time: what is written meanwhile gathers in the supervisor thread and is committed together (group commit).
 */

import type { OccurrenceFacts } from '../../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../../machines/history.ts';
import type { LedgerEntry } from '../../../machines/ledger/entries.ts';
import type { Claim, ScheduleState } from '../../../machines/schedule-state.ts';
import type { Session } from '../../../machines/session.ts';
import type { AnswerOf, ParamsOf } from '../../../wire/questions.ts';
import type { ThreadAnswer } from '../thread-answer.ts';

/** `relaxed` survives the death of the process, `strict` also the loss of power. */
export type Durability = 'relaxed' | 'strict';

/** What history is kept at least; older and more is pruned in the background. */
export interface Retention {
  readonly maxRuns: number;
  readonly maxAgeMs: number;
}

/** What the store thread is started with. */
export interface StoreOptions {
  readonly path: string;
  readonly durability: Durability;
  readonly retention: Retention;
}

/** What can be asked of a store, by name: argument and answer. */
export interface StoreQuestions {
  open(session: Session): { readonly schedules: readonly ScheduleState[]; readonly openClaims: readonly Claim[] };
  openClaims(params: null): readonly Claim[];
  history(query: HistoryQuery): readonly HistoryRecord[];
  facts(params: { readonly key: string; readonly atMs: number }): OccurrenceFacts;
  close(params: { readonly atMs: number }): null;
}

export type StoreMethod = keyof StoreQuestions;

/** Sent by the supervisor thread, received by the store thread. */
export type ToStore =
  | { readonly kind: 'write'; readonly batchId: number; readonly entries: readonly LedgerEntry[] }
  | {
      [M in StoreMethod]: {
        readonly kind: 'ask';
        readonly id: number;
        readonly method: M;
        readonly params: ParamsOf<StoreQuestions, M>;
      };
    }[StoreMethod];

/** Sent by the store thread, received by the supervisor thread. */
export type FromStore = StoreNotice | ThreadAnswer<AnswerOf<StoreQuestions, StoreMethod>>;

/** What the store thread sends that does not answer a question. */
export type StoreNotice =
  /** Durable now. `refused` are the indexes of claims whose occurrence was had already. */
  | { readonly kind: 'written'; readonly batchId: number; readonly refused: readonly number[] }
  /** Nothing of the batch was written. */
  | { readonly kind: 'failed'; readonly batchId: number; readonly reason: string }
  | { readonly kind: 'warned'; readonly code: string; readonly message: string }
  /** The file is another one than before: what it knew of schedules is to be told again. */
  | { readonly kind: 'state.lacking' };
