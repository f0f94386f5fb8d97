/**
 * Messages between the SQLite store, which runs on the supervisor thread, and the store thread. One batch of entries is
 * on its way at a time; entries that are written meanwhile gather in the supervisor thread and are committed together
 * (group commit).
 */

import type { OccurrenceFacts } from '../../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../../machines/history.ts';
import type { KvAnswer, KvGet, KvList } from '../../../machines/kv/kv-request.ts';
import type { AuditEntry, AuditQuery } from '../../../machines/operating/audit.ts';
import type { PackedEntries } from '../../../machines/packing/packed-entries.ts';
import type { Claim } from '../../../machines/schedule-entries.ts';
import type { ScheduleState } from '../../../machines/schedule-state.ts';
import type { Session } from '../../../machines/session.ts';
import type { AnswerOf, ParamsOf } from '../../../wire/questions.ts';
import type { ThreadAnswer } from '../thread-answer.ts';

/** `relaxed` survives the death of the process, `strict` also the loss of power. */
export type Durability = 'relaxed' | 'strict';

/** How much history is kept at least. The rest is pruned in the background. */
export interface Retention {
  readonly maxRuns: number;
  readonly maxAgeMs: number;
}

/** The store thread's worker data. */
export interface StoreOptions {
  readonly path: string;
  readonly durability: Durability;
  readonly retention: Retention;
}

/** The questions, by name: from argument to answer. */
export interface StoreQuestions {
  open(session: Session): { readonly schedules: readonly ScheduleState[]; readonly openClaims: readonly Claim[] };
  openClaims(params: null): readonly Claim[];
  history(query: HistoryQuery): readonly HistoryRecord[];
  facts(params: { readonly key: string; readonly atMs: number }): OccurrenceFacts;
  kv(question: KvGet | KvList): KvAnswer;
  audit(query: AuditQuery): readonly AuditEntry[];
  close(params: { readonly atMs: number }): null;
}

export type StoreMethod = keyof StoreQuestions;

/** Sent by the supervisor thread. */
export type ToStore =
  | { readonly kind: 'write'; readonly batchId: number; readonly entries: PackedEntries }
  | {
      [M in StoreMethod]: {
        readonly kind: 'ask';
        readonly id: number;
        readonly method: M;
        readonly params: ParamsOf<StoreQuestions, M>;
      };
    }[StoreMethod];

/** Sent by the store thread. */
export type FromStore = StoreNotice | ThreadAnswer<AnswerOf<StoreQuestions, StoreMethod>>;

/** What the store thread sends that does not answer a question. */
export type StoreNotice =
  /** The batch is durable. `refused` are the indexes of entries that were not written, as of claims whose
   * occurrence another run has. */
  | { readonly kind: 'written'; readonly batchId: number; readonly refused: readonly number[] }
  /** Nothing of the batch was written. */
  | { readonly kind: 'failed'; readonly batchId: number; readonly reason: string }
  | { readonly kind: 'warned'; readonly code: string; readonly message: string; readonly key?: string }
  /** The file is another one than before: schedules must be registered anew. */
  | { readonly kind: 'state.lacking' };
