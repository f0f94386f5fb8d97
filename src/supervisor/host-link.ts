import type { MessagePort } from 'node:worker_threads';
import type { LedgerEntry } from '../machines/ledger/entries.ts';
import type { JsonValue } from '../plugin.ts';
import { errorFromRecord } from '../wire/error-record.ts';
import { toWireFault } from '../wire/error-transfer.ts';
import { Questions } from '../wire/questions.ts';
import type { FromSupervisor, SupervisorEvent, ToSupervisor } from './protocol.ts';

type Request = Extract<ToSupervisor, { kind: 'request' }>;

/** Answers one request. When it throws or rejects, the host receives an error of the same class. */
export type AnswerRequest = (request: Request) => unknown;

/** The supervisor thread's end of the link to the host: answers requests, batches events, calls host functions. */
export class HostLink {
  readonly #port: MessagePort;
  readonly #defer: (callback: () => void) => void;
  readonly #calls = new Questions();
  #events: SupervisorEvent[] = [];

  /** @param defer Calls back in a later turn of the event loop. */
  constructor(port: MessagePort, defer: (callback: () => void) => void) {
    this.#port = port;
    this.#defer = defer;
  }

  answer(answerRequest: AnswerRequest): void {
    this.#port.on('message', (message: ToSupervisor) => {
      if (message.kind === 'request') void this.#answer(message, answerRequest);
      else this.#settleCall(message);
    });
  }

  /** Sends the events of one turn together, because a message costs more than what it carries. */
  readonly emit = (event: SupervisorEvent): void => {
    this.#events.push(event);
    if (this.#events.length === 1) this.#defer(this.flush);
  };

  /** Passes on what the memory store wrote, so that the host can keep a replica. */
  readonly emitEntry = (entry: LedgerEntry): void => {
    this.emit({ type: 'ledger', event: entry });
  };

  readonly flush = (): void => {
    if (this.#events.length === 0) return;
    const message: FromSupervisor = { kind: 'events', events: this.#events };
    this.#events = [];
    this.#port.postMessage(message);
  };

  callHost(name: string, args: readonly JsonValue[]): Promise<JsonValue | undefined> {
    return this.#calls.ask((callId) => this.#post({ kind: 'host.called', callId, name, args }));
  }

  async #answer(request: Request, answerRequest: AnswerRequest): Promise<void> {
    const { id } = request;
    try {
      const result = (await answerRequest(request)) as Extract<FromSupervisor, { kind: 'answered' }>['result'];
      // The host must hear what happened before the answer first.
      this.flush();
      this.#post({ kind: 'answered', id, result });
    } catch (error) {
      this.flush();
      this.#post({ kind: 'refused', id, fault: toWireFault(error) });
    }
  }

  #settleCall(message: Exclude<ToSupervisor, { kind: 'request' }>): void {
    if (message.kind === 'host.answered') this.#calls.answer(message.callId, message.value);
    else this.#calls.refuse(message.callId, errorFromRecord(message.error));
  }

  #post(message: FromSupervisor): void {
    this.#port.postMessage(message);
  }
}
