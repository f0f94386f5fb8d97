/** Messages between the SQLite lock backend, which runs on the supervisor thread, and the lock thread. */
import type { ParamsOf } from '../../../wire/questions.ts';

/** The lock thread's worker data. */
export interface LockFileOptions {
  readonly path: string;
  /** The file of the scheduler's store, from which the locks have to keep apart. */
  readonly storePath?: string;
}

/** A lock, under the name of one acquisition of it. */
export interface NamedLock {
  readonly key: string;
  readonly lockId: string;
  readonly ttlMs: number;
  /** As in `AskedLock` of the supervisor. */
  readonly occurrence?: { readonly of: string; readonly atMs: number };
}

/** Like `LockExchange` of the supervisor, but the caller has already named the locks that it wants. */
export interface WantedExchange {
  readonly releases: readonly Pick<NamedLock, 'key' | 'lockId'>[];
  readonly renewals: readonly Omit<NamedLock, 'occurrence'>[];
  /** Each is granted whole or not at all. */
  readonly attempts: readonly (readonly NamedLock[])[];
}

export interface GrantedExchange {
  readonly renewals: readonly boolean[];
  /** The fencing tokens of an attempt's locks, in order; null means contention. */
  readonly attempts: readonly (readonly string[] | null)[];
}

export interface Sign {
  readonly nodeId: string;
  readonly ttlMs: number;
  /** As in `NodeSign` of the supervisor. */
  readonly group?: { readonly id: string; readonly keys?: readonly string[] };
}

/** As in `GroupRoster` of the supervisor. */
export interface GroupAnswer {
  readonly groups: Readonly<Record<string, string>>;
  readonly isGroupKnown: boolean;
}

export interface SignAnswer extends GroupAnswer {
  readonly nodeIds: readonly string[];
  readonly nowMs: number;
}

/** The questions, by name: from argument to answer. */
export interface LockQuestions {
  open(params: null): null;
  exchange(request: WantedExchange): GrantedExchange;
  announce(sign: Sign): SignAnswer;
  readGroup(id: string): readonly string[] | null;
  close(params: null): null;
}

export type LockMethod = keyof LockQuestions;

/** Sent by the supervisor thread. The thread does it before `giveUpAtMs` or not at all; monotonic milliseconds. */
export type ToLocks = {
  [M in LockMethod]: {
    readonly id: number;
    readonly method: M;
    readonly params: ParamsOf<LockQuestions, M>;
    readonly giveUpAtMs: number;
  };
}[LockMethod];
