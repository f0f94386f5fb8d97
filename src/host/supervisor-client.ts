/**
 * The host thread's end of the supervisor thread: starts it, asks it, hears it, and starts it again when it dies.
 *
 * A supervisor is dead when its thread has exited, and taken for dead when its clock has not woken for
 * `STALL_CHECKS` checks in a row, each a second apart by this thread's own timer, so that a host that was blocked, or a
 * process that was suspended, does not accuse it. What it knew comes back from the replica of its ledger that is kept here.
 * More than `MAX_RESTARTS` deaths in a minute end the scheduler with an `error` event.
 */
import { Worker } from 'node:worker_threads';
import { NotRunningError, SupervisorDiedError } from '../errors.ts';
import { Ledger } from '../machines/ledger/ledger.ts';
import type { JsonValue } from '../plugin.ts';
import type {
  FromSupervisor,
  SupervisorEvent,
  SupervisorMethod,
  SupervisorRequests,
  ToSupervisor,
} from '../supervisor/protocol.ts';
import type {
  PluginReference,
  SupervisorConfig,
  SupervisorThreadData,
  Takeover,
} from '../supervisor/supervisor-config.ts';
import { errorRecord } from '../wire/error-record.ts';
import { fromWireFault } from '../wire/error-transfer.ts';
import { type AnswerOf, type ParamsOf, Questions } from '../wire/questions.ts';
import { threadEntryUrl } from '../wire/thread-entry-url.ts';

const MAX_RESTARTS = 5;
const RESTART_WINDOW_MS = 60_000;
const STALL_CHECK_MS = 1_000;
const STALL_CHECKS = 10;

/** A function that the host offers to plugins. */
export type HostFunction = (...args: JsonValue[]) => unknown;

export interface SupervisorClientListener {
  heard(event: Exclude<SupervisorEvent, { type: 'ledger' | 'plugins' }>): void;
  /** The supervisor died and was started again. */
  restarted(cause: Error): void;
  /** The supervisor died for good. */
  gaveUp(cause: Error): void;
}

export class SupervisorClient {
  readonly #config: SupervisorConfig;
  readonly #hostFunctions: ReadonlyMap<string, HostFunction>;
  readonly #listener: SupervisorClientListener;
  readonly #questions = new Questions();
  readonly #heartbeat = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  readonly #deathsAtMs: number[] = [];
  #ledger = new Ledger();
  #plugins: readonly PluginReference[];
  #worker: Worker | null = null;
  #watch: NodeJS.Timeout | null = null;
  #isStarted = false;
  #isClosing = false;

  constructor(
    config: SupervisorConfig,
    hostFunctions: ReadonlyMap<string, HostFunction>,
    listener: SupervisorClientListener,
  ) {
    this.#config = config;
    this.#plugins = config.plugins;
    this.#hostFunctions = hostFunctions;
    this.#listener = listener;
  }

  /** Starts the thread and the scheduler in it. On failure the thread is gone again. */
  async start(): Promise<AnswerOf<SupervisorRequests, 'start'>> {
    this.#spawn(null);
    try {
      const result = await this.request('start', null);
      this.#isStarted = true;
      return result;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Rejects with the supervisor's own error, or with a `SupervisorDiedError`. */
  request<M extends SupervisorMethod>(
    method: M,
    params: ParamsOf<SupervisorRequests, M>,
  ): Promise<AnswerOf<SupervisorRequests, M>> {
    const worker = this.#worker;
    if (worker === null) return Promise.reject(new NotRunningError(method, 'stopped'));
    return this.#questions.ask((id) => worker.postMessage({ kind: 'request', id, method, params } as ToSupervisor));
  }

  /** Ends the thread, whatever it does. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#watch !== null) clearInterval(this.#watch);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #spawn(takeover: Takeover | null): void {
    const workerData: SupervisorThreadData = { config: this.#config, takeover, heartbeat: this.#heartbeat };
    const worker = new Worker(threadEntryUrl('supervisor/supervisor-entry'), {
      workerData,
      name: 'escapement-supervisor',
    });
    let cause: Error | null = null;
    worker.on('message', (message: FromSupervisor) => this.#receive(message));
    worker.on('error', (error) => {
      cause = error as Error;
    });
    worker.on('exit', (code) => this.#died(worker, cause ?? new Error(`exit code ${code}`)));
    this.#worker = worker;
    this.#watchHeartbeat(worker);
  }

  #receive(message: FromSupervisor): void {
    switch (message.kind) {
      case 'answered':
        this.#questions.answer(message.id, message.result);
        break;
      case 'refused':
        this.#questions.refuse(message.id, fromWireFault(message.fault));
        break;
      case 'events':
        for (const event of message.events) this.#hear(event);
        break;
      case 'host.called':
        void this.#callHostFunction(message);
        break;
    }
  }

  #hear(event: SupervisorEvent): void {
    if (event.type === 'ledger') this.#ledger.apply(event.event);
    else if (event.type === 'plugins') this.#plugins = event.event;
    else this.#listener.heard(event);
  }

  async #callHostFunction(call: Extract<FromSupervisor, { kind: 'host.called' }>): Promise<void> {
    const { callId, name, args } = call;
    try {
      const value = (await this.#hostFunctions.get(name)?.(...args)) as JsonValue | undefined;
      this.#worker?.postMessage({ kind: 'host.answered', callId, value } satisfies ToSupervisor);
    } catch (error) {
      this.#worker?.postMessage({ kind: 'host.failed', callId, error: errorRecord(error) } satisfies ToSupervisor);
    }
  }

  #watchHeartbeat(worker: Worker): void {
    const beats = new Int32Array(this.#heartbeat);
    let lastBeat = -1;
    let missedChecks = 0;
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#watch = setInterval(() => {
      const beat = Atomics.load(beats, 0);
      missedChecks = beat === lastBeat && this.#isStarted ? missedChecks + 1 : 0;
      lastBeat = beat;
      if (missedChecks >= STALL_CHECKS) void worker.terminate();
    }, STALL_CHECK_MS).unref();
  }

  #died(worker: Worker, cause: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const died = new SupervisorDiedError(cause.message, { cause });
    this.#questions.refuseAll(died);
    if (this.#isClosing || !this.#isStarted) return;
    if (this.#mayRestart()) this.#restart(died);
    else this.#giveUp(died);
  }

  #mayRestart(): boolean {
    const nowMs = performance.now();
    this.#deathsAtMs.push(nowMs);
    while (nowMs - (this.#deathsAtMs[0] as number) > RESTART_WINDOW_MS) this.#deathsAtMs.shift();
    return this.#deathsAtMs.length <= MAX_RESTARTS;
  }

  #restart(cause: Error): void {
    this.#spawn({ ledger: this.#ledger.snapshot(), plugins: this.#plugins });
    this.request('start', null).then(
      () => this.#listener.restarted(cause),
      (error: Error) => {
        // Its death, if that is what it was, has been counted by `#died`; a refusal will not get better by itself.
        if (!(error instanceof SupervisorDiedError)) this.#giveUp(error);
      },
    );
  }

  #giveUp(cause: Error): void {
    void this.close();
    this.#listener.gaveUp(cause);
  }
}
