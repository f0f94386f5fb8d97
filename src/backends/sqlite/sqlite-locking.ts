/**
 * Locks between the processes of one machine, in a SQLite file. The file is the lock thread's; expiry goes by the clock of
 * the machine, see `locks/machine-clock.ts`.
 */
import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { BackendError } from '../../errors.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type { LockAnswers, LockExchange, LockingPlugin, NodeSign, Roster } from '../../supervisor/ports/locking.ts';
import { within } from '../../supervisor/ports/within.ts';
import { threadEntryUrl } from '../../wire/thread-entry-url.ts';
import { LockingByExchange } from '../exchange/by-exchange.ts';
import type {
  FromLocks,
  LockAnswer,
  LockFileOptions,
  LockMethod,
  LockParams,
  ToLocks,
} from './lock-thread/protocol.ts';
import { sqliteLockingOptions } from './sqlite-locking-options.ts';

/** How long a question may take. */
const OPERATION_LIMIT_MS = 3_000;
const OPEN_LIMIT_MS = 5_000;

interface Question {
  resolve(answer: never): void;
  reject(error: Error): void;
}

/** Builds the backend of `sqliteLocking()`. Rejects with a `BackendError`. */
export async function openSqliteLocking(
  options: Readonly<Record<string, unknown>>,
  clock: Clock,
): Promise<LockingPlugin> {
  const checked = sqliteLockingOptions(options);
  const locking = new SqliteLocking(checked, clock);
  try {
    await locking.open();
    return locking;
  } catch (error) {
    await locking.cleanup();
    throw new BackendError('sqlite', `${checked.path}: ${(error as Error).message}`, { cause: error });
  }
}

export class SqliteLocking extends LockingByExchange {
  readonly name = 'sqlite';
  readonly #options: LockFileOptions;
  readonly #clock: Clock;
  readonly #questions = new Map<number, Question>();
  /** Started when it is needed, and again when it has died. */
  #worker: Worker | null = null;
  #lastId = 0;
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
    // Who asked does not know by then that it holds anything.
    const late = (): void =>
      void this.exchange({ releases: wanted.flat(), renewals: [], attempts: [] }).catch(() => {});
    const answer = await this.#ask('exchange', request, { limitMs: OPERATION_LIMIT_MS, late });
    return {
      renewals: answer.renewals,
      attempts: answer.attempts.map((tokens, place) => {
        if (tokens === null) return null;
        return (wanted[place] ?? []).map((lock, index) => ({ ...lock, fencingToken: tokens[index] ?? '0' }));
      }),
    };
  }

  announce(sign: NodeSign): Promise<Roster> {
    return this.#ask('announce', sign, { limitMs: OPERATION_LIMIT_MS });
  }

  async cleanup(): Promise<void> {
    if (this.#worker !== null) await this.#ask('close', null, { limitMs: OPERATION_LIMIT_MS }).catch(() => {});
    this.#isClosed = true;
    await this.#worker?.terminate();
  }

  #started(): Worker {
    const worker = new Worker(threadEntryUrl('backends/sqlite/lock-thread/lock-entry'), {
      workerData: this.#options,
      name: 'escapement-locks',
      // Node 22 says of `node:sqlite`, on the host's stderr, that it is experimental; that is our concern.
      execArgv: [...process.execArgv, '--disable-warning=ExperimentalWarning'],
    });
    worker.on('message', (message: FromLocks) => this.#receive(message));
    worker.on('error', (error) => this.#died(worker, error as Error));
    worker.on('exit', () => this.#died(worker, new Error('its thread has ended')));
    return worker;
  }

  async #ask<M extends LockMethod>(
    method: M,
    params: LockParams<M>,
    { limitMs, late }: { readonly limitMs: number; readonly late?: () => void },
  ): Promise<LockAnswer<M>> {
    if (this.#isClosed) throw new Error('it is closed');
    this.#worker ??= this.#started();
    this.#lastId += 1;
    const id = this.#lastId;
    const giveUpAtMs = this.#clock.monotonicMs() + limitMs;
    const { promise, resolve, reject } = Promise.withResolvers<LockAnswer<M>>();
    this.#questions.set(id, { resolve, reject });
    this.#worker.postMessage({ id, method, params, giveUpAtMs } as ToLocks);
    return within(this.#clock, promise, { limitMs, who: 'the lock thread', ...(late && { late }) });
  }

  #receive(message: FromLocks): void {
    const question = this.#questions.get(message.id);
    this.#questions.delete(message.id);
    if (message.kind === 'answered') question?.resolve(message.answer as never);
    else question?.reject(new Error(message.reason));
  }

  /** What was asked of it has no answer; the next question starts another one. */
  #died(worker: Worker, cause: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const question of this.#questions.values()) question.reject(cause);
    this.#questions.clear();
  }
}
