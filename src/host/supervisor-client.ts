/**
 * The host thread's end of the supervisor thread: starts it, asks it, passes on what it reports, and starts it again
 * when it dies. A new thread continues from the replica of the ledger that is kept here, because the ledger of a memory
 * store dies with its thread.
 */
import { NotRunningError, SupervisorDiedError } from '../errors.ts';
import { Ledger, type LedgerOptions } from '../machines/ledger/ledger.ts';
import type {
  FromSupervisor,
  SupervisorEvent,
  SupervisorMethod,
  SupervisorRequests,
  ToSupervisor,
} from '../supervisor/protocol.ts';
import type { PluginReference, SupervisorConfig, Takeover } from '../supervisor/supervisor-config.ts';
import { fromWireFault } from '../wire/error-transfer.ts';
import { type AnswerOf, type ParamsOf, Questions } from '../wire/questions.ts';
import { answerHostCall, type HostFunction } from './host-functions.ts';
import { RestartIntensity } from './restart-intensity.ts';
import { SupervisorThread } from './supervisor-thread.ts';

export interface SupervisorClientListener {
  heard(event: Exclude<SupervisorEvent, { type: 'ledger' | 'plugins' }>): void;
  /** The supervisor died and was started again. */
  restarted(cause: Error): void;
  /** The supervisor died and is not started again. */
  gaveUp(cause: Error): void;
}

export class SupervisorClient {
  readonly #config: SupervisorConfig;
  readonly #hostFunctions: ReadonlyMap<string, HostFunction>;
  readonly #listener: SupervisorClientListener;
  readonly #questions = new Questions();
  readonly #restarts = new RestartIntensity();
  readonly #ledger: Ledger;
  #plugins: readonly PluginReference[];
  #thread: SupervisorThread | null = null;
  #isStarted = false;

  constructor(
    config: SupervisorConfig,
    hostFunctions: ReadonlyMap<string, HostFunction>,
    listener: SupervisorClientListener,
  ) {
    this.#config = config;
    // With another store the replica stays empty, so the option of a memory store is the only one that matters.
    const { maxRecords } = config.store.options as Pick<LedgerOptions, 'maxRecords'>;
    this.#ledger = new Ledger(undefined, { maxRecords });
    this.#plugins = config.plugins;
    this.#hostFunctions = hostFunctions;
    this.#listener = listener;
  }

  /** Starts the thread and the scheduler in it. When that fails, the thread has ended before the promise rejects. */
  async start(): Promise<AnswerOf<SupervisorRequests, 'start'>> {
    const thread = this.#spawn(null);
    try {
      const answer = await this.request('start', null);
      this.#isStarted = true;
      // The first start is not watched: whoever awaits it can see that it hangs.
      thread.watchHeartbeat();
      return answer;
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
    const thread = this.#thread;
    if (thread === null) return Promise.reject(new NotRunningError(method, 'stopped'));
    return this.#questions.ask((id) => thread.post({ kind: 'request', id, method, params } as ToSupervisor));
  }

  /** Ends the thread, whatever it does. Requests that still wait for an answer reject with a `SupervisorDiedError`. */
  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    this.#questions.refuseAll(new SupervisorDiedError('the scheduler was stopped'));
    await thread?.terminate();
  }

  #spawn(takeover: Takeover | null): SupervisorThread {
    const thread = new SupervisorThread(this.#config, takeover, {
      received: (message) => this.#receive(message, thread),
      exited: (cause) => this.#exited(thread, cause),
    });
    this.#thread = thread;
    return thread;
  }

  #receive(message: FromSupervisor, from: SupervisorThread): void {
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
        // The answer goes to the thread that asked: a thread that has followed it may use the same id for another call.
        void answerHostCall(message, this.#hostFunctions, (answer) => from.post(answer));
        break;
    }
  }

  #hear(event: SupervisorEvent): void {
    if (event.type === 'ledger') this.#ledger.apply(event.event);
    else if (event.type === 'plugins') this.#plugins = event.event;
    else this.#listener.heard(event);
  }

  #exited(thread: SupervisorThread, cause: Error): void {
    if (this.#thread !== thread) return;
    this.#thread = null;
    const died = new SupervisorDiedError(cause.message, { cause });
    this.#questions.refuseAll(died);
    if (!this.#isStarted) return;
    if (this.#restarts.allowsRestart(performance.now())) this.#restart(died);
    else this.#giveUp(died);
  }

  #restart(cause: Error): void {
    const thread = this.#spawn({ ledger: this.#ledger.snapshot(), plugins: this.#plugins });
    thread.watchHeartbeat();
    this.request('start', null).then(
      () => this.#listener.restarted(cause),
      (error: Error) => {
        // If the new thread has died as well, `#exited` has already dealt with that. A refusal would only be repeated.
        if (!(error instanceof SupervisorDiedError)) this.#giveUp(error);
      },
    );
  }

  #giveUp(cause: Error): void {
    void this.close();
    this.#listener.gaveUp(cause);
  }
}
