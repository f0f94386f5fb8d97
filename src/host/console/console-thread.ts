/**
 * The host thread's end of the console's thread: starts it, gives it a way to each supervisor thread, and starts it again
 * when it dies. Whatever becomes of it, the scheduler goes on.
 */
import { type MessagePort, Worker } from 'node:worker_threads';
import { ConsoleError } from '../../errors.ts';
import type { ErrorRecord } from '../../machines/run.ts';
import type { SchedulerWarning } from '../../supervisor/scheduler-reports.ts';
import { reasonOf } from '../../wire/error-record.ts';
import { threadEntryUrl } from '../../wire/thread-entry-url.ts';
import { RestartIntensity } from '../restarting/restart-intensity.ts';
import { settledWithin } from '../stop-limit.ts';
import type { ConsoleAddress, ConsoleConfig } from './console-config.ts';
import type { ConsoleThreadData, FromConsole, ToConsole } from './protocol.ts';

/** The console makes much that it throws away at once. Without a limit V8 would keep up to 192 MiB for that. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 512 };

/** What the console needs of its scheduler. */
export interface ConsoleSurroundings {
  /** Calls back with a port to each supervisor thread, the present one first. Returns how to end that. */
  attach(connect: (port: MessagePort) => void): () => void;
  warned(warning: SchedulerWarning): void;
}

export class ConsoleThread {
  readonly #surroundings: ConsoleSurroundings;
  readonly #restarts = new RestartIntensity();
  readonly #entryUrl: URL;
  #config: ConsoleConfig;
  #worker: Worker | null = null;
  #address: ConsoleAddress | null = null;
  #detach: () => void = () => {};
  #isClosing = false;

  /** @param entryUrl What the thread runs; tests of faults pass another entry. */
  constructor(
    config: ConsoleConfig,
    surroundings: ConsoleSurroundings,
    entryUrl: URL = threadEntryUrl('console/console-entry'),
  ) {
    [this.#config, this.#surroundings, this.#entryUrl] = [config, surroundings, entryUrl];
  }

  /** Where it listens; null before it does, and after it was given up. */
  get address(): ConsoleAddress | null {
    return this.#address;
  }

  /** Resolves when it listens. @throws ConsoleError when it cannot; then its thread has ended. */
  async open(): Promise<void> {
    const { port } = this.#config;
    const address = await this.#spawn();
    if (port === 0 && address.url !== null) {
      // The next thread listens where this one did.
      this.#config = { ...this.#config, port: Number(new URL(address.url).port) };
    }
  }

  /** Sends everybody away and ends the thread, within the limit or a moment after it. */
  async close(limitMs: number): Promise<void> {
    this.#isClosing = true;
    this.#address = null;
    this.#detach();
    const worker = this.#worker;
    if (worker === null) return;
    const exit = new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
    });
    this.#post(worker, { kind: 'close' });
    await settledWithin(exit, limitMs);
    if (this.#worker !== worker) return;
    await settledWithin(worker.terminate(), limitMs);
    worker.unref();
  }

  /** Resolves when the new thread listens. Rejects with a `ConsoleError`. */
  #spawn(): Promise<ConsoleAddress> {
    const listening = Promise.withResolvers<ConsoleAddress>();
    const worker = this.#newWorker();
    this.#worker = worker;
    let cause: ErrorRecord | Error = new Error('it ended before it listened');
    worker.on('message', (message: FromConsole) => {
      if (message.kind === 'refused') cause = message.error;
      else if (message.kind === 'warned') this.#surroundings.warned(message.warning);
      else {
        const { url, socket } = message;
        this.#address = { url, socket };
        listening.resolve(this.#address);
      }
    });
    worker.on('error', (error) => {
      cause = error as Error;
    });
    worker.on('exit', () => {
      const hasListened = this.#address !== null;
      this.#exited(worker);
      listening.reject(new ConsoleError(refusalOf(cause, this.#config)));
      if (hasListened && !this.#isClosing) this.#restart(reasonOf(cause));
    });
    this.#detach();
    this.#detach = this.#surroundings.attach((port) => this.#post(worker, { kind: 'supervisor', port }, port));
    return listening.promise;
  }

  #newWorker(): Worker {
    const workerData: ConsoleThreadData = { config: this.#config };
    try {
      return new Worker(this.#entryUrl, { workerData, name: 'escapement-console', resourceLimits: RESOURCE_LIMITS });
    } catch (error) {
      throw new ConsoleError(`its thread could not be created: ${reasonOf(error)}`, { cause: error });
    }
  }

  #exited(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#address = null;
    this.#detach();
  }

  #restart(reason: string): void {
    const { warned } = this.#surroundings;
    const died = `The console's thread died (${reason.replace(/\.$/, '')})`;
    if (!this.#restarts.allowsRestart(performance.now())) {
      warned({ code: 'console-stopped', message: `${died} again and again: the scheduler goes on without a console.` });
      return;
    }
    this.#respawned().then(
      () => warned({ code: 'console-restarted', message: `${died} and was started again.` }),
      (error: unknown) => {
        if (this.#isClosing) return;
        const message = `${died}, and could not be started again: the scheduler goes on without a console. ${reasonOf(error)}`;
        warned({ code: 'console-stopped', message });
      },
    );
  }

  async #respawned(): Promise<void> {
    await this.#spawn();
  }

  #post(worker: Worker, message: ToConsole, ...transfer: MessagePort[]): void {
    worker.postMessage(message, transfer);
  }
}

/** Why it cannot listen, after "The console cannot be served: ". */
function refusalOf(cause: ErrorRecord | Error, { port, host, socket }: ConsoleConfig): string {
  const places = [...(port === null ? [] : [`${host}:${port}`]), ...(socket === null ? [] : [`"${socket}"`])];
  const place = places.join(' and ');
  // The socket says in words of its own that it is taken.
  const [address = place] = places;
  switch (Reflect.get(cause, 'code')) {
    case 'EADDRINUSE':
      return `something else listens on ${address} (EADDRINUSE): choose another ${port === null ? 'console.socket' : 'console.port'}`;
    case 'EACCES':
      return `this process may not listen on ${place} (EACCES)`;
    case 'EADDRNOTAVAIL':
      return `this machine does not have the address of ${address} (EADDRNOTAVAIL)`;
    case 'ENOENT':
      return `the folder of ${place} does not exist (ENOENT)`;
    default:
      return `${cause.message.replace(/\.$/, '')} (${place})`;
  }
}
