/**
 * Locks between the processes of one machine, in a SQLite file that belongs to the lock thread. Locks expire by the
 * machine's clock, see `lock-thread/machine-clock.ts`.
 */
import { randomUUID } from 'node:crypto';
import { BackendError } from '../../errors.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type { LockAnswers, LockExchange, LockingPlugin, NodeSign, Roster } from '../../supervisor/ports/locking.ts';
import { within } from '../../supervisor/ports/within.ts';
import { reasonOf } from '../../wire/error-record.ts';
import type { AnswerOf, ParamsOf } from '../../wire/questions.ts';
import { threadEntryUrl } from '../../wire/thread-entry-url.ts';
import { LockingByExchange } from '../exchange/by-exchange.ts';
import type { LockFileOptions, LockMethod, LockQuestions, ToLocks } from './lock-thread/protocol.ts';
import { sqliteLockingOptions } from './sqlite-locking-options.ts';
import { SqliteThread } from './sqlite-thread.ts';

/** How long an answer may take while other processes use the file. */
const LOCK_FILE_LIMIT_MS = 3_000;
const OPEN_LIMIT_MS = 5_000;

/**
 * Builds the backend of `sqliteLocking()`. Rejects with a `BackendError`.
 * @param storePath The file of the scheduler's store, if that is one of SQLite.
 */
export async function openSqliteLocking(
  options: Readonly<Record<string, unknown>>,
  clock: Clock,
  storePath?: string,
): Promise<LockingPlugin> {
  const checked = sqliteLockingOptions(options);
  const locking = new SqliteLocking({ ...checked, ...(storePath !== undefined && { storePath }) }, clock);
  try {
    await locking.open();
    return locking;
  } catch (error) {
    await locking.cleanup();
    throw new BackendError('sqlite', `${checked.path}: ${reasonOf(error)}`, { cause: error });
  }
}

export class SqliteLocking extends LockingByExchange {
  readonly name = 'sqlite';
  readonly #options: LockFileOptions;
  readonly #clock: Clock;
  /** Started when it is needed, and again when it has died. */
  #thread: SqliteThread<ToLocks> | null = null;
  #isClosed = false;

  constructor(options: LockFileOptions, clock: Clock) {
    super();
    this.#options = options;
    this.#clock = clock;
  }

  /** Opens the file. Rejects with what is wrong with it. */
  async open(): Promise<void> {
    await this.#ask('open', null, { limitMs: OPEN_LIMIT_MS });
  }

  async exchange({ releases, renewals, attempts }: LockExchange): Promise<LockAnswers> {
    if (releases.length + renewals.length + attempts.length === 0) return { renewals: [], attempts: [] };
    const wanted = attempts.map(({ locks }) => locks.map((lock) => ({ ...lock, lockId: randomUUID() })));
    const request = { releases, renewals, attempts: wanted };
    // The caller has timed out by then and would never release what it was granted.
    const late = (): void =>
      void this.exchange({ releases: wanted.flat(), renewals: [], attempts: [] }).catch(() => {});
    const answer = await this.#ask('exchange', request, { limitMs: LOCK_FILE_LIMIT_MS, late });
    return {
      renewals: answer.renewals,
      attempts: answer.attempts.map((tokens, place) => {
        if (tokens === null) return null;
        return (wanted[place] ?? []).map(({ key, lockId, ttlMs }, index) => ({
          ...{ key, lockId, ttlMs },
          fencingToken: tokens[index] ?? '0',
        }));
      }),
    };
  }

  announce(sign: NodeSign): Promise<Roster> {
    return this.#ask('announce', sign, { limitMs: LOCK_FILE_LIMIT_MS });
  }

  readGroup(id: string): Promise<readonly string[] | null> {
    return this.#ask('readGroup', id, { limitMs: LOCK_FILE_LIMIT_MS });
  }

  async cleanup(): Promise<void> {
    const thread = this.#thread;
    // What matters is that the thread ends.
    const closed = thread && this.#ask('close', null, { limitMs: LOCK_FILE_LIMIT_MS }).catch(() => {});
    await closed;
    this.#isClosed = true;
    await thread?.closed(this.#clock);
  }

  async #ask<M extends LockMethod>(
    method: M,
    params: ParamsOf<LockQuestions, M>,
    { limitMs, late }: { readonly limitMs: number; readonly late?: () => void },
  ): Promise<AnswerOf<LockQuestions, M>> {
    if (this.#isClosed) throw new Error('it is closed');
    this.#thread ??= this.#started();
    const giveUpAtMs = this.#clock.monotonicMs() + limitMs;
    const asked = this.#thread.ask<AnswerOf<LockQuestions, M>>((id) => ({ id, method, params, giveUpAtMs }) as ToLocks);
    return within(this.#clock, asked, { limitMs, who: 'the lock thread', ...(late && { late }) });
  }

  #started(): SqliteThread<ToLocks> {
    const entryUrl = threadEntryUrl('backends/sqlite/lock-thread/lock-entry');
    return new SqliteThread(
      { entryUrl, name: 'escapement-locks', workerData: this.#options },
      {
        received: () => {},
        died: () => {
          this.#thread = null;
        },
      },
    );
  }
}
