import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { Clock } from '../../supervisor/ports/clock.ts';
import { waitAtMost } from '../../supervisor/ports/within.ts';
import { Questions } from '../../wire/questions.ts';
import type { ThreadAnswer } from './thread-answer.ts';

/** A call to a disk that is away cannot be ended, and keeps its thread for as long as it lasts. */
const TERMINATE_LIMIT_MS = 1_000;
/** How long a thread may take to end by itself. */
const EXIT_LIMIT_MS = 500;

export interface ThreadStart {
  readonly entryUrl: URL;
  readonly name: string;
  readonly workerData: unknown;
}

export interface SqliteThreadListener<Notice> {
  /** The thread sent something that does not answer a question. */
  received(notice: Notice): void;
  /** The thread has ended by itself. Called at most once, after its questions were refused. */
  died(cause: Error): void;
}

/**
 * A thread that owns a SQLite file, as the supervisor thread sees it. It answers questions until it dies; then every
 * question rejects with the cause, those that are asked later too.
 */
export class SqliteThread<Message, Notice = never> {
  readonly #worker: Worker;
  readonly #questions = new Questions();
  readonly #listener: SqliteThreadListener<Notice>;
  readonly #exit = Promise.withResolvers<void>();
  #end: Error | null = null;

  constructor({ entryUrl, name, workerData }: ThreadStart, listener: SqliteThreadListener<Notice>) {
    this.#listener = listener;
    this.#worker = quietWorker(entryUrl, { workerData, name });
    this.#worker.on('message', (message: ThreadAnswer | Notice) => this.#receive(message));
    this.#worker.on('error', (error) => this.#died(error as Error));
    this.#worker.on('exit', () => {
      this.#exit.resolve();
      this.#died(new Error('its thread has ended'));
    });
  }

  /** `question` makes the message that carries the id. */
  ask<A>(question: (id: number) => Message): Promise<A> {
    if (this.#end !== null) return Promise.reject(this.#end);
    return this.#questions.ask<A>((id) => this.post(question(id)));
  }

  post(message: Message): void {
    this.#worker.postMessage(message);
  }

  /**
   * Waits for the end of a thread that was asked to close, without a word to the listener. It is not terminated unless it
   * takes too long: a thread that is torn down while it tears itself down has taken the process with it.
   */
  async closed(clock: Clock): Promise<void> {
    this.#ended(new Error('it is closed'));
    const exited = this.#exit.promise.then(() => true);
    if ((await waitAtMost(clock, EXIT_LIMIT_MS, exited)) !== true) await this.terminate(clock);
  }

  /** Ends the thread without a word to the listener. Does not wait long for one that is in a system call. */
  async terminate(clock: Clock): Promise<void> {
    this.#ended(new Error('it is closed'));
    await waitAtMost(clock, TERMINATE_LIMIT_MS, this.#worker.terminate());
  }

  #receive(message: ThreadAnswer | Notice): void {
    if (!isAnswer(message)) this.#listener.received(message);
    else if (message.kind === 'answered') this.#questions.answer(message.id, message.answer);
    else this.#questions.refuse(message.id, new Error(message.reason));
  }

  #died(cause: Error): void {
    if (this.#end !== null) return;
    this.#ended(cause);
    this.#listener.died(cause);
  }

  #ended(cause: Error): void {
    this.#end ??= cause;
    this.#questions.refuseAll(cause);
  }
}

/**
 * Node 22 warns on the host's stderr that `node:sqlite` is experimental; the choice was ours, not the host's. But a flag of
 * our own means to repeat those of the process, and Node refuses to repeat flags of V8 and of the whole process, such as
 * `--max-old-space-size`. Such a process rather has the warning than no thread.
 */
function quietWorker(entryUrl: URL, options: WorkerOptions): Worker {
  try {
    return new Worker(entryUrl, {
      ...options,
      execArgv: [...process.execArgv, '--disable-warning=ExperimentalWarning'],
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error;
    return new Worker(entryUrl, options);
  }
}

function isAnswer<Notice>(message: ThreadAnswer | Notice): message is ThreadAnswer {
  return typeof message === 'object' && message !== null && 'id' in message;
}
