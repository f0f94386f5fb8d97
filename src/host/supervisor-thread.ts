/**
 * One supervisor thread, from its start to its exit. A thread whose clock stands still is terminated, so that the host
 * learns of every failure in one way: the thread exits.
 *
 * A thread exits after the threads that it has started. One of these may sit in a system call, which nothing can end.
 * Then the supervisor's code no longer runs, but the thread does not exit, and nobody waits for it without a limit.
 */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { ThreadRefusedError } from '../errors.ts';
import type { FromSupervisor, ToSupervisor } from '../supervisor/protocol.ts';
import type { SupervisorConfig, SupervisorThreadData, Takeover } from '../supervisor/supervisor-config.ts';
import { reasonOf } from '../wire/error-record.ts';
import { threadEntryUrl } from '../wire/thread-entry-url.ts';
import { CHECK_MS, HeartbeatWatch, MAX_MISSED_CHECKS } from './restarting/heartbeat-watch.ts';
import { settledWithin } from './stop-limit.ts';

/** How long a dead thread may take to exit before the host is told that it does not. */
const EXIT_NOTICE_MS = 10_000;

/**
 * Without a limit V8 lets the young generation of a thread grow to 192 MiB on a large machine (Node 24), and gives it
 * back late, so that memory seems to leak. With 48 MiB the heap held 20 MiB at first and up to 49 after some hundred
 * threads were replaced, and with 12 MiB it held 19 to 30 (`npm run campaign:growth`). The price is a few per cent of
 * the CPU time when hundreds of short runs are in flight, because more collections find them alive.
 */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 12 };

/** Called on the host thread. */
export interface SupervisorThreadListener {
  received(message: FromSupervisor): void;
  /** The thread has exited, for whatever reason; called once. */
  exited(cause: Error): void;
  /** The thread is dead, but it does not exit, because a thread that it has started sits in a system call. */
  stuck(cause: Error): void;
}

export class SupervisorThread {
  readonly #worker: Worker;
  readonly #heartbeat = new HeartbeatWatch();
  readonly #listener: SupervisorThreadListener;
  #cause: Error | null = null;
  #exitNotice: NodeJS.Timeout | undefined;

  /**
   * Starts the thread. With a `takeover` it continues what an earlier thread knew.
   * @throws ThreadRefusedError
   */
  constructor(config: SupervisorConfig, takeover: Takeover | null, listener: SupervisorThreadListener) {
    this.#listener = listener;
    const workerData: SupervisorThreadData = { config, takeover, heartbeat: this.#heartbeat.counter };
    this.#worker = newWorker(workerData);
    this.#worker.on('message', (message: FromSupervisor) => listener.received(message));
    this.#worker.on('error', (error) => this.#died(error as Error));
    this.#worker.on('exit', (code) => {
      clearTimeout(this.#exitNotice);
      this.#heartbeat.stop();
      listener.exited(this.#cause ?? new Error(`exit code ${code}`));
    });
  }

  /** Without effect once the thread has exited. @throws DataCloneError when the message holds what is not data. */
  post(message: ToSupervisor): void {
    this.#worker.postMessage(message);
  }

  /** A port over which another thread, or another part of this one, asks the supervisor: see `operator-protocol.ts`. */
  newOperatorPort(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage({ kind: 'operator', port: port1 } satisfies ToSupervisor, [port1]);
    return port2;
  }

  /** From now on the thread is terminated when its clock stands still. */
  watchHeartbeat(): void {
    this.#heartbeat.start(() => {
      this.#died(new Error(`its clock stood still for ${(CHECK_MS * MAX_MISSED_CHECKS) / 1_000} s`));
      void this.#worker.terminate();
    });
  }

  /**
   * Ends the thread, whatever it does. Resolves to false if it has not exited within the limit; from then on it does
   * not keep the event loop of the host alive.
   */
  async terminate(limitMs: number): Promise<boolean> {
    this.#heartbeat.stop();
    clearTimeout(this.#exitNotice);
    const exit = this.#worker.terminate().then(() => true);
    const hasExited = (await settledWithin(exit, limitMs)) === true;
    if (!hasExited) this.#worker.unref();
    return hasExited;
  }

  #died(cause: Error): void {
    this.#cause = cause;
    this.#exitNotice ??= setTimeout(() => this.#listener.stuck(cause), EXIT_NOTICE_MS).unref();
  }
}

function newWorker(workerData: SupervisorThreadData): Worker {
  // Threads inherit the flag, and end by it, because they are files.
  if (process.execArgv.some((flag) => /^--input-type\b/.test(flag))) throw new ThreadRefusedError(INPUT_TYPE);
  try {
    return new Worker(threadEntryUrl('supervisor/supervisor-entry'), {
      workerData,
      name: 'escapement-supervisor',
      resourceLimits: RESOURCE_LIMITS,
    });
  } catch (error) {
    throw new ThreadRefusedError(refusalOf(error as NodeJS.ErrnoException), { cause: error });
  }
}

const INPUT_TYPE =
  'Node runs with --input-type, which threads cannot have: leave it out, as node -e needs it no more, or put the program into a file';

/** Node's own messages are "EAGAIN", and one that does not say what asks for the permission. */
function refusalOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ERR_ACCESS_DENIED') return 'Node runs with --permission, so it also needs --allow-worker';
  if (!message.includes('EAGAIN')) return reasonOf(message).replace(/\.$/, '');
  return 'the system allows no more threads (EAGAIN): raise the limit of the user (ulimit -u) or of the container (pids)';
}
