/** What the supervisor thread's SQLite lock backend and the lock thread say to each other. */
import type { ParamsOf } from '../../../wire/questions.ts';

/** What the lock thread is started with. */
export interface LockFileOptions {
  readonly path: string;
}

/** A lock by the name of one acquisition. */
export interface NamedLock {
  readonly key: string;
  readonly lockId: string;
  readonly ttlMs: number;
}

/** See `LockExchange` of the supervisor; who asks gives new locks their names. */
export interface WantedExchange {
  readonly releases: readonly Pick<NamedLock, 'key' | 'lockId'>[];
  readonly renewals: readonly NamedLock[];
  /** Each is granted whole or not at all. */
  readonly attempts: readonly (readonly NamedLock[])[];
}

export interface GrantedExchange {
  readonly renewals: readonly boolean[];
  /** The fencing tokens of an attempt's locks in their order; null is contention. */
  readonly attempts: readonly (readonly string[] | null)[];
}

export interface Sign {
  readonly nodeId: string;
  readonly ttlMs: number;
}

/** What can be asked of the file, by name: argument and answer. */
export interface LockQuestions {
  open(params: null): null;
  exchange(request: WantedExchange): GrantedExchange;
  announce(sign: Sign): { readonly nodeIds: readonly string[]; readonly nowMs: number };
  close(params: null): null;
}

export type LockMethod = keyof LockQuestions;

/** Sent by the supervisor thread. What cannot be done before `giveUpAtMs` is not done at all; monotonic milliseconds. */
export type ToLocks = {
  [M in LockMethod]: {
    readonly id: number;
    readonly method: M;
    readonly params: ParamsOf<LockQuestions, M>;
    readonly giveUpAtMs: number;
  };
}[LockMethod];
